import type { Run } from '../load/run.ts';

/** One value per epoch of a run, in the order of its epochs; undefined where the log does not have it. */
export type EpochColumn = (run: Run) => (number | undefined)[];

/** Columns that open every figure's CSV and say whose numbers a row holds. */
export const runIdentityColumns = ['run', 'preset', 'data', 'method', 'density', 'seed'];

export function runIdentity(run: Run): (string | number)[] {
  return [run.id, run.preset, run.start.dataset.name, run.method, run.density, run.seed];
}

/** The epochs that have a value, and their values. */
export function epochPoints(run: Run, column: EpochColumn): { x: number[]; y: number[] } {
  const values = column(run);
  const known = run.epochs.flatMap(({ epoch }, index) => {
    const value = values[index];
    return value === undefined ? [] : [{ epoch, value }];
  });
  return { x: known.map(({ epoch }) => epoch), y: known.map(({ value }) => value) };
}

/** Mean, lowest and highest value per epoch over the seeds; only epochs that every run with any epoch has reached. */
export function seedMeans(
  runs: readonly Run[],
  column: EpochColumn,
): { x: number[]; mean: number[]; low: number[]; high: number[] } {
  const started = runs.filter(run => run.epochs.length > 0);
  const byEpoch = started.map(run => {
    const { x, y } = epochPoints(run, column);
    return new Map(x.map((epoch, index) => [epoch, y[index]]));
  });
  const x = [...(byEpoch[0]?.keys() ?? [])].filter(epoch => byEpoch.every(values => values.has(epoch)));
  const values = x.map(epoch => byEpoch.map(run => run.get(epoch)!));
  return {
    x,
    mean: values.map(seeds => seeds.reduce((a, b) => a + b, 0) / seeds.length),
    low: values.map(seeds => Math.min(...seeds)),
    high: values.map(seeds => Math.max(...seeds)),
  };
}

/**
 * Index of the run that a figure of one run opens with: one whose topology moves before one whose does not, a finished
 * one before others, and among those the best by validation.
 */
export function mostTelling(runs: readonly Run[]): number {
  const rank = (run: Run): [number, number, number] => [
    run.shares.some(share => share.initialKept < 1) ? 0 : 1,
    run.status === 'finished' ? 0 : 1,
    run.validationLoss ?? Number.POSITIVE_INFINITY,
  ];
  const ranks = runs.map(rank);
  const before = (a: number[], b: number[]) => {
    const differs = a.findIndex((value, index) => value !== b[index]);
    return differs >= 0 && a[differs] < b[differs];
  };
  return ranks.reduce((best, candidate, index) => (before(candidate, ranks[best]) ? index : best), 0);
}

/**
 * At most so many of the candidates, in their order. Where there are too many, every setting keeps its first seed before
 * any setting keeps its second. `index` counts the candidates of a setting.
 */
export function firstSeeds<T extends { index: number }>(candidates: readonly T[], most: number): T[] {
  const kept = new Set([...candidates].sort((a, b) => a.index - b.index).slice(0, most));
  return candidates.filter(candidate => kept.has(candidate));
}
