import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlan } from '../runlog/plan.ts';
import { cli, startProcess, tinySettings, writeCorpus } from '../testing/cli.ts';
import { OFFLINE } from '../testing/offline.ts';
import { outcome, temporaryFolder } from '../testing/runs.ts';
import { checkExisting, type Stamp } from './portable.ts';

const TINY = 'hidden: 12, embedding: 10, layers: 1, batch: 4, evaluationBatch: 4, window: 8, density: 0.3';

/** A folder with a study of four small runs, and a Slurm that writes down what it is asked and answers as told. */
function cluster({
  jobs = {},
  refuses = '',
  most = 3,
}: {
  jobs?: Record<string, string>;
  refuses?: string;
  most?: number;
} = {}) {
  const cwd = temporaryFolder();
  const data = writeCorpus(join(cwd, 'corpus'), 60);
  writeFileSync(
    join(cwd, 'study.yaml'),
    `name: small\npreset: demo\nsettings: { data: '${data}', epochs: 2, ${TINY} }\nseeds: [1, 2]\ngrid: { method: [set, dense] }\n`,
  );
  mkdirSync(join(cwd, 'bin'));
  const program = (name: string, text: string) =>
    writeFileSync(join(cwd, 'bin', name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  /** What Slurm says of a job; of others that it knows none. */
  const tell = (job: string, text: string) => writeFileSync(join(cwd, `job-${job}`), text);
  for (const [job, text] of Object.entries(jobs)) tell(job, text);
  program(
    'sbatch',
    refuses === ''
      ? `echo "$@" >>${cwd}/asked; echo $((40 + $(wc -l <${cwd}/asked)))`
      : `echo 'sbatch: error: ${refuses}' >&2; exit 1`,
  );
  program(
    'scontrol',
    `[ "$2" = config ] && echo "MaxArraySize            = ${most}" || cat ${cwd}/job-$4 2>/dev/null || { echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; }`,
  );
  const env = { PATH: `${join(cwd, 'bin')}:/usr/bin:/bin` };
  const asked = () => readFileSync(join(cwd, 'asked'), 'utf8').trim().split('\n');
  return { cwd, env, asked, tell, runs: join(cwd, 'runs', 'small') };
}

const launchIn = (runs: string) => join(runs, 'slurm', readdirSync(join(runs, 'slurm')).sort().at(-1)!);
const sweep = (...more: string[]) => ['sweep', 'study.yaml', '--launch', 'slurm', '--time', '1:00:00', ...more];

describe('sparse-rnn sweep --launch slurm', () => {
  it('submits a task for every run, in as many arrays as the cluster wants, and the report behind them', async () => {
    const { cwd, env, asked, runs } = cluster();
    const { code, stdout } = await cli(sweep('--jobs', '2'), { cwd, env });
    expect(code).toBe(0);
    const folder = launchIn(runs);
    expect(asked()).toEqual([
      `--parsable --array=0-2%2 ${folder}/array.sh 0`,
      `--parsable --array=0-0%2 --dependency=afterany:41 ${folder}/array.sh 3`,
      `--parsable --dependency=afterany:41:42 --kill-on-invalid-dep=yes ${folder}/report.sh`,
    ]);
    expect(stdout).toMatch(/4 tasks of 1 core each, in runs\/small\/slurm\//);
    expect(stdout).toMatch(/Submitted: array 41, array 42, then report 43/);
    const jobs = JSON.parse(readFileSync(join(folder, 'jobs.json'), 'utf8'));
    const tasks = readFileSync(join(folder, 'tasks.txt'), 'utf8').trim().split('\n');
    expect(jobs).toMatchObject({ report: '43', runs: tasks.map(line => line.split(' ')[0]) });
    expect(existsSync(join(runs, jobs.runs[0]))).toBe(false);
  });

  it('leaves out what is finished or in the queue', async () => {
    const pending = (task: string) =>
      `JobId=41 ArrayTaskId=${task} JobState=PENDING Reason=Priority Restarts=0 NodeList=\n`;
    const { cwd, env, asked, tell, runs } = cluster({ jobs: { 41: pending('0-2'), 42: pending('0') } });
    await cli(sweep(), { cwd, env });
    const folder = launchIn(runs);
    const last = readFileSync(join(folder, 'tasks.txt'), 'utf8').trim().split('\n')[3];
    const again = await cli(sweep(), { cwd, env });
    expect(again.stdout).toContain('4 of them are in the queue already\nNothing to submit.');
    for (const job of ['41', '42']) tell(job, pending('0-2').replace('PENDING', 'FAILED'));
    const args = startProcess('bash', ['-c', `set -- ${last.slice(last.indexOf(' '))}; printf '%s\\n' "$@"`], { env });
    await cli((await args.ended).stdout.trim().split('\n'), { cwd });
    const third = await cli(sweep('--json'), { cwd, env });
    expect(third.stderr).toContain('1 of 4 runs are finished and are reused');
    expect(JSON.parse(third.stdout).runs).toHaveLength(3);
    expect(asked().at(-1)).toContain('--dependency=afterany:44 ');
    const log = join(runs, last.split(' ')[0], 'log.jsonl');
    writeFileSync(log, readFileSync(log, 'utf8').replace('"type"', '"tape"'));
    const fourth = await cli(sweep('--json'), { cwd, env });
    expect(fourth.stderr).toMatch(
      /seed=\d: log\.jsonl has no readable start line .* but the run is finished\. .* --fresh'\.\n/,
    );
    expect(JSON.parse(fourth.stdout).runs).toEqual(JSON.parse(third.stdout).runs);
  });

  it('submits nothing where Slurm does not say what it has in its queue already', async () => {
    const { cwd, env, asked, runs } = cluster();
    await cli(sweep(), { cwd, env });
    const before = [asked(), readdirSync(join(runs, 'slurm'))];
    writeFileSync(
      join(cwd, 'bin', 'scontrol'),
      '#!/bin/bash\necho "slurm_load_jobs error: Socket timed out" >&2; exit 1\n',
    );
    const { code, stderr } = await cli(sweep(), { cwd, env });
    expect([code, stderr]).toEqual([
      2,
      '--launch slurm: expected scontrol to tell which runs are in the queue already, got ' +
        "'slurm_load_jobs error: Socket timed out'. Nothing was submitted: start the same command again once Slurm answers.\n",
    ]);
    expect([asked(), readdirSync(join(runs, 'slurm'))]).toEqual(before);
    expect(await cli(sweep('--dry-run'), { cwd, env })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Slurm does not answer: .* timed out\. What is in the queue already is not left out\.\n/,
      ),
    });
    // Of what was never submitted there is nothing to ask.
    expect((await cli(sweep('--runs', 'other'), { cwd, env })).code).toBe(0);
  });

  it('shows the queue beside every run, begun or not, and goes without Slurm', async () => {
    const job = (task: string, rest: string) => `JobId=43 ${task}JobState=${rest}\n`;
    const running = job('ArrayTaskId=0 ', 'RUNNING Reason=None Restarts=1 NodeList=n2');
    const { cwd, env, runs } = cluster({
      jobs: {
        41: running + job('ArrayTaskId=1-2%2 ', 'PENDING Reason=Priority Restarts=0 NodeList='),
        42: job('ArrayTaskId=0 ', 'COMPLETED Reason=None Restarts=0 NodeList=n1'),
        43: job('', 'PENDING Reason=Dependency Restarts=0 NodeList='),
      },
    });
    await cli(sweep(), { cwd, env });
    const { stdout } = await cli(['status', '--runs', runs], { cwd, env });
    expect(stdout).toMatch(/^run +status +epoch +validation +test +queue\n/);
    expect(stdout).toMatch(/demo-set-\w+ +waiting +- +- +- +RUNNING on n2, start 2\n/);
    expect(stdout).toMatch(
      /0 of 4 runs finished\. Slurm: 1 RUNNING, 2 PENDING, 1 COMPLETED; report 43: PENDING \(Dependency\)\n$/,
    );
    // Begun on a node that was lost since: the lock is there, and the task waits.
    const { runs: names } = JSON.parse(readFileSync(join(launchIn(runs), 'jobs.json'), 'utf8'));
    for (const name of names.slice(0, 2)) {
      mkdirSync(join(runs, name));
      writeFileSync(join(runs, name, 'spec.json'), '{}');
      writeFileSync(join(runs, name, 'lock.json'), '{"pid":1,"host":"elsewhere","token":"x"}');
    }
    const begun = await cli(['status', '--runs', runs], { cwd, env });
    expect(begun.stdout).toMatch(new RegExp(`${names[0]} +running .*RUNNING on n2, start 2\n`));
    expect(begun.stdout).toMatch(new RegExp(`${names[1]} +interrupted .*PENDING`));
    const json = await cli(['status', '--runs', runs, '--json'], { cwd, env });
    expect(json.stdout.trim().split('\n')).toHaveLength(4);
    expect(JSON.parse(json.stdout.split('\n')[0])).toMatchObject({
      queue: { state: expect.any(String), restarts: expect.any(Number) },
    });
    const gone = await cli(['status', '--runs', runs], { cwd, env: { PATH: cwd } });
    expect(gone.code).toBe(0);
    expect(gone.stdout).toMatch(/0 of 4 runs finished\. Slurm does not answer: no scontrol on the PATH/);
  });

  it('writes and shows the scripts with --dry-run, and submits nothing', async () => {
    const { cwd, env, runs } = cluster();
    const { code, stdout } = await cli(sweep('--dry-run', '--cpus', '4', '--sbatch-arg=--account=lab'), { cwd, env });
    expect(code).toBe(0);
    expect(stdout).toContain(readFileSync(join(launchIn(runs), 'array.sh'), 'utf8'));
    expect(stdout).toMatch(
      /array2=\$\(sbatch --parsable --array=0-0 \S*array\.sh 3\)\n {2}sbatch .*afterany:\$array1:\$array2" /,
    );
    expect(existsSync(join(cwd, 'asked'))).toBe(false);
    expect(existsSync(join(launchIn(runs), 'jobs.json'))).toBe(false);
  });

  it('says what to do where Slurm is missing, refuses, or is asked for what cannot be', async () => {
    const { cwd, runs } = cluster();
    const missing = await cli(sweep(), { cwd, env: { PATH: cwd } });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(
      /expected Slurm's sbatch on the PATH, got none\. The scripts are written: runs\/small\/slurm\/\w+\. /,
    );
    expect(existsSync(join(launchIn(runs), 'array.sh'))).toBe(true);
    const refusing = cluster({ refuses: 'invalid partition specified: none' });
    const refused = await cli(sweep('--partition', 'none'), refusing);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/invalid partition specified: none'.*The scripts are/),
    ]);
    const late = await cli(['sweep', 'study.yaml', '--launch', 'slurm', '--time', '2'], refusing);
    expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/--time: expected more than the 180 s/)]);
    const alone = await cli(['sweep', 'study.yaml', '--partition', 'x'], refusing);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringMatching(/--partition: expected --launch slurm/)]);
  });
});

