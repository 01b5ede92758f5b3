import type { RunLog } from './reader.ts';
import type { DoneLine, EpochLine, RunLogLine, StartLine } from './schema.ts';

/** Numbers that were computed from one another differ by rounding at most. */
const TOLERANCE = 1e-12;

/**
 * What in a line cannot be, as its numbers stand twice and disagree; undefined where all agree. The only check of lines
 * from before there were seals: a number that is changed where it stands, and stands nowhere else, goes unseen.
 */
export function contradictionIn(line: RunLogLine): string | undefined {
  switch (line.type) {
    case 'start':
      return inStart(line);
    case 'epoch':
      return inEpoch(line);
    case 'done':
      return inDone(line);
    case 'evaluation':
      return perplexity('perplexity', line.perplexity, line.loss);
    case 'picture':
      return line.active.every((at, k, all) => at < line.rows * line.cols && (k === 0 || at > all[k - 1]))
        ? undefined
        : 'active: expected ascending positions inside the window';
    default:
      return undefined;
  }
}

function inEpoch(line: EpochLine): string | undefined {
  const { trainLoss, trainPerplexity, validationLoss, validationPerplexity, matrices } = line;
  return (
    perplexity('trainPerplexity', trainPerplexity, trainLoss) ??
    perplexity('validationPerplexity', validationPerplexity, validationLoss) ??
    matrices.map(({ name, nnz, gates }) => same(`${name}: sum over its gates`, sum(gates), nnz)).find(isText)
  );
}

function inDone(line: DoneLine): string | undefined {
  const { testConfusion: confusion, testAccuracy } = line;
  return (
    perplexity('bestValidationPerplexity', line.bestValidationPerplexity, line.bestValidationLoss) ??
    perplexity('testPerplexity', line.testPerplexity, line.testLoss) ??
    (confusion && testAccuracy !== undefined
      ? same('testAccuracy', testAccuracy, sum(confusion.map((row, k) => row[k] ?? 0)) / sum(confusion.flat()))
      : undefined)
  );
}

function inStart({ spec, matrices, parameters, ...start }: StartLine): string | undefined {
  for (const key of ['preset', 'task', 'method', 'density', 'seed'] as const) {
    if (spec[key] !== undefined && spec[key] !== start[key]) return `${key}: expected that of the spec`;
  }
  for (const { name, rows, cols, nnz, density } of matrices) {
    const wrong = same(`density of ${name}`, density, nnz / (rows * cols));
    if (wrong !== undefined) return wrong;
  }
  const wrong = same('parameters.nnz', parameters.nnz, sum(matrices.map(({ nnz }) => nnz)));
  if (wrong !== undefined) return wrong;
  // The dense twin of a model that was made smaller has other matrices.
  if (start.method === 'dense-small') return undefined;
  const positions = sum(matrices.map(({ rows, cols }) => rows * cols));
  return same('biases', parameters.total - parameters.nnz, parameters.dense - positions);
}

/**
 * Takes out of a log what its other lines contradict: epochs at a step where no such epoch ends, and a last line that
 * does not tell of these epochs.
 *
 * @param lineOf number of the line that something was read from.
 */
export function removeContradictions(run: RunLog, lineOf: (line: RunLogLine) => number): void {
  const remove = (line: RunLogLine, reason: string) => run.damaged.push({ line: lineOf(line), reason });
  const stepsPerEpoch = mostFrequent(run.epochs.map(({ epoch, step }) => step / epoch));
  run.epochs = run.epochs.filter(line => {
    if (line.step === stepsPerEpoch * line.epoch) return true;
    remove(line, `step: expected ${stepsPerEpoch * line.epoch} at the end of epoch ${line.epoch}, got ${line.step}`);
    return false;
  });
  const wrong = run.done && contradicts(run.done, run.epochs);
  if (wrong === undefined) return;
  remove(run.done!, wrong);
  run.done = undefined;
}

function contradicts(done: DoneLine, epochs: readonly EpochLine[]): string | undefined {
  if (done.bestEpoch < 1 || done.bestEpoch > done.epochs) {
    return `bestEpoch: expected an epoch from 1 to ${done.epochs}, got ${done.bestEpoch}`;
  }
  const best = epochs.find(({ epoch }) => epoch === done.bestEpoch);
  if (best !== undefined) {
    const wrong =
      same('bestValidationLoss', done.bestValidationLoss, best.validationLoss) ??
      (best.validationAccuracy !== undefined && done.bestValidationAccuracy !== undefined
        ? same('bestValidationAccuracy', done.bestValidationAccuracy, best.validationAccuracy)
        : undefined);
    if (wrong !== undefined) return `${wrong} as in the line of epoch ${done.bestEpoch}`;
  }
  const last = epochs.find(({ epoch }) => epoch === done.epochs);
  if (last !== undefined && last.step !== done.step) return `step: expected ${last.step}, got ${done.step}`;
  const beyond = epochs.find(({ epoch }) => epoch > done.epochs);
  return beyond && `epochs: expected at least ${beyond.epoch}, got ${done.epochs}`;
}

function perplexity(what: string, value: number, loss: number): string | undefined {
  return same(what, value, Math.exp(loss));
}

function same(what: string, value: number, expected: number): string | undefined {
  const off = Math.abs(value - expected) / Math.max(1, Math.abs(expected));
  if (off <= TOLERANCE) return undefined;
  return `${what}: expected ${expected}, got ${value}`;
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}
