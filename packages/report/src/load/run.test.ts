import type { RunLog, RunLogLine } from '@sparse-rnn/experiments/runlog';
import { describe, expect, it } from 'vitest';
import { type SyntheticRun, syntheticLines } from '../testing/syntheticRuns.ts';
import { toRun } from './run.ts';

type LineOf<Type extends RunLogLine['type']> = Extract<RunLogLine, { type: Type }>;

function logOf(run: SyntheticRun, more: Partial<RunLog> = {}): RunLog {
  const lines = syntheticLines(run);
  const of = <Type extends RunLogLine['type']>(type: Type) =>
    lines.filter((line): line is LineOf<Type> => line.type === type);
  return {
    directory: '/runs/a',
    start: of('start')[0],
    epochs: of('epoch'),
    topology: of('topology'),
    pictures: of('picture'),
    evaluations: of('evaluation'),
    done: of('done')[0],
    failed: of('failed')[0],
    damaged: [],
    ...more,
  };
}

describe('toRun', () => {
  it('tells finished, failed and unfinished runs apart', () => {
    const run = { method: 'set', density: 0.1 };
    expect(toRun(logOf(run), 'a').status).toBe('finished');
    expect(toRun(logOf({ ...run, end: { failed: 'NaN' } }), 'a').status).toBe('failed');
    expect(toRun(logOf({ ...run, end: 'unfinished' }), 'a').status).toBe('unfinished');
  });

  it('gives an unfinished run its best validation perplexity and no test perplexity', () => {
    const log = logOf({ method: 'set', density: 0.1, epochs: 3, end: 'unfinished' });
    log.epochs[1] = { ...log.epochs[1], validationLoss: 1, validationPerplexity: Math.E };
    const run = toRun(log, 'a');
    expect(run).toMatchObject({ bestEpoch: 2, validationPerplexity: Math.E, testPerplexity: null });
    // 3 epochs of 12 + 20 * 0.1 seconds of training and 1 of evaluation.
    expect(run.wallSeconds).toBeCloseTo(45, 10);
  });

  it('takes the later line of an epoch that was logged twice, and orders epochs', () => {
    const log = logOf({ method: 'static', density: 0.1, epochs: 3 });
    const again = { ...log.epochs[1], trainPerplexity: 77 };
    const run = toRun({ ...log, epochs: [log.epochs[0], log.epochs[2], log.epochs[1], again] }, 'a');
    expect(run.epochs.map(line => line.epoch)).toEqual([1, 2, 3]);
    expect(run.epochs[1].trainPerplexity).toBe(77);
  });

  it('takes medians of throughput and step time over an even and an odd count of epochs', () => {
    const log = logOf({ method: 'static', density: 0.1, epochs: 4 });
    [9, 1, 5, 3].forEach((stepMs, index) => {
      log.epochs[index] = { ...log.epochs[index], stepMs };
    });
    expect(toRun(log, 'a').stepMs).toBe(4);
    expect(toRun({ ...log, epochs: log.epochs.slice(0, 3) }, 'a').stepMs).toBe(5);
    expect(toRun({ ...log, epochs: [] }, 'a').stepMs).toBeNull();
  });

  it('weighs explored by positions and initial kept by initial nonzeros, sparse matrices only', () => {
    const log = logOf({ method: 'set', density: 0.1, epochs: 1 });
    const matrix = (name: string, rows: number, nnz: number, sparse: boolean) => ({
      name,
      rows,
      cols: 10,
      gates: [name],
      nnz,
      density: nnz / (10 * rows),
      sparse,
    });
    log.start = {
      ...log.start,
      matrices: [matrix('a', 10, 10, true), matrix('b', 30, 30, true), matrix('c', 90, 900, false)],
    };
    const share = (name: string, explored: number, initialKept: number) => ({
      name,
      nnz: 1,
      gates: [1],
      explored,
      initialKept,
    });
    log.epochs[0] = { ...log.epochs[0], matrices: [share('a', 0.5, 0.2), share('b', 0.1, 0.6), share('c', 1, 1)] };
    // (100 * 0.5 + 300 * 0.1) / 400 and (10 * 0.2 + 30 * 0.6) / 40
    expect(toRun(log, 'a').shares).toEqual([{ explored: 0.2, initialKept: 0.5 }]);
  });

  it('keeps only pictures of one window, with positions inside it', () => {
    const log = logOf({ method: 'set', density: 0.1, epochs: 2, window: 4 });
    log.pictures[0] = { ...log.pictures[0], active: [0, 15, 16, 999] };
    log.pictures.push({ ...log.pictures[0], epoch: 9, matrix: 'decoder' }, { ...log.pictures[0], epoch: 10, cols: 5 });
    const run = toRun(log, 'a');
    expect(run.pictures.map(line => line.epoch)).toEqual([0, 1, 2]);
    expect(run.pictures[0].active).toEqual([0, 15]);
  });

  it('drops pictures of a window too large to draw', () => {
    const log = logOf({ method: 'set', density: 0.1, epochs: 1, window: 4 });
    log.pictures = [{ ...log.pictures[0], rows: 1_000_000, cols: 1_000_000 }];
    expect(toRun(log, 'a').pictures).toEqual([]);
  });

  it('gives runs that differ in the seed alone one setting, whatever the order of the keys', () => {
    const key = (run: SyntheticRun) => toRun(logOf(run), 'a').settingKey;
    const one = key({ method: 'set', density: 0.1, seed: 1, spec: { a: 1, b: 2 } });
    expect(key({ method: 'set', density: 0.1, seed: 2, spec: { b: 2, a: 1 } })).toBe(one);
    expect(key({ method: 'set', density: 0.1, seed: 1, spec: { a: 1, b: 3 } })).not.toBe(one);
    expect(key({ method: 'set', density: 0.2, seed: 1, spec: { a: 1, b: 2 } })).not.toBe(one);
    expect(key({ method: 'set', density: 0.1, seed: 1, dataset: 'ptb', spec: { a: 1, b: 2 } })).not.toBe(one);
  });
});
