import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunFolder } from './run/folder.ts';
import { readLock } from './run/lock.ts';
import type { RunResult } from './run/types.ts';
import { readRunLog } from './runlog/reader.ts';
import { NEUTRAL, type RunSpec } from './specs/schema.ts';
import { cli, startCli, writeCorpus } from './testing/cli.ts';
import { outcome, temporaryFolder } from './testing/runs.ts';

const TINY = 'hidden: 12, embedding: 10, layers: 1, batch: 4, evaluationBatch: 4, window: 8, density: 0.3';

/** A folder with a corpus and a study of four small runs. */
function studyFolder(more = '', epochs = 2, lines = 60): { cwd: string; runs: string } {
  const cwd = temporaryFolder();
  const data = writeCorpus(join(cwd, 'corpus'), lines);
  writeFileSync(
    join(cwd, 'study.yaml'),
    `name: small\npreset: demo\nsettings: { data: '${data}', epochs: ${epochs}, ${TINY} }\nseeds: [1, 2]\n` +
      `grid: { method: [set, dense] }\n${more}`,
  );
  return { cwd, runs: join(cwd, 'runs', 'small') };
}

/** Names of the run folders: beside them lie the plan and, at times, its lock. */
const runsIn = (runs: string) =>
  readdirSync(runs, { withFileTypes: true }).flatMap(each => (each.isDirectory() ? each.name : []));

/** The results that a command printed, a line each. */
const resultLines = (stdout: string): RunResult[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));

/** Processes that train the runs of a folder. */
const trainersIn = (runs: string) =>
  existsSync(runs) ? runsIn(runs).flatMap(name => readLock(join(runs, name))?.owner?.pid ?? []) : [];

/** Looks until so many are found. */
async function until<T>(look: () => T[], count: number): Promise<T[]> {
  let found = look();
  for (const end = Date.now() + 15_000; found.length !== count && Date.now() < end; found = look()) await wait(20);
  expect(found).toHaveLength(count);
  return found;
}

/** How often a process began a run, or went on with it; by then it hears signals. */
function timesBegun(runs: string, name: string): number {
  const log = join(runs, name, 'log.jsonl');
  return existsSync(log) ? (readFileSync(log, 'utf8').match(/"type":"(?:start|resume)"/g) ?? []).length : 0;
}

