import {
  bestSoFar,
  type DoneLine,
  type EpochLine,
  type FailedLine,
  lacksEpochs,
  type PictureLine,
  type RunLog,
  type StartLine,
  type TopologyLine,
} from '@sparse-rnn/experiments/runlog';

/**
 * `finished`: tested and complete. `failed`: stopped by an error and not resumed since. `unfinished`: still training, or
 * interrupted; a log alone cannot tell the two apart.
 */
export type RunStatus = 'finished' | 'failed' | 'unfinished';

/** What a run is trained to do, which decides how it is judged. */
export type Task = StartLine['task'];

/** Model-wide shares of the sparse matrices after one epoch. */
export interface EpochShares {
  /** Positions that have been active at some time, as a share of all positions (in-time over-parameterisation). */
  explored: number;
  /** Initial positions that are active now, as a share of the initial positions. */
  initialKept: number;
}

/** Size of a model whose nonzeros may have changed since the start. */
export interface ModelSize {
  /** Trained numbers: nonzeros and biases. */
  parameters: number;
  /** Nonzeros of the sparse matrices as a share of their positions; null without sparse matrices. */
  density: number | null;
}

/** One run, as tables and figures use it. Numbers are raw; null where the log does not have them (yet). */
export interface Run {
  /** HTML id of the run's section: unique in the report. */
  anchor: string;
  /** Hash of the frozen spec. */
  id: string;
  directory: string;
  task: Task;
  preset: string;
  method: string;
  density: number;
  seed: number;
  /** What the run shares with its other seeds: equal for runs whose specs differ in the seed alone. */
  settingKey: string;
  /** What runs must share for their results to be comparable: the task, the preset and the bytes of the data set. */
  studyKey: string;
  status: RunStatus;
  /** One entry per epoch, ascending; where an epoch was logged twice, the later line counts. */
  epochs: EpochLine[];
  topology: TopologyLine[];
  /** One entry per logged epoch, ascending, all of one window of one matrix. */
  pictures: PictureLine[];
  start: StartLine;
  done?: DoneLine;
  failed?: FailedLine;
  damaged: RunLog['damaged'];
  /** Models of the finished run that were evaluated afterwards; of one model and part the last counts. */
  evaluations: RunLog['evaluations'];
  /** The epoch of least validation loss once pruning, if any, was over: its model is the one that is tested. */
  bestEpoch: number | null;
  validationLoss: number | null;
  /** Language models only; null for a classifier. */
  validationPerplexity: number | null;
  testPerplexity: number | null;
  /** Classifiers only: shares of texts given their class and mean F1 over the classes, at the best epoch and in the test. */
  validationAccuracy: number | null;
  validationMacroF1: number | null;
  testAccuracy: number | null;
  testMacroF1: number | null;
  /** What the model is made of at the best epoch; before the first epoch, at the start. */
  size: ModelSize;
  /**
   * Wall seconds over all processes of the run: as logged, or the sum over its epochs while it is not finished; null where
   * epochs are missing then.
   */
  wallSeconds: number | null;
  peakRssBytes: number | null;
  peakHeapBytes: number | null;
  /** Medians over the epochs; null where epochs are missing. */
  tokensPerSecond: number | null;
  stepMs: number | null;
  /** Shares per epoch, same order as `epochs`; empty for a run without sparse matrices. */
  shares: EpochShares[];
}

/** Turns what a log says into what tables and figures ask for. `anchor` must be unique in the report. */
export function toRun(log: RunLog, anchor: string): Run {
  const { start, done, failed } = log;
  const epochs = lastPerKey(log.epochs, line => line.epoch);
  const best = done === undefined ? bestSoFar(epochs) : epochs.find(line => line.epoch === done.bestEpoch);
  // With epochs missing, the median and the most of those left need not be the run's.
  const whole = !lacksEpochs(epochs) && (done === undefined || epochs.length >= done.epochs);
  const over = (measure: (line: EpochLine) => number) => (whole ? epochs.map(measure) : []);
  const language = start.task === 'language-model';
  return {
    anchor,
    id: start.run,
    directory: log.directory,
    task: start.task,
    preset: start.preset,
    method: start.method,
    density: start.density,
    seed: start.seed,
    settingKey: canonical([
      start.preset,
      start.method,
      start.density,
      start.dataset.sha256,
      { ...start.spec, seed: null },
    ]),
    studyKey: canonical([start.task, start.preset, start.dataset.sha256, start.spec['dataShare'] ?? 1]),
    status: done !== undefined ? 'finished' : failed !== undefined ? 'failed' : 'unfinished',
    epochs,
    topology: lastPerKey(log.topology, line => line.step),
    pictures: alikePictures(lastPerKey(log.pictures, line => line.epoch)),
    start,
    done,
    failed,
    damaged: log.damaged,
    evaluations: log.evaluations.filter(({ model, part }, k, all) => {
      return k === all.findLastIndex(line => line.model === model && line.part === part);
    }),
    bestEpoch: done?.bestEpoch ?? best?.epoch ?? null,
    validationLoss: done?.bestValidationLoss ?? best?.validationLoss ?? null,
    validationPerplexity: language ? (done?.bestValidationPerplexity ?? best?.validationPerplexity ?? null) : null,
    testPerplexity: language ? (done?.testPerplexity ?? null) : null,
    validationAccuracy: language ? null : (done?.bestValidationAccuracy ?? best?.validationAccuracy ?? null),
    validationMacroF1: language ? null : (best?.validationMacroF1 ?? null),
    testAccuracy: language ? null : (done?.testAccuracy ?? null),
    testMacroF1: language ? null : (done?.testMacroF1 ?? null),
    // Where the line of the best epoch is damaged, the last one is nearest to what was tested.
    size: sizeAt(start, epochs, best ?? epochs.at(-1)),
    wallSeconds:
      done?.wallSeconds ?? (whole ? sum(epochs.map(line => line.trainSeconds + line.evaluationSeconds)) : null),
    peakRssBytes: done?.peakRssBytes ?? largest(over(line => line.peakRssBytes)),
    peakHeapBytes: largest(over(line => line.peakHeapBytes)),
    tokensPerSecond: median(over(line => line.tokensPerSecond)),
    stepMs: median(over(line => line.stepMs)),
    shares: modelShares(start, epochs),
  };
}

