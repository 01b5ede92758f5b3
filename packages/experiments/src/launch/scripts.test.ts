import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRuns, studySchema } from '../sweep/study.ts';
import { startProcess } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/runs.ts';
import {
  arrayArguments,
  arrayScript,
  type Launch,
  reportArguments,
  reportScript,
  shellWord,
  taskLines,
  taskRanges,
} from './scripts.ts';

const planned = (data: string) =>
  planRuns(studySchema.parse({ name: 'a', preset: 'demo', settings: { data }, seeds: [1, 2] }));

function launch(change: Partial<Launch> = {}, resources: Partial<Launch['resources']> = {}) {
  return {
    folder: '/runs/slurm/1',
    runs: '/runs',
    cwd: '/work',
    program: ['/node', '/bin/sparse-rnn.js'],
    name: 'sparse-rnn-a',
    engine: 'simd',
    report: '/runs/report/index.html',
    resources: { cpus: 2, signalSeconds: 90, more: [], ...resources },
    ...change,
  };
}

/** What bash makes of a text of words. */
function words(text: string): string[] {
  const script = 'eval "set -- $1"; printf "%s\\0" "$@"';
  return spawnSync('bash', ['-c', script, 'bash', text], { encoding: 'utf8' }).stdout.split('\0').slice(0, -1);
}