/** Time of a run's checkpoint; 0 where it has none. */
const savedAt = (runs: string, name: string) =>
  statSync(join(runs, name, 'checkpoint.safetensors'), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

const finishedIn = (runs: string) => runsIn(runs).filter(name => existsSync(join(runs, name, 'DONE'))).length;

describe('sparse-rnn sweep', () => {
  it('plans without training: runs, FLOPs and a measured time', async () => {
    const { cwd } = studyFolder();
    const { code, stdout } = await cli(['sweep', 'study.yaml', '--dry-run', '--jobs', '2'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^small: 4 runs in runs\/small, 2 at a time/);
    expect(stdout).toMatch(/method=set, seed=1 +[\d,]+ +\d\.\d\de\+\d+/);
    expect(stdout).toMatch(/4 runs, \d\.\d\de\+\d+ training FLOPs, about .* here/);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    const json = await cli(['sweep', 'study.yaml', '--dry-run', '--json'], { cwd });
    const rows = json.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const dense = rows.find(({ label }) => label === 'method=dense, seed=1');
    const sparse = rows.find(({ label }) => label === 'method=set, seed=1');
    expect(dense.flops).toBeGreaterThan(2 * sparse.flops);
    expect(dense.seconds).toBeGreaterThan(0);
    // Where it cannot tell exactly, it says so.
    writeFileSync(join(cwd, 'snip.yaml'), `${readFileSync(join(cwd, 'study.yaml'), 'utf8')}runs: [{ method: snip }]\n`);
    const snip = await cli(['sweep', 'snip.yaml', '--dry-run'], { cwd });
    expect(snip.stdout).toMatch(/method=snip, seed=1 +[\d,]+ +about \d\.\d\de\+\d+ /);
    expect(snip.stdout).toMatch(/method=set, seed=1 +[\d,]+ +\d\.\d\de\+\d+ +\d/);
  });

  it('trains all runs several at a time, each as it would be alone, and reuses them the second time', async () => {
    const { cwd, runs } = studyFolder();
    const { code, stdout } = await cli(['sweep', 'study.yaml', '--jobs', '2', '--threads', '1'], { cwd });
    expect([code, finishedIn(runs)]).toEqual([0, 4]);
    expect(stdout).toMatch(/4 of 4 finished. Report: npx sparse-rnn report --runs runs\/small/);
    const name = runsIn(runs).find(each => each.includes('set'))!;
    const settings = Object.entries(RunFolder.existing(join(runs, name)).spec).flatMap(([key, value]) =>
      key === 'preset' || NEUTRAL[key as keyof RunSpec] === value ? [] : ['--set', `${key}=${value}`],
    );
    await cli(['run', 'demo', ...settings, '--runs', 'alone', '--threads', '2'], { cwd });
    expect(outcome(join(cwd, 'alone', name))).toEqual(outcome(join(runs, name)));
    const again = await cli(['sweep', 'study.yaml'], { cwd });
    expect(again.stdout).toContain('4 of them were finished before and are reused');
    expect(again.code).toBe(0);
  });

  it('with --json prints a line for every finished run, reused ones too, and says which one cannot be read', async () => {
    const { cwd, runs } = studyFolder('', 1);
    const sweep = () => cli(['sweep', 'study.yaml', '--jobs', '2', '--threads', '1', '--json'], { cwd });
    const first = await sweep();
    const again = await sweep();
    expect([first.code, again.code]).toEqual([0, 0]);
    const sorted = (lines: RunResult[]) => lines.sort((a, b) => (a.runDir < b.runDir ? -1 : 1));
    const trained = sorted(resultLines(first.stdout));
    expect(trained.map(({ runDir, reused }) => [runDir, reused])).toEqual(
      runsIn(runs).map(name => [join(runs, name), false]),
    );
    expect(sorted(resultLines(again.stdout))).toEqual(trained.map(result => ({ ...result, reused: true })));
    const summary = join(trained[0].runDir, 'summary.json');
    writeFileSync(summary, readFileSync(summary, 'utf8').replace('"steps": ', '"steps": 1'));
    const changed = await sweep();
    expect([changed.code, resultLines(changed.stdout)]).toEqual([
      1,
      resultLines(again.stdout).filter(({ runDir }) => runDir !== trained[0].runDir),
    ]);
    expect(changed.stderr).toMatch(
      /seed=\d has no line of JSON: \S+summary\.json of a finished run was changed .* --fresh\.\n/,
    );
  });

  it('with --jobs n and no --threads shares the cores out, and each run logs both', async () => {
    const { cwd, runs } = studyFolder('', 1);
    expect((await cli(['sweep', 'study.yaml', '--jobs', '2'], { cwd })).code).toBe(0);
    const threads = Math.max(1, Math.floor(availableParallelism() / 2));
    for (const name of runsIn(runs)) {
      const log = readRunLog(join(runs, name));
      expect('start' in log && log.start.engine).toMatchObject({ threads, jobs: 2 });
    }
  });

  it('stops with checkpoints on Ctrl-C and when its budget is spent, and goes on when it is started again', async () => {
    const { cwd, runs } = studyFolder('budget: { hours: 0.0004 }', 40, 200);
    const first = startCli(['sweep', 'study.yaml', '--jobs', '2', '--threads', '1'], { cwd });
    const result = await first.ended;
    expect(result.stdout).toContain('The budget of 0.0004 hours is spent');
    expect(result.code).toBe(130);
    writeFileSync(join(cwd, 'study.yaml'), readFileSync(join(cwd, 'study.yaml'), 'utf8').replace(/budget.*/, ''));
    const before = new Map(runsIn(runs).map(name => [name, timesBegun(runs, name)]));
    const second = startCli(['sweep', 'study.yaml', '--jobs', '2', '--threads', '1'], { cwd });
    const training = await until(
      () => runsIn(runs).filter(name => timesBegun(runs, name) > (before.get(name) ?? 0)),
      2,
    );
    const saved = training.map(name => savedAt(runs, name));
    second.child.kill('SIGINT');
    const stopped = await second.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toMatch(/runs are not finished: start the same command again/);
    for (const [k, name] of training.entries()) expect(savedAt(runs, name)).toBeGreaterThan(saved[k]);
    expect(
      runsIn(runs)
        .flatMap(name => readdirSync(join(runs, name)))
        .includes('lock.json'),
    ).toBe(false);
  }, 60_000);

  it('lists runs that failed with the reason, leaves them alone, and trains them again on --retry', async () => {
    const { cwd, runs } = studyFolder('runs: [{ method: set, learningRate: 1000, optimizer: sgd, clip: 0 }]');
    const first = await cli(['sweep', 'study.yaml', '--jobs', '2', '--threads', '1'], { cwd });
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(/learningRate=1000.* failed: .*--retry/);
    expect(finishedIn(runs)).toBe(4);
    const second = await cli(['sweep', 'study.yaml'], { cwd });
    expect(second).toMatchObject({ code: 1, stdout: expect.not.stringMatching(/failed at step/) });
    const third = await cli(['sweep', 'study.yaml', '--retry'], { cwd });
    expect(third.stdout).toMatch(/failed at step/);
    expect(third.code).toBe(1);
  });

  it('says how to mend a finished run whose log is damaged or gone, and does not ask to be started again', async () => {
    const { cwd, runs } = studyFolder('', 1);
    expect((await cli(['sweep', 'study.yaml', '--threads', '1'], { cwd })).code).toBe(0);
    const [changed, gone] = runsIn(runs);
    const log = join(runs, changed, 'log.jsonl');
    const whole = readFileSync(log, 'utf8');
    writeFileSync(log, whole.replace('"type"', '"tape"'));
    rmSync(join(runs, gone, 'log.jsonl'));
    const { code, stdout } = await cli(['sweep', 'study.yaml'], { cwd });
    expect(code).toBe(1);
    for (const [name, why] of [
      [changed, 'has no readable start line'],
      [gone, 'cannot be read'],
    ]) {
      const remedy = `or train it again with 'npx sparse-rnn resume runs/small/${name} --fresh'\\.`;
      expect(stdout).toMatch(
        new RegExp(
          `seed=\\d: log\\.jsonl ${why}.* but the run is finished\\. Put the log back as it was, ${remedy}\\n`,
        ),
      );
    }
    expect(stdout).toMatch(/2 of 4 finished/);
    expect(stdout).not.toMatch(/start the same command again/);
    expect(await cli(['resume', join(runs, gone), '--fresh', '--threads', '1'], { cwd })).toMatchObject({ code: 0 });
    writeFileSync(log, whole);
    expect((await cli(['sweep', 'study.yaml'], { cwd })).code).toBe(0);
  });

  it('whose process is killed leaves no run behind that goes on alone, and ends as one left alone', async () => {
    const { cwd, runs } = studyFolder('', 6, 120);
    expect((await cli(['sweep', 'study.yaml', '--jobs', '2', '--threads', '1'], { cwd })).code).toBe(0);
    const killed = ['sweep', 'study.yaml', '--jobs', '2', '--threads', '1', '--runs', 'killed'];
    const first = startCli(killed, { cwd });
    const trainers = await until(() => trainersIn(join(cwd, 'killed')), 2);
    // Held, so that none ends before the sweep does.
    onTestFinished(() => {
      for (const pid of trainersIn(join(cwd, 'killed'))) signal(pid, 'SIGKILL');
    });
    for (const pid of trainers) signal(pid, 'SIGSTOP');
    const finished = finishedIn(join(cwd, 'killed'));
    first.child.kill('SIGKILL');
    await new Promise(resolve => first.child.once('exit', resolve));
    for (const pid of trainers) signal(pid, 'SIGCONT');
    const held = () => runsIn(join(cwd, 'killed')).filter(name => existsSync(join(cwd, 'killed', name, 'lock.json')));
    await until(held, 0);
    // Had they gone on alone, they would be finished.
    expect(finishedIn(join(cwd, 'killed'))).toBe(finished);
    expect((await cli(killed, { cwd })).code).toBe(0);
    for (const name of runsIn(runs)) expect(outcome(join(cwd, 'killed', name))).toEqual(outcome(join(runs, name)));
  }, 60_000);

  it('and another on the same folder at the same time both end with all runs, each of them trained once', async () => {
    const { cwd, runs } = studyFolder('', 4, 120);
    const args = ['sweep', 'study.yaml', '--jobs', '2', '--threads', '1', '--json'];
    const both = await Promise.all([cli(args, { cwd }), cli(args, { cwd })]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    for (const { stdout, stderr } of both) {
      expect(stderr).toContain('4 of 4 finished');
      const lines = resultLines(stdout);
      expect(lines.map(({ runDir }) => basename(runDir)).sort()).toEqual(runsIn(runs));
    }
    expect(both.map(({ stderr }) => stderr).join('')).toMatch(/finished by another process/);
    expect(both.flatMap(({ stdout }) => resultLines(stdout)).filter(({ reused }) => !reused)).toHaveLength(4);
    for (const name of runsIn(runs)) {
      const log = readFileSync(join(runs, name, 'log.jsonl'), 'utf8');
      expect(log.match(/"type":"(?:start|resume)"/g), name).toHaveLength(1);
    }
    await cli([...args, '--runs', 'alone'], { cwd });
    for (const name of runsIn(runs)) expect(outcome(join(runs, name))).toEqual(outcome(join(cwd, 'alone', name)));
  }, 60_000);

  it('takes over the runs of another sweep that is stopped while it waits', async () => {
    const { cwd, runs } = studyFolder('', 12, 200);
    const args = ['sweep', 'study.yaml', '--jobs', '4', '--threads', '1'];
    const first = startCli(args, { cwd });
    const held = await until(() => trainersIn(runs), 4);
    // Held, so that none ends before the second sweep looks. One that is left so by a failure must not stay.
    onTestFinished(() => {
      for (const pid of trainersIn(runs)) signal(pid, 'SIGKILL');
    });
    for (const pid of held) signal(pid, 'SIGSTOP');
    const second = startCli(args, { cwd });
    await second.seen(/4 runs are being trained by another process: waiting for it/);
    first.child.kill('SIGINT');
    for (const pid of held) signal(pid, 'SIGCONT');
    expect((await first.ended).code).toBe(130);
    expect(await second.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('4 of 4 finished') });
  }, 60_000);
});