/**
 * The matrices that are sparse at some time, as they start. A method that prunes may store a matrix dense at first: one
 * whose nonzeros change is sparse all the same.
 */
export function sparseMatrices(start: StartLine, epochs: readonly EpochLine[]): StartLine['matrices'] {
  const last = new Map(epochs.at(-1)?.matrices.map(matrix => [matrix.name, matrix.nnz]));
  return start.matrices.filter(({ name, nnz, sparse }) => sparse || (last.get(name) ?? nnz) < nnz);
}

/**
 * Whether the method begins with every connection, although less than that was asked for: as the log says, else as its
 * matrices show.
 */
export function startsDense(run: Pick<Run, 'start' | 'epochs'>): boolean {
  if (run.start.startsDense !== undefined) return run.start.startsDense;
  const sparse = sparseMatrices(run.start, run.epochs);
  return run.start.density < 1 && sparse.length > 0 && sparse.every(({ nnz, rows, cols }) => nnz === rows * cols);
}

/** The start line's counts, moved by what the nonzeros have changed since. */
function sizeAt(start: StartLine, epochs: readonly EpochLine[], line: EpochLine | undefined): ModelSize {
  const now = new Map(line?.matrices.map(matrix => [matrix.name, matrix.nnz]));
  const count = (matrices: StartLine['matrices']) => sum(matrices.map(({ name, nnz }) => now.get(name) ?? nnz));
  const sparse = sparseMatrices(start, epochs);
  return {
    parameters: start.parameters.total + count(start.matrices) - sum(start.matrices.map(({ nnz }) => nnz)),
    density: sparse.length === 0 ? null : count(sparse) / Math.max(1, sum(sparse.map(({ rows, cols }) => rows * cols))),
  };
}

/** Weighs the matrices' shares by their positions (explored) and by their initial nonzeros (initial kept). */
function modelShares(start: StartLine, epochs: readonly EpochLine[]): EpochShares[] {
  const sparse = new Map(sparseMatrices(start, epochs).map(matrix => [matrix.name, matrix]));
  if (sparse.size === 0) return [];
  return epochs.map(line => {
    let positions = 0;
    let initial = 0;
    let explored = 0;
    let kept = 0;
    for (const { name, explored: share, initialKept } of line.matrices) {
      const matrix = sparse.get(name);
      if (matrix === undefined) continue;
      positions += matrix.rows * matrix.cols;
      initial += matrix.nnz;
      explored += share * matrix.rows * matrix.cols;
      kept += initialKept * matrix.nnz;
    }
    return { explored: positions === 0 ? 0 : explored / positions, initialKept: initial === 0 ? 0 : kept / initial };
  });
}

/** Largest window of positions that is drawn. */
const MOST_POSITIONS = 1 << 20;

/** The pictures that can be laid over the first one: same matrix, same window, positions inside it. */
function alikePictures(pictures: readonly PictureLine[]): PictureLine[] {
  if (pictures.length === 0) return [];
  const { matrix, rows, cols } = pictures[0];
  if (rows * cols === 0 || rows * cols > MOST_POSITIONS) return [];
  return pictures
    .filter(picture => picture.matrix === matrix && picture.rows === rows && picture.cols === cols)
    .map(picture => ({ ...picture, active: picture.active.filter(position => position < rows * cols) }));
}

function lastPerKey<T>(lines: readonly T[], key: (line: T) => number): T[] {
  const last = new Map<number, T>();
  for (const line of lines) last.set(key(line), line);
  return [...last.entries()].sort(([a], [b]) => a - b).map(([, line]) => line);
}

/** JSON with the keys of every object in order, so that equal settings are equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function largest(values: readonly number[]): number | null {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? null : most;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
