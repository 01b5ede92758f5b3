import type { RunLog, RunLogLine } from '@sparse-rnn/experiments/runlog';
import { describe, expect, it } from 'vitest';
import { type SyntheticRun, syntheticLines } from '../testing/syntheticRuns.ts';
import { startsDense, toRun } from './run.ts';

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

  it('gives an unfinished run no best epoch and no wall time where epochs are missing, as those may have been the best', () => {
    const log = logOf({ method: 'set', density: 0.1, epochs: 3, end: 'unfinished' });
    log.epochs.splice(1, 1);
    expect(toRun(log, 'a')).toMatchObject({ bestEpoch: null, validationPerplexity: null, wallSeconds: null });
    const finished = logOf({ method: 'set', density: 0.1, epochs: 3 });
    finished.epochs.splice(0, 1);
    expect(toRun(finished, 'a')).toMatchObject({ bestEpoch: 3, wallSeconds: finished.done!.wallSeconds });
  });

  it('gives an unfinished run its best validation perplexity and no test perplexity', () => {
    const log = logOf({ method: 'set', density: 0.1, epochs: 3, end: 'unfinished' });
    log.epochs[1] = { ...log.epochs[1], validationLoss: 1, validationPerplexity: Math.E };
    log.epochs[2] = { ...log.epochs[2], best: false };
    const run = toRun(log, 'a');
    expect(run).toMatchObject({ bestEpoch: 2, validationPerplexity: Math.E, testPerplexity: null });
    // 3 epochs of 12 + 20 * 0.1 seconds of training and 1 of evaluation.
    expect(run.wallSeconds).toBeCloseTo(45, 10);
  });

  it('gives an unfinished run that is still being pruned no best epoch, though its dense model be good', () => {
    const log = logOf({ method: 'gmp', density: 0.1, epochs: 3, end: 'unfinished' });
    const epochs = log.epochs.map(line => ({ ...line, best: false }));
    expect(toRun({ ...log, epochs }, 'a')).toMatchObject({ bestEpoch: null, validationPerplexity: null });
    epochs[2].best = true;
    expect(toRun({ ...log, epochs }, 'a').bestEpoch).toBe(3);
  });

  it('takes the later line of an epoch that was logged twice, and orders epochs', () => {
    const log = logOf({ method: 'static', density: 0.1, epochs: 3 });
    const again = { ...log.epochs[1], trainPerplexity: 77 };
    const run = toRun({ ...log, epochs: [log.epochs[0], log.epochs[2], log.epochs[1], again] }, 'a');
    expect(run.epochs.map(line => line.epoch)).toEqual([1, 2, 3]);
    expect(run.epochs[1].trainPerplexity).toBe(77);
  });

  it('takes medians of throughput and step time over an even and an odd count of epochs', () => {
    const log = logOf({ method: 'static', density: 0.1, epochs: 4, end: 'unfinished' });
    [9, 1, 5, 3].forEach((stepMs, index) => {
      log.epochs[index] = { ...log.epochs[index], stepMs };
    });
    expect(toRun(log, 'a').stepMs).toBe(4);
    expect(toRun({ ...log, epochs: log.epochs.slice(0, 3) }, 'a').stepMs).toBe(5);
    expect(toRun({ ...log, epochs: [] }, 'a').stepMs).toBeNull();
  });

  it('takes no median where epochs of a finished run are missing', () => {
    const log = logOf({ method: 'static', density: 0.1, epochs: 4 });
    const left = toRun({ ...log, epochs: log.epochs.slice(0, 3) }, 'a');
    expect(left).toMatchObject({ stepMs: null, tokensPerSecond: null, peakRssBytes: log.done!.peakRssBytes });
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
    const share = (name: string, explored: number, initialKept: number, nnz = 1) => ({
      name,
      nnz,
      gates: [nnz],
      explored,
      initialKept,
    });
    log.epochs[0] = { ...log.epochs[0], matrices: [share('a', 0.5, 0.2), share('b', 0.1, 0.6), share('c', 1, 1, 900)] };
    // (100 * 0.5 + 300 * 0.1) / 400 and (10 * 0.2 + 30 * 0.6) / 40
    expect(toRun(log, 'a').shares).toEqual([{ explored: 0.2, initialKept: 0.5 }]);
  });

  it('gives a classifier its scores, at the best epoch and in the test, and no perplexity', () => {
    const log = logOf({ task: 'classification', method: 'set', density: 0.1, epochs: 3, end: 'unfinished' });
    const scores = (index: number, best: boolean, loss: number, accuracy: number, f1: number) => {
      log.epochs[index] = {
        ...log.epochs[index],
        best,
        validationLoss: loss,
        validationAccuracy: accuracy,
        validationMacroF1: f1,
      };
    };
    scores(0, true, 0.5, 0.7, 0.6);
    scores(1, true, 0.3, 0.8, 0.75);
    // More accurate, but of greater loss: the model of epoch 2 is the one that is kept.
    scores(2, false, 0.4, 0.9, 0.85);
    expect(toRun(log, 'a')).toMatchObject({
      task: 'classification',
      bestEpoch: 2,
      validationLoss: 0.3,
      validationAccuracy: 0.8,
      validationMacroF1: 0.75,
      validationPerplexity: null,
      testAccuracy: null,
      testPerplexity: null,
    });
    const done = logOf({
      task: 'classification',
      method: 'set',
      density: 0.1,
      confusion: [
        [3, 1],
        [2, 2],
      ],
    }).done!;
    // 5 of 8; F1 of 2 * 3 / (4 + 5) and 2 * 2 / (4 + 3).
    const tested = toRun({ ...log, done: { ...done, bestEpoch: 2, bestValidationAccuracy: 0.8 } }, 'a');
    expect(tested.testAccuracy).toBe(0.625);
    expect(tested.testMacroF1).toBeCloseTo((6 / 9 + 4 / 7) / 2, 12);
    expect(tested.validationMacroF1).toBe(0.75);
  });

  it('counts the nonzeros of the best epoch where a method prunes, and says that it starts dense', () => {
    const log = logOf({ method: 'gmp', density: 0.2, epochs: 2 });
    // Densities .2 + .8 * (3/4)^3 = .5375 after epoch 1 and .2 + .8 / 8 = .3 after epoch 2.
    const run = toRun({ ...log, done: { ...log.done!, bestEpoch: 1 } }, 'a');
    expect(run.size.density).toBeCloseTo(0.5375, 4);
    // 186,368 positions and 1456 biases.
    expect(run.size.parameters).toBeCloseTo(0.5375 * 186_368 + 1456, -1);
    expect(toRun(log, 'a').size.density).toBeCloseTo(0.3, 4);
    expect(toRun({ ...log, epochs: [], done: undefined }, 'a').size).toEqual({ parameters: 187_824, density: 1 });
    expect(startsDense(run)).toBe(true);
    expect(startsDense(toRun(logOf({ method: 'set', density: 0.2 }), 'a'))).toBe(false);
    expect(startsDense(toRun(logOf({ method: 'dense-small', density: 0.2 }), 'a'))).toBe(false);
  });

  it('lets the log say whether the method starts dense, where it does', () => {
    const pruned = logOf({ method: 'gmp', density: 0.2, epochs: 2 });
    const fixed = logOf({ method: 'set', density: 0.2 });
    const said = (log: RunLog, starts: boolean) =>
      startsDense(toRun({ ...log, start: { ...log.start, startsDense: starts } }, 'a'));
    expect(said(pruned, false)).toBe(false);
    expect(said(fixed, true)).toBe(true);
    // No epoch has shown yet that the matrices, stored dense, will be pruned.
    const matrices = pruned.start.matrices.map(matrix => ({ ...matrix, sparse: false }));
    expect(said({ ...pruned, start: { ...pruned.start, matrices }, epochs: [] }, true)).toBe(true);
  });

  it('takes a matrix that is stored dense at first, and then pruned, for a sparse one', () => {
    const log = logOf({ method: 'gmp', density: 0.2, epochs: 2 });
    log.start = { ...log.start, matrices: log.start.matrices.map(matrix => ({ ...matrix, sparse: false })) };
    const run = toRun(log, 'a');
    expect(startsDense(run)).toBe(true);
    expect(run.shares).toHaveLength(2);
    expect(run.size.density).toBeCloseTo(0.3, 4);
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
