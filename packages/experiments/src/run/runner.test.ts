import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSnapshot } from '@sparse-rnn/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readRunLog } from '../runlog/reader.ts';
import { openDocument } from '../runlog/seal.ts';
import { createSpec, runName } from '../specs/spec.ts';
import { fakeWorkbench } from '../testing/fakeWorkbench.ts';
import { logValues, outcome, temporaryFolder } from '../testing/runs.ts';
import { readLock } from './lock.ts';
import { type RunOptions, resume, run } from './runner.ts';

const known = {
  methods: ['dense', 'set'],
  cells: ['lstm'],
  corpora: { 'language-model': ['moby-dick'], classification: [] },
};
const spec = createSpec('demo', { epochs: 4 }, known);
const open = fakeWorkbench();

/** A finished run and its folder. */
async function finished(options: RunOptions = {}) {
  const result = await run(temporaryFolder(), spec, { open, ...options });
  expect(result.status).toBe('finished');
  return result;
}

describe('a run', () => {
  it('leaves spec, log, checkpoint, best model, summary and DONE, and no lock', async () => {
    const result = await finished();
    expect(readdirSync(result.runDir).sort()).toEqual(
      ['DONE', 'best.safetensors', 'checkpoint.safetensors', 'log.jsonl', 'spec.json', 'summary.json'].sort(),
    );
    const log = readRunLog(result.runDir);
    if (!('start' in log)) throw new Error(log.reason);
    expect(log.damaged).toEqual([]);
    expect(log.epochs.map(line => [line.epoch, line.step])).toEqual([1, 2, 3, 4].map(epoch => [epoch, 40 * epoch]));
    expect(log.topology.map(line => [line.epoch, line.step])).toEqual([1, 2, 3].map(epoch => [epoch, 40 * epoch]));
    expect(log.pictures.map(line => line.epoch)).toEqual([0, 1, 2, 3, 4]);
    const best = log.epochs.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
    expect(log.done).toMatchObject({ bestEpoch: best.epoch, testLoss: best.validationLoss, step: 160 });
    const { bytes } = log.done!;
    expect(bytes).toMatchObject({ computed: { activations: 100, peak: 444 }, heapPeak: 0 });
    expect(bytes!.rssPeak).toBe(log.done!.peakRssBytes);
    expect(result).toMatchObject({
      steps: 160,
      epochs: 4,
      bestEpoch: best.epoch,
      testPerplexity: Math.exp(best.validationLoss),
    });
    // The folder can be moved: it does not say where it lies.
    const { runDir, reused: _reused, ...summary } = result;
    const path = join(runDir, 'summary.json');
    expect(openDocument(JSON.parse(readFileSync(path, 'utf8')))).toEqual(summary);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"steps": 160', '"steps": 161'));
    await expect(resume(runDir, { open })).rejects.toThrow(/summary\.json of a finished run was changed/);
    writeFileSync(path, JSON.stringify(summary));
    await expect(resume(runDir, { open })).rejects.toThrow(/summary\.json of a finished run was changed/);
    // As one from before there were seals.
    rmSync(join(runDir, 'log.jsonl'));
    expect(await resume(runDir, { open })).toEqual({ ...result, reused: true });
  });

  it('begins with the files of its workbench, and without those of an earlier beginning that it has no more', async () => {
    const runs = temporaryFolder();
    const beginning = (list: string | null): RunOptions => ({
      open: async (...args) => ({ ...(await open(...args)), files: { 'list.csv': list } }),
      maxSteps: 0,
      checkpointSeconds: 1e6,
    });
    const { runDir } = await run(runs, spec, beginning('a,b\r\n'));
    expect(readFileSync(join(runDir, 'list.csv'), 'utf8')).toBe('a,b\r\n');
    rmSync(join(runDir, 'checkpoint.safetensors'), { force: true });
    await run(runs, spec, beginning(null));
    expect(existsSync(join(runDir, 'list.csv'))).toBe(false);
  });

  it('is not trained again once it is finished, unless it is asked to start afresh', async () => {
    const result = await finished();
    const never: RunOptions['open'] = () => Promise.reject(new Error('opened'));
    expect(await resume(result.runDir, { open: never })).toEqual({ ...result, reused: true });
    const before = outcome(result.runDir);
    const again = await resume(result.runDir, { open, fresh: true });
    expect(again.reused).toBe(false);
    expect(outcome(result.runDir)).toEqual(before);
  });

  it('that is stopped at any step and resumed ends as one left alone', async () => {
    const whole = outcome((await finished()).runDir);
    for (const maxSteps of [0, 1, 39, 40, 41, 77, 120, 159]) {
      const runs = temporaryFolder();
      const stopped = await run(runs, spec, { open, maxSteps });
      expect(stopped).toMatchObject({ status: 'stopped', steps: maxSteps, testPerplexity: null });
      expect((await resume(stopped.runDir, { open })).status).toBe('finished');
      expect(outcome(stopped.runDir), `stopped at ${maxSteps}`).toEqual(whole);
    }
  });

  it('says in its log which engine it has and why, and how many runs are trained beside it, if it is told', async () => {
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 1, jobs: 3 });
    await resume(runDir, { open, maxSteps: 2 });
    await resume(runDir, { open, maxSteps: 3, jobs: 2 });
    const lines = readFileSync(join(runDir, 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines[0].engine).toEqual({ name: 'fake', threads: 1, jobs: 3, reason: expect.any(String) });
    expect(lines[0]).not.toHaveProperty('startsDense');
    const resumes = lines.filter(({ type }) => type === 'resume');
    expect(resumes.map(({ threads, jobs }) => [threads, jobs])).toEqual([
      [1, undefined],
      [1, 2],
    ]);
    expect(readRunLog(runDir)).toMatchObject({ damaged: [], start: { engine: { jobs: 3 } } });
  });

  it('that lost everything after its last checkpoint, with a half-written log line, ends as one left alone', async () => {
    const whole = outcome((await finished()).runDir);
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 90 });
    const log = join(runDir, 'log.jsonl');
    writeFileSync(log, `${readFileSync(log, 'utf8')}{"type":"epoch","ep`);
    expect((await resume(runDir, { open })).status).toBe('finished');
    expect(outcome(runDir)).toEqual(whole);
    const kept = readFileSync(log, 'utf8');
    expect(kept.match(/"type":"resume"/g)).toHaveLength(1);
  });

  it('begins again where it was killed before its first checkpoint', async () => {
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 5 });
    rmSync(join(runDir, 'checkpoint.safetensors'));
    expect((await resume(runDir, { open })).status).toBe('finished');
    expect(outcome(runDir)).toEqual(outcome((await finished()).runDir));
  });

  it('stops with a checkpoint when its signal is aborted', async () => {
    const controller = new AbortController();
    const progress = { step: ({ step }: { step: number }) => step === 50 && controller.abort() };
    const result = await run(temporaryFolder(), spec, { open, signal: controller.signal, progress });
    expect(result).toMatchObject({ status: 'interrupted', steps: 50 });
    expect(existsSync(join(result.runDir, 'checkpoint.safetensors'))).toBe(true);
    expect((await resume(result.runDir, { open })).status).toBe('finished');
    expect(outcome(result.runDir)).toEqual(outcome((await finished()).runDir));
  });

  it('logs of an optimizer that averages whether an epoch was evaluated with averages, of another nothing', async () => {
    const averaged = async (optimizer: string) => {
      const { runDir } = await run(temporaryFolder(), createSpec('demo', { epochs: 4, optimizer }, known), { open });
      const log = readRunLog(runDir);
      if (!('start' in log)) throw new Error(log.reason);
      return log.epochs.map(line => line.averaged);
    };
    expect(await averaged('snt-asgd')).toEqual([false, false, true, true]);
    expect(await averaged('sgd')).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('saves a checkpoint within an epoch when the time between two has passed', async () => {
    const saved: number[] = [];
    await finished({
      open: fakeWorkbench({ stepMs: 1 }),
      checkpointSeconds: 0.01,
      progress: { saved: step => saved.push(step) },
    });
    expect(saved.filter(step => step % 40 !== 0).length).toBeGreaterThan(3);
  });
});