describe('what the shell reads', () => {
  it('is every text as it was: spaces, quotes, dollars, backslashes', () => {
    const nasty = [
      '',
      ' a  b ',
      "it's",
      '"$HOME"',
      '`id`',
      'a\\b\\',
      '*',
      '~',
      '#x',
      '!',
      'ü',
      'a;b&c|d',
      '$(id)',
      'a\nb',
    ];
    expect(words(nasty.map(shellWord).join(' '))).toEqual(nasty);
    fc.assert(
      fc.property(
        fc.array(
          // Not `binary`: it takes a second to list all characters that there are.
          fc
            .oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'grapheme' }))
            .map(text => text.replaceAll('\0', '')),
          { minLength: 1 },
        ),
        texts => {
          expect(words(texts.map(shellWord).join(' '))).toEqual(texts);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('says how often a run saves a checkpoint, where that was asked for', () => {
    const [line] = taskLines(planned('moby-dick'), launch({ checkpointSeconds: 7 })).split('\n');
    expect(words(line).slice(-2)).toEqual(['--checkpoint-seconds', '7']);
  });

  it('is one line for each run, with the whole spec', () => {
    const runs = planned('folder:/my corpus/it\'s "new"\n$x');
    const lines = taskLines(runs, launch()).split('\n');
    expect(lines).toHaveLength(3);
    for (const [k, { name, spec }] of runs.entries()) {
      const [first, command, preset, ...rest] = words(lines[k]);
      expect([first, command, preset]).toEqual([name, 'run', 'demo']);
      expect(rest.slice(-4)).toEqual(['--runs', '/runs', '--engine', 'simd']);
      const settings = rest.slice(0, -4).filter((_, at) => at % 2 === 1);
      const { preset: _preset, ...others } = spec;
      expect(settings).toEqual(Object.entries(others).map(([key, value]) => `${key}=${value}`));
    }
  });
});

describe('the job of the report', () => {
  it('measures the distances between topologies first, where the report shows them', () => {
    const commands = (distances: boolean) =>
      reportScript(launch({ distances }))
        .split('\n')
        .filter(line => line !== '' && !line.startsWith('#'));
    const report = 'exec /node /bin/sparse-rnn.js report --runs /runs --out /runs/report/index.html';
    expect(commands(false)).toEqual([report]);
    expect(commands(true)).toEqual(['/node /bin/sparse-rnn.js distances --runs /runs', report]);
  });
});

describe('options of sbatch', () => {
  it('stand at the head of the script: requeue, appended output, the signal, and what was asked for', () => {
    const head = arrayScript(
      launch(
        { folder: '/my runs/50%/slurm/1' },
        { partition: 'long', time: '1-00', mem: '4G', more: ['--account=lab', '--exclude=n7'] },
      ),
    ).split('\n# ')[0];
    expect(head.split('\n')).toEqual([
      '#!/bin/bash',
      '#SBATCH --job-name=sparse-rnn-a',
      '#SBATCH --output="/my runs/50%%/slurm/1/output/%A_%a.log"',
      '#SBATCH --chdir=/work',
      '#SBATCH --partition=long',
      '#SBATCH --time=1-00',
      '#SBATCH --mem=4G',
      '#SBATCH --account=lab',
      '#SBATCH --exclude=n7',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --ntasks=1',
      '#SBATCH --requeue',
      '#SBATCH --open-mode=append',
      '#SBATCH --signal=B:USR1@90',
    ]);
  });

  it('make as many arrays as the limit of the cluster asks for, one after the other if tasks at a time are limited', () => {
    const ranges = taskRanges(2500, 1001);
    expect(ranges).toEqual([
      { offset: 0, size: 1001 },
      { offset: 1001, size: 1001 },
      { offset: 2002, size: 498 },
    ]);
    expect(taskRanges(1001, 1001)).toHaveLength(1);
    const script = '/runs/slurm/1/array.sh';
    expect(arrayArguments(launch(), ranges[2], ['7', '8'])).toEqual(['--parsable', '--array=0-497', script, '2002']);
    expect(arrayArguments(launch({}, { atATime: 4 }), ranges[2], ['7', '8'])).toEqual([
      '--parsable',
      '--array=0-497%4',
      '--dependency=afterany:8',
      script,
      '2002',
    ]);
  });

  it('give tasks that are to be alone arrays of their own, a node each, behind all others', () => {
    const ranges = taskRanges(8, 3, 4);
    expect(ranges).toEqual([
      { offset: 0, size: 3 },
      { offset: 3, size: 1 },
      { offset: 4, size: 3, alone: true },
      { offset: 7, size: 1, alone: true },
    ]);
    expect(taskRanges(2, 3, 2)).toEqual([{ offset: 0, size: 2, alone: true }]);
    const script = '/runs/slurm/1/array.sh';
    for (const [range, before, offset] of [
      [ranges[2], ['7', '8'], '4'],
      [ranges[3], ['7', '8', '9'], '7'],
    ] as const) {
      expect(arrayArguments(launch({}, { atATime: 4 }), range, before)).toEqual([
        '--parsable',
        `--array=0-${range.size - 1}%1`,
        '--exclusive',
        `--dependency=afterany:${before.join(':')}`,
        script,
        offset,
      ]);
    }
    expect(arrayArguments(launch(), ranges[2], []).join(' ')).not.toContain('dependency');
  });

  it('let the report follow all arrays, however they end', () => {
    expect(reportArguments(launch(), ['7', '8'])).toEqual([
      '--parsable',
      '--dependency=afterany:7:8',
      '--kill-on-invalid-dep=yes',
      '/runs/slurm/1/report.sh',
    ]);
  });
});

/**
 * A task of the script above, with a program that stands for the training and a Slurm that writes down what it is asked,
 * and ends what it queues again. `said` is what the program prints when it ends, `code` its exit code; without, it runs
 * until it gets SIGTERM. Slurm says the `state` of the job, and answers only after having been `busy` that often.
 */
function task({
  said = '',
  code,
  state = 'RUNNING',
  busy = 0,
  before,
}: {
  said?: string;
  code?: number;
  state?: string;
  busy?: number;
  before?: string;
}) {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  for (const name of ['output', 'results', 'bin']) mkdirSync(at(name));
  writeFileSync(at('tasks.txt'), "first run a\nsecond run 'b c'\n");
  if (before !== undefined) writeFileSync(at('results/second.json'), before);
  const end =
    code === undefined
      ? `trap 'echo ${said.replaceAll("'", "'\\''")}; exit 130' TERM; echo started >&2; while :; do sleep 0.05; done`
      : `echo ${said}; exit ${code}`;
  writeFileSync(at('bin/program'), `#!/bin/bash\nprintf '%s\\n' "$@" >${at('arguments')}\n${end}\n`, {
    mode: 0o755,
  });
  writeFileSync(
    at('bin/scontrol'),
    `#!/bin/bash
echo "$@" >>${at('asked')}
[ "$(grep -c -- "$1" ${at('asked')})" -gt ${busy} ] || exit 1
case $1 in
  -o) echo "JobId=9 JobState=${state} Reason=None" ;;
  requeue) kill -TERM $PPID ;;
esac
`,
    { mode: 0o755 },
  );
  writeFileSync(at('array.sh'), arrayScript(launch({ folder, program: [at('bin/program')] })));
  const process = startProcess('bash', [at('array.sh'), '1'], {
    env: {
      PATH: `${at('bin')}:/usr/bin:/bin`,
      SLURM_ARRAY_JOB_ID: '7',
      SLURM_ARRAY_TASK_ID: '0',
      SLURM_CPUS_PER_TASK: '3',
    },
  });
  return { ...process, read: (name: string) => readFileSync(at(name), 'utf8') };
}

describe('the script of a task', () => {
  it('trains the run of its line with the cores of the task, and ends as the run does', async () => {
    const { ended, read } = task({ said: '\'{"steps":5}\'', code: 1 });
    expect((await ended).code).toBe(1);
    expect(read('arguments').split('\n').slice(0, -1)).toEqual(['run', 'b c', '--threads', '3', '--json']);
    expect(read('results/second.json')).toBe('{"steps":5}\n');
    expect(() => read('asked')).toThrow(/ENOENT/);
  });

  it.each(['SIGUSR1', 'SIGTERM'] as const)(
    'on %s lets the run save a checkpoint, and queues the task again',
    async signal => {
      const { child, ended, seen, read } = task({ said: '\'{"steps":5}\'', before: '{"steps":4}' });
      await seen(/started/);
      child.kill(signal);
      expect((await ended).code).toBe(130);
      expect(read('asked')).toBe('-o show job 7_0\nrequeue 7_0\n');
    },
  );

  it('asks a Slurm that is busy again, and then says that the task was not queued', async () => {
    const once = task({ said: '\'{"steps":5}\'', busy: 1 });
    const always = task({ said: '\'{"steps":5}\'', busy: 9 });
    for (const { child, seen } of [once, always]) {
      await seen(/started/);
      child.kill('SIGUSR1');
    }
    expect((await once.ended).code).toBe(130);
    expect(once.read('asked')).toBe('-o show job 7_0\n'.repeat(2) + 'requeue 7_0\n'.repeat(2));
    const { code, stderr } = await always.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Not queued again: for Slurm the job is unknown, .* Start the same command again/);
    expect(always.read('asked')).toBe('-o show job 7_0\n'.repeat(3));
  });

  it('does not queue a cancelled task again', async () => {
    const { child, ended, seen, read } = task({ said: '\'{"steps":5}\'', state: 'CANCELLED' });
    await seen(/started/);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Not queued again: for Slurm the job is CANCELLED, not RUNNING.');
    expect(read('asked')).toBe('-o show job 7_0\n');
  });

  it.each([
    ['\'{"steps":5}\'', '{"steps":5}'],
    ['\'{"steps":0}\'', undefined],
    ['', undefined],
  ])('does not queue a task again whose run took no step: %s after %s', async (said, before) => {
    const { child, ended, seen, read } = task({ said, before });
    await seen(/started/);
    child.kill('SIGUSR1');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/no step was taken .* --time/);
    expect(read('asked')).not.toContain('requeue');
  });
});