describe('sparse-rnn reproduce --launch slurm', () => {
  const reproduce = (...more: string[]) => [
    'reproduce',
    ...more,
    '--scale',
    'quick',
    '--launch',
    'slurm',
    '--time',
    '1:00:00',
    '--runs',
    'runs',
  ];

  it('gives runs whose times are results a node each, one after the other, behind the others', async () => {
    const { cwd, env, asked } = cluster({ most: 1001 });
    const { code, stdout } = await cli(reproduce('table-1', 'table-8', '--cpus', '4'), { cwd, env });
    expect(code).toBe(0);
    const plan = readPlan(join(cwd, 'runs'));
    if (plan === undefined || 'reason' in plan) throw new Error('expected a plan');
    const [table1, table8] = plan.exhibits.map(({ groups }) => [
      ...new Set(groups.flatMap(({ rows }) => rows.flatMap(row => row.runs.map(({ run }) => run)))),
    ]);
    const alone = table8.filter(name => !table1.includes(name));
    expect(alone.length).toBeGreaterThan(0);
    const folder = launchIn(join(cwd, 'runs'));
    expect(asked()).toEqual([
      `--parsable --array=0-${table1.length - 1} ${folder}/array.sh 0`,
      `--parsable --array=0-${alone.length - 1}%1 --exclusive --dependency=afterany:41 ${folder}/array.sh ${table1.length}`,
      expect.stringContaining('--dependency=afterany:41:42 '),
    ]);
    expect(stdout).toContain(`${alone.length} of them after the others, one at a time, each alone on its node`);
    const tasks = readFileSync(join(folder, 'tasks.txt'), 'utf8').trim().split('\n');
    expect(tasks.slice(table1.length).map(line => line.split(' ')[0])).toEqual(alone);
  });

  it('submits the tasks alone with --train-only, and shows as much with --dry-run', async () => {
    const { cwd, env, asked } = cluster({ most: 1001 });
    const dry = await cli(reproduce('figure-8', '--train-only', '--dry-run'), { cwd, env });
    expect(dry.stdout).toMatch(/To do so:\n {2}array1=\S+ .*\n$/);
    const { code, stdout } = await cli(reproduce('figure-8', '--train-only'), { cwd, env });
    expect([code, asked()]).toEqual([0, [expect.stringMatching(/^--parsable --array=\S+ \S+\/array\.sh 0$/)]]);
    expect(stdout).toMatch(/Submitted: array 41\.\n.*\n.*scancel 41\n$/);
    const folder = launchIn(join(cwd, 'runs'));
    expect(readdirSync(folder).sort()).toEqual(['array.sh', 'jobs.json', 'output', 'results', 'tasks.txt']);
    const other = cluster({ most: 1001 });
    const whole = await cli(reproduce('figure-8'), other);
    expect(whole.stdout).toMatch(/then report 42/);
    expect(readFileSync(join(launchIn(join(other.cwd, 'runs')), 'report.sh'), 'utf8')).toMatch(
      /sparse-rnn\.js distances --runs \S+\nexec \S+ \S+ report /,
    );
  });

  it('shows as much with --dry-run where all of them are alone', async () => {
    const { cwd, env } = cluster({ most: 1001 });
    const { code, stdout } = await cli(reproduce('figure-9', '--dry-run'), { cwd, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n {2}array1=\$\(sbatch --parsable --array=0-\d+%1 --exclusive \S+\/array\.sh 0\)\n/);
  });
});

describe('a portable folder', () => {
  const network = OFFLINE.length > 0 ? 'network' : 'network (which is left: taking it needs Linux and the right)';
  it(`trains and reports from another place, without PATH, checkout, links or ${network}, as the checkout does`, async () => {
    const { cwd, env, runs } = cluster();
    const text = readFileSync(join(cwd, 'study.yaml'), 'utf8');
    writeFileSync(join(cwd, 'study.yaml'), `${text}runs: [{ data: moby-dick }]\n`);
    const { code, stdout, stderr } = await cli(sweep('--dry-run', '--portable', 'port'), { cwd, env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^portable folder port, \d{3} MB, corpora: moby-dick\. Your own texts are read from where/);
    expect(readFileSync(join(launchIn(runs), 'array.sh'), 'utf8')).toContain(`program=(${cwd}/port/bin/sparse-rnn)`);
    const again = await cli(sweep('--dry-run', '--portable', 'port'), { cwd, env });
    expect(again.stdout).toMatch(/^portable folder port, as it is\./);

    const entries = readdirSync(join(cwd, 'port'), { recursive: true, withFileTypes: true });
    expect(entries.filter(each => each.isSymbolicLink())).toEqual([]);
    const corpora = readdirSync(join(cwd, 'port/node_modules/@stdlib')).filter(name => name.startsWith('datasets-'));
    expect(corpora).toEqual(['datasets-moby-dick']);
    mkdirSync(join(cwd, 'far away'));
    renameSync(join(cwd, 'port'), join(cwd, 'far away', 'p'));
    const start = (name: string, ...args: string[]) => {
      const [program, ...words] = [...OFFLINE, join(cwd, 'far away/p/bin', name), ...args];
      return startProcess(program, words, { cwd, env: {} }).ended;
    };
    const bare = (...args: string[]) => start('sparse-rnn', ...args);
    if (OFFLINE.length > 0) expect((await start('node', '-p', 'os.networkInterfaces()')).stdout).toBe('{}\n');
    const run = ['run', 'demo', '--set', `data=folder:${cwd}/corpus`, ...tinySettings({ epochs: 1 })];
    const trained = await bare(...run, '--runs', 'moved', '--json');
    expect([trained.code, trained.stderr]).toEqual([0, expect.stringContaining('finished')]);
    await cli([...run, '--runs', 'here'], { cwd });
    const [name] = readdirSync(join(cwd, 'here'));
    expect(outcome(join(cwd, 'moved', name))).toEqual(outcome(join(cwd, 'here', name)));
    expect((await bare('run', 'demo', '--max-steps', '1', '--runs', 'other')).stdout).toContain('Stopped at step 1');
    const report = await bare('report', '--runs', 'moved', '--out', 'r.html');
    expect([report.code, existsSync(join(cwd, 'r.html'))]).toEqual([0, true]);
  }, 120_000);

  it('is not made where a corpus is missing or damaged', async () => {
    const { cwd, env } = cluster();
    writeFileSync(join(cwd, 'study.yaml'), `name: small\npreset: demo\nsettings: { data: ptb, ${TINY} }\n`);
    const make = () => cli(sweep('--dry-run', '--portable', 'port'), { cwd, env });
    expect(await make()).toMatchObject({ code: 2, stderr: expect.stringMatching(/the corpus ptb .*data fetch ptb/) });
    mkdirSync(join(cwd, 'data/ptb'), { recursive: true });
    for (const part of ['train', 'valid', 'test']) writeFileSync(join(cwd, `data/ptb/ptb.${part}.txt`), 'cut');
    expect(await make()).toMatchObject({ code: 2, stderr: expect.stringMatching(/--portable: ptb: .*data fetch ptb/) });
    expect(existsSync(join(cwd, 'port'))).toBe(false);
  });

  it('is used again only for the same build with the corpora in it, and never changed', () => {
    const folder = temporaryFolder();
    const stamp: Stamp = { build: 'a', commit: 'c0ffee', node: '24.21.0', corpora: ['ptb', 'sotu'] };
    expect(() => checkExisting(folder, stamp)).toThrow(/got something else\. Name another folder, or remove/);
    writeFileSync(join(folder, 'portable.json'), JSON.stringify(stamp));
    checkExisting(folder, stamp);
    checkExisting(folder, { ...stamp, corpora: ['sotu'] });
    expect(() => checkExisting(folder, { ...stamp, corpora: ['imdb', 'ptb'] })).toThrow(/got one without imdb\./);
    expect(() => checkExisting(folder, { ...stamp, build: 'b' })).toThrow(/got one of another build \(c0ffee\)/);
    expect(() => checkExisting(folder, { ...stamp, node: '26.0.0' })).toThrow(/got one of another build/);
  });
});