describe('an epoch whose validation was cut off', () => {
  it.each([
    ['with checkpoints after every step', { checkpointSeconds: 1e-9 }],
    ['of a run that was to stop at its last step', { maxSteps: 40 }],
  ])('is logged with the time of steps that were taken, %s', async (_when, options) => {
    const failing: RunOptions['open'] = async (...args) => ({
      ...(await open(...args)),
      evaluate: () => {
        throw new Error('cut off');
      },
    });
    const { runDir, status } = await run(temporaryFolder(), spec, { open: failing, ...options });
    expect(status).toBe('failed');
    expect((await resume(runDir, { open })).status).toBe('finished');
    const log = readRunLog(runDir);
    if (!('start' in log)) throw new Error(log.reason);
    for (const { stepMs } of log.epochs) expect(stepMs).toBeGreaterThan(0);
    expect(outcome(runDir).arrays).toEqual(outcome((await finished()).runDir).arrays);
  });
});

describe('a run whose lock was taken over', () => {
  it.each([
    ['at the end of an epoch', 79, {}],
    ['after steps that need no line, as it fails', 50, { nanAtStep: 53 }],
    ['as it saves', 50, { stepMs: 1 }],
  ])('writes nothing into the log and the folder of its new owner, %s', async (_when, step, faults) => {
    const runs = temporaryFolder();
    let before: [string, Buffer][] = [];
    const contents = (directory: string) =>
      readdirSync(directory)
        .sort()
        .map((name): [string, Buffer] => [name, readFileSync(join(directory, name))]);
    const directory = join(runs, runName(spec));
    const lost = await run(runs, spec, {
      open: fakeWorkbench(faults),
      checkpointSeconds: 'stepMs' in faults ? 0.005 : 60,
      progress: {
        step: at => {
          if (at.step !== step) return;
          writeFileSync(
            join(directory, 'lock.json'),
            JSON.stringify({ pid: 1, host: 'another', since: '', token: 'another' }),
          );
          before = contents(directory);
        },
      },
    });
    expect(lost.status).toBe('failed');
    if (!('nanAtStep' in faults)) expect(lost.reason).toMatch(/Another process took over/);
    expect(before.map(([name]) => name)).toContain('lock.json');
    expect(contents(directory)).toEqual(before);
  });
});

