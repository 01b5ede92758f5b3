import type { StudyRuns } from '../sweep/study.ts';

type Runs = NonNullable<StudyRuns['runs']>;

/** A learning rate for momentum SGD: with momentum .9 a step that lasts moves ten times as far. */
export function momentumSgd(learningRate: number) {
  return { optimizer: 'momentum', learningRate: learningRate / 10 };
}

/**
 * Averaging from an epoch on at a constant rate, in trainings so short that the trigger of SNT-ASGD would not fire: their
 * validation loss falls to the end.
 */
export function averagedBy(epoch: number) {
  return { averageBy: epoch, decayFactor: 1 };
}

/** The same runs, with `selfish` averaged. */
export function selfishAveragedBy(epoch: number, runs: Runs): Runs {
  return runs.map(run => (run['method'] === 'selfish' ? { ...run, ...averagedBy(epoch) } : run));
}

/**
 * All methods, in the order of the tables. `snfs` grows where the momentum is largest, so it alone trains with momentum.
 *
 * @param learningRate that of the others.
 */
export function allMethods(learningRate: number): Runs {
  return [
    ...BASELINES,
    { method: 'set' },
    { method: 'deepr' },
    { method: 'dsr' },
    { method: 'snfs', ...momentumSgd(learningRate) },
    { method: 'rigl' },
    { method: 'selfish' },
    { method: 'hyper' },
    { method: 'gmp' },
    { method: 'snip' },
  ];
}

/** What every adaptive method is compared with. */
export const BASELINES: Runs = [{ method: 'dense' }, { method: 'dense-small' }, { method: 'static' }];

/** The baselines and the plain adaptive method. */
export const BASELINES_AND_SET: Runs = [...BASELINES, { method: 'set' }];

/** One adaptive method of each kind: random growth, gradient growth, competing gates with averaging. */
export const KINDS_OF_METHODS: Runs = [...BASELINES_AND_SET, { method: 'rigl' }, { method: 'selfish' }];
