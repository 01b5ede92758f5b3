import type {
  DoneLine,
  EpochLine,
  FailedLine,
  PictureLine,
  RunLog,
  StartLine,
  TopologyLine,
} from '@sparse-rnn/experiments/runlog';

/**
 * `finished`: tested and complete. `failed`: stopped by an error and not resumed since. `unfinished`: still training, or
 * interrupted; a log alone cannot tell the two apart.
 */
export type RunStatus = 'finished' | 'failed' | 'unfinished';

/** Model-wide shares of the sparse matrices after one epoch. */
export interface EpochShares {
  /** Positions that have been active at some time, as a share of all positions (in-time over-parameterisation). */
  explored: number;
  /** Initial positions that are active now, as a share of the initial positions. */
  initialKept: number;
}

/** One run, as tables and figures use it. Numbers are raw; null where the log does not have them (yet). */
export interface Run {
  /** HTML id of the run's section: unique in the report. */
  anchor: string;
  /** Hash of the frozen spec. */
  id: string;
  directory: string;
  preset: string;
  method: string;
  density: number;
  seed: number;
  /** What the run shares with its other seeds: equal for runs whose specs differ in the seed alone. */
  settingKey: string;
  /** What runs must share for their perplexities to be comparable: the preset and the bytes of the data set. */
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
  bestEpoch: number | null;
  validationPerplexity: number | null;
  testPerplexity: number | null;
  /** Wall seconds over all processes of the run: as logged, or the sum over its epochs while it is not finished. */
  wallSeconds: number;
  peakRssBytes: number | null;
  peakHeapBytes: number | null;
  /** Medians over the epochs. */
  tokensPerSecond: number | null;
  stepMs: number | null;
  /** Shares per epoch, same order as `epochs`; empty for a run without sparse matrices. */
  shares: EpochShares[];
}

/** Turns what a log says into what tables and figures ask for. `anchor` must be unique in the report. */
export function toRun(log: RunLog, anchor: string): Run {
  const { start, done, failed } = log;
  const epochs = lastPerKey(log.epochs, line => line.epoch);
  const best = epochs.reduce<EpochLine | undefined>(
    (soFar, line) => (soFar === undefined || line.validationLoss < soFar.validationLoss ? line : soFar),
    undefined,
  );
  return {
    anchor,
    id: start.run,
    directory: log.directory,
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
    studyKey: canonical([start.preset, start.dataset.sha256]),
    status: done !== undefined ? 'finished' : failed !== undefined ? 'failed' : 'unfinished',
    epochs,
    topology: lastPerKey(log.topology, line => line.step),
    pictures: alikePictures(lastPerKey(log.pictures, line => line.epoch)),
    start,
    done,
    failed,
    damaged: log.damaged,
    bestEpoch: done?.bestEpoch ?? best?.epoch ?? null,
    validationPerplexity: done?.bestValidationPerplexity ?? best?.validationPerplexity ?? null,
    testPerplexity: done?.testPerplexity ?? null,
    wallSeconds: done?.wallSeconds ?? sum(epochs.map(line => line.trainSeconds + line.evaluationSeconds)),
    peakRssBytes: largest([done?.peakRssBytes ?? 0, ...epochs.map(line => line.peakRssBytes)]),
    peakHeapBytes: largest(epochs.map(line => line.peakHeapBytes)),
    tokensPerSecond: median(epochs.map(line => line.tokensPerSecond)),
    stepMs: median(epochs.map(line => line.stepMs)),
    shares: modelShares(start, epochs),
  };
}

/** Weighs the matrices' shares by their positions (explored) and by their initial nonzeros (initial kept). */
function modelShares(start: StartLine, epochs: readonly EpochLine[]): EpochShares[] {
  const sparse = new Map(start.matrices.filter(matrix => matrix.sparse).map(matrix => [matrix.name, matrix]));
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