describe('a run while the clock is set back', () => {
  it('ends as one left alone, with durations that are none of the clock', async () => {
    const whole = outcome((await finished()).runDir);
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const begun = Date.now();
    const progress = { step: ({ step }: { step: number }) => step === 50 && vi.setSystemTime(begun - 24 * 3_600_000) };
    const result = await run(temporaryFolder(), spec, { open, progress });
    expect(result.status).toBe('finished');
    expect(result.wallSeconds).toBeGreaterThan(0);
    expect(result.wallSeconds).toBeLessThan(60);
    const log = readRunLog(result.runDir);
    if (!('start' in log)) throw new Error(log.reason);
    expect(Date.parse(log.done!.time)).toBeLessThan(Date.parse(log.start.time));
    for (const line of log.epochs) expect(line.trainSeconds).toBeGreaterThanOrEqual(0);
    expect(outcome(result.runDir)).toEqual(whole);
  });
});

describe('a run that cannot go on', () => {
  it('is marked failed with the step when its loss becomes NaN, and keeps the last good checkpoint', async () => {
    const runs = temporaryFolder();
    const result = await run(runs, spec, { open: fakeWorkbench({ nanAtStep: 100 }) });
    expect(result).toMatchObject({ status: 'failed', steps: 100, testPerplexity: null });
    expect(result.reason).toMatch(/training loss became NaN at step 100.*checkpoint is kept.*learningRate/);
    const log = readRunLog(result.runDir);
    expect('failed' in log && log.failed).toMatchObject({ step: 100, reason: result.reason });
    expect(existsSync(join(result.runDir, 'DONE'))).toBe(false);
    expect(readLock(result.runDir)).toBeUndefined();
    // The fault gone, it goes on from there and ends as if nothing had been.
    expect(await resume(result.runDir, { open })).toMatchObject({ status: 'finished' });
    expect(outcome(result.runDir)).toEqual(outcome((await finished()).runDir));
  });

  it('does not overwrite a good checkpoint with weights that are not finite', async () => {
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 10 });
    const good = readFileSync(join(runDir, 'checkpoint.safetensors'));
    const result = await resume(runDir, { open: fakeWorkbench({ poisonAtStep: 20 }), maxSteps: 20 });
    expect(result.reason).toMatch(/wh\.values holds numbers that are not finite after step 20/);
    expect(readFileSync(join(runDir, 'checkpoint.safetensors'))).toEqual(good);
  });

  it('fails when the disk is full while it saves, and the earlier checkpoint stays good', async () => {
    let room = 3;
    const save: RunOptions['save'] = (directory, name, snapshot) => {
      const full = () => {
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      };
      if (room-- > 0) writeSnapshot(directory, name, snapshot);
      else writeSnapshot(directory, name, snapshot, { write: full, sync: full });
    };
    const result = await run(temporaryFolder(), spec, { open, save });
    expect(result).toMatchObject({ status: 'failed' });
    expect(result.reason).toMatch(/Cannot save .*: the disk is full\. An earlier snapshot .* kept/);
    expect(readdirSync(result.runDir).filter(name => name.endsWith('.tmp'))).toEqual([]);
    expect(await resume(result.runDir, { open })).toMatchObject({ status: 'finished' });
    expect(outcome(result.runDir)).toEqual(outcome((await finished()).runDir));
  });
});

