import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isActive, type QueueState } from '../../packages/experiments/src/launch/queue.ts';
import { writeCorpus } from '../../packages/experiments/src/testing/cli.ts';
import { outcome } from '../../packages/experiments/src/testing/runs.ts';
import { type Cluster, isPending, startCluster, until } from './cluster.ts';
import { findSlurm } from './install.mjs';

const BIN = join(import.meta.dirname, '../../packages/experiments/bin/sparse-rnn.js');
const { missing } = findSlurm();
const title = `a sweep on a Slurm of two nodes${missing === undefined ? '' : ` (needs Slurm: ${missing})`}`;

/** A line of `sparse-rnn status --json`. */
interface Row {
  name: string;
  runDir: string;
  status: string;
  epoch?: number;
  queue?: QueueState;
}

/** Settings of runs of some seconds each, with many checkpoints. */
const SETTINGS = 'hidden: 24, embedding: 20, layers: 2, batch: 4, evaluationBatch: 4, window: 8, density: 0.3';

describe.runIf(missing === undefined || process.env.EXPECT_SLURM === '1')(title, () => {
  let cluster: Cluster;
  let cwd: string;
  let runs: string;

  beforeAll(async () => {
    if (missing !== undefined) throw new Error(`EXPECT_SLURM is set: expected Slurm, got ${missing}`);
    cluster = await startCluster();
    // Spaces, since paths go through Slurm's own parser.
    cwd = mkdtempSync(join(tmpdir(), 'sweep on slurm '));
    runs = join(cwd, 'runs');
  });
  afterAll(async () => {
    await cluster?.stop();
    if (cwd !== undefined) rmSync(cwd, { recursive: true, force: true });
  });

  async function sparseRnn(...args: string[]): Promise<string> {
    const env = { ...process.env, ...cluster.env, SPARSE_RNN_DATA: '' };
    return (await promisify(execFile)(process.execPath, [BIN, ...args], { cwd, env })).stdout;
  }
  const status = async (): Promise<Row[]> =>
    (await sparseRnn('status', '--runs', runs, '--json'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
  /** Waits until the runs are as wanted; every look is a command, half a second of a core. @returns Them. */
  async function runsAre(
    what: string,
    wanted: (rows: Row[]) => boolean,
    seconds: number,
    pause = 1000,
  ): Promise<Row[]> {
    let rows: Row[] = [];
    await until(what, async () => wanted((rows = await status())), seconds, pause).catch(error => {
      throw new Error(`${error.message} Got ${JSON.stringify(rows, null, 1)}\n${logs(1500)}\n${cluster.log()}`);
    });
    return rows;
  }
  /** Stops the process that trains with rigl, and lets it go on once it was told to end, unless it was told before. */
  async function holdUntilSignalled(): Promise<void> {
    const isTold = () => logs().includes('Stopping after this step and saving a checkpoint');
    const found = cluster
      .processes({ SLURM_ARRAY_TASK_ID: '0' })
      .find(({ command }) => / run .*method=rigl.* --json/.test(command));
    if (found === undefined) {
      if (isTold()) return;
      throw new Error(`Expected a process that trains task 0, got none.\n${logs()}`);
    }
    const { pid } = found;
    process.kill(pid, 'SIGSTOP');
    try {
      await until(`the held run is told to end.\n${cluster.log()}`, () => isPending(pid, 'SIGTERM') || isTold(), 120);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }
  const logs = (characters = 0) =>
    readdirSync(join(runs, 'slurm'), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.log'))
      .map(name => `${name}:\n${readFileSync(join(runs, 'slurm', name), 'utf8').slice(-characters)}`)
      .join('\n');
  const starts = (name: string) =>
    readFileSync(join(runs, name, 'log.jsonl'), 'utf8').match(/"type":"(start|resume)"/g)!;

  it('goes on where a node is killed and where the time is up, ends as a sweep on one machine does, and reports', async () => {
    const data = writeCorpus(join(cwd, 'corpus'), 1000);
    writeFileSync(
      join(cwd, 'study.yaml'),
      // The one that is to be held first, so that the others pass it; longer, so that it can be seen and held.
      `name: six\npreset: demo\nsettings: { data: '${data}', epochs: 12, ${SETTINGS} }\nruns:\n` +
        `  - { method: rigl, epochs: 24 }\n${[1, 2, 3, 4, 5].map(seed => `  - { method: set, seed: ${seed} }\n`).join('')}`,
    );
    const slurm = ['--launch', 'slurm', '--portable', 'portable', '--time', '1', '--signal-seconds', '25'];
    expect(await sparseRnn('sweep', 'study.yaml', '--runs', runs, ...slurm)).toMatch(/6 tasks .*\nSubmitted: array/);

    const isUnderWay = ({ queue, status, epoch = 0 }: Row) =>
      queue?.state === 'RUNNING' && status === 'running' && epoch >= 2;
    const isHeld = ({ name }: Row) => name.includes('rigl');
    await runsAre('the first run is under way', rows => rows.some(row => isHeld(row) && isUnderWay(row)), 120, 200);
    // Its job has a minute, and is signalled 25 seconds before that is over, or up to half a minute earlier, as Slurm looks
    // every half minute. It is held until then: so it cannot end before, however fast the machine is.
    const told = holdUntilSignalled();
    // Awaited below; if something else fails before, that is what is reported.
    told.catch(() => {});

    const before = await runsAre(
      'another run is under way and others wait',
      rows =>
        rows.some(row => row.queue?.state === 'PENDING' && row.status === 'waiting') &&
        rows.some(row => !isHeld(row) && isUnderWay(row)),
      120,
      200,
    );
    const victim = before.find(row => !isHeld(row) && isUnderWay(row))!;
    await cluster.killNode(victim.queue!.node!);
    expect(existsSync(join(runs, victim.name, 'DONE'))).toBe(false);
    expect(existsSync(join(runs, victim.name, 'lock.json'))).toBe(true);

    await told;
    const rows = await runsAre(
      'all runs finish and their tasks end',
      all => all.every(({ status, queue }) => status === 'finished' && !isActive(queue!)),
      400,
      3000,
    );
    const killed = rows.find(({ name }) => name === victim.name)!;
    expect(killed.queue!.restarts).toBeGreaterThan(0);
    expect(killed.queue!.node).not.toBe(victim.queue!.node);
    expect(starts(killed.name).length).toBeGreaterThan(1);
    expect(starts(rows.find(isHeld)!.name).length).toBeGreaterThan(1);
    expect(logs()).toContain('Stopping after this step and saving a checkpoint');

    const report = join(runs, 'report/index.html');
    await until('the report is made', () => existsSync(report), 60);
    const last = Math.max(...rows.map(({ name }) => statSync(join(runs, name, 'DONE')).mtimeMs));
    expect(statSync(report).mtimeMs).toBeGreaterThan(last);
    const listed = readFileSync(join(dirname(report), 'runs.html'), 'utf8');
    for (const { name } of rows) expect(listed).toContain(name);
    await until('Slurm says so too', async () => {
      return /6 of 6 runs finished\. Slurm: 6 COMPLETED; report \d+: COMPLETED on n/.test(
        await sparseRnn('status', '--runs', runs),
      );
    });

    await sparseRnn('sweep', 'study.yaml', '--runs', 'local', '--jobs', '2', '--threads', '1');
    for (const { name } of rows) expect(outcome(join(runs, name)), name).toEqual(outcome(join(cwd, 'local', name)));
    expect(await sparseRnn('sweep', 'study.yaml', '--runs', runs, ...slurm)).toMatch(/Nothing to submit/);
  }, 900_000);

  it('that is cancelled saves checkpoints and is not queued again', async () => {
    runs = join(cwd, 'cancelled');
    writeFileSync(
      join(cwd, 'one.yaml'),
      `name: one\npreset: demo\nsettings: { data: 'folder:${cwd}/corpus', epochs: 2000, ${SETTINGS} }\n`,
    );
    const out = await sparseRnn('sweep', 'one.yaml', '--runs', runs, '--launch', 'slurm');
    await runsAre('the run is under way', ([row]) => row.queue?.state === 'RUNNING' && (row.epoch ?? 0) > 0, 60);
    cluster.command(...out.match(/scancel .*/)![0].split(' '));
    const [row] = await runsAre('the task has ended', ([each]) => each.queue?.state === 'CANCELLED', 60);
    await until('the lock is given back', () => !existsSync(join(row.runDir, 'lock.json')));
    expect(logs()).toMatch(/Interrupted at step \d+; a checkpoint is saved/);
    const [later] = await status();
    expect(later).toMatchObject({ status: 'interrupted', queue: { state: 'CANCELLED', restarts: 0 } });
  }, 120_000);
});
