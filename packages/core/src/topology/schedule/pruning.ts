import { expected } from '../../base/errors.ts';
import { roundShare } from '../../sparsity/rounding.ts';
import { isBoundary, type TrainingLength, totalSteps } from './schedule.ts';

/** When a model that starts dense is pruned. */
export interface PruningSchedule {
  /** Pruning after every so many steps; 0: at the end of every epoch. */
  steps: number;
  /** Pruning starts after this share of the whole training, in [0, 1]. */
  begin: number;
  /** The density is reached after this share of the whole training, in [begin, 1]. */
  end: number;
}

/** From the start, after every epoch, to the middle of the training: the other half trains the sparse model. Our choice. */
export const DEFAULT_PRUNING: PruningSchedule = { steps: 0, begin: 0, end: 0.5 };

/**
 * Whether pruning is due after a gradient step: at the multiples of `steps` (or of the steps of an epoch) from the begin on,
 * and at the end itself, whatever it is a multiple of, so that the density is always reached.
 *
 * Begin and end are shares of all steps, rounded half away from zero; the end is before the last step at the latest, since
 * a model pruned after it would never be trained.
 *
 * @param step Gradient steps taken since the start of training: 0 before the first.
 */
export function pruneDue(schedule: PruningSchedule, length: TrainingLength, step: number): boolean {
  const { begin, end } = bounds(schedule, length);
  return step === end || (step >= begin && step < end && isBoundary(schedule.steps, length, step));
}

/**
 * How much of the way from begin to end is behind a gradient step, in [0, 1]: `(step - begin) / (end - begin)`.
 *
 * @param step Gradient steps taken since the start of training.
 */
export function pruneProgress(schedule: PruningSchedule, length: TrainingLength, step: number): number {
  const { begin, end } = bounds(schedule, length);
  return step >= end ? 1 : Math.max(0, (step - begin) / (end - begin));
}

/**
 * Checks the ranges of a schedule.
 *
 * @throws {InputError} Naming the first setting that is out of range.
 */
export function validatePruning({ steps, begin, end }: PruningSchedule): void {
  if (!(Number.isInteger(steps) && steps >= 0))
    throw expected('a whole number of steps between prunings', steps, 'use 0 for one every epoch');
  if (!(begin >= 0 && begin <= 1)) throw expected('a begin of the pruning in [0, 1], a share of the training', begin);
  if (!(end >= begin && end <= 1)) throw expected(`an end of the pruning in [${begin}, 1] (from its begin on)`, end);
}

function bounds(schedule: PruningSchedule, length: TrainingLength): { begin: number; end: number } {
  const total = totalSteps(length);
  const end = Math.max(0, Math.min(roundShare(schedule.end, total), total - 1));
  return { begin: Math.min(roundShare(schedule.begin, total), end), end };
}