describe('a run folder that does not fit', () => {
  it('is refused when its spec was changed, is no JSON, or is that of another run', async () => {
    const runs = temporaryFolder();
    const { runDir } = await run(runs, spec, { open, maxSteps: 1 });
    const path = join(runDir, 'spec.json');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, good.replace('"seed": 1', '"seed": 2'));
    await expect(resume(runDir, { open })).rejects.toThrow(/spec\.json was changed since the run began/);
    writeFileSync(path, good.slice(0, 100));
    await expect(resume(runDir, { open })).rejects.toThrow(/spec\.json cannot be read/);
    const other = await run(temporaryFolder(), createSpec('demo', { seed: 9 }, known), { open, maxSteps: 1 });
    writeFileSync(path, readFileSync(join(other.runDir, 'spec.json')));
    await expect(run(runs, spec, { open })).rejects.toThrow(/holds another run/);
    await expect(resume(runDir, { open })).rejects.toThrow(/checkpoint\.safetensors belongs to another run/);
    writeFileSync(path, good);
    expect((await resume(runDir, { open })).status).toBe('finished');
  });

  it('is refused with a damaged checkpoint, and left as it was', async () => {
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 50 });
    const path = join(runDir, 'checkpoint.safetensors');
    const log = readFileSync(join(runDir, 'log.jsonl'), 'utf8');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 4;
    writeFileSync(path, bytes);
    await expect(resume(runDir, { open })).rejects.toThrow(/checkpoint\.safetensors is damaged.*--fresh/);
    truncateSync(path, 300);
    await expect(resume(runDir, { open })).rejects.toThrow(/damaged/);
    expect(readFileSync(join(runDir, 'log.jsonl'), 'utf8')).toBe(log);
    expect(readLock(runDir)).toBeUndefined();
    expect((await resume(runDir, { open, fresh: true })).status).toBe('finished');
  });

  it('is refused on another text, on another engine, and where there is no run', async () => {
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 50 });
    const before = logValues(runDir);
    const otherText: RunOptions['open'] = async (...args) => {
      const bench = await open(...args);
      return { ...bench, dataset: { ...bench.dataset, sha256: '0'.repeat(64) } };
    };
    await expect(resume(runDir, { open: otherText })).rejects.toThrow(/begun on another text/);
    const otherEngine: RunOptions['open'] = async (...args) => {
      const bench = await open(...args);
      return { ...bench, engine: { ...bench.engine, name: 'cpu' } };
    };
    await expect(resume(runDir, { open: otherEngine })).rejects.toThrow(
      /begun on the engine fake, got cpu.*--engine fake/,
    );
    expect(logValues(runDir)).toEqual(before);
    await expect(resume(temporaryFolder(), { open })).rejects.toThrow(/is no run folder.*sparse-rnn status/);
  });

  it('leaves no folder behind when the workbench cannot be opened', async () => {
    const runs = temporaryFolder();
    await expect(run(runs, spec, { open: () => Promise.reject(new Error('no corpus')) })).rejects.toThrow('no corpus');
    expect(readdirSync(runs)).toEqual([]);
  });
});
