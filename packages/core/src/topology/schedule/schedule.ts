import { expected } from '../../base/errors.ts';
import { roundShare } from '../../sparsity/rounding.ts';

/** When topology updates happen, and how much each of them removes. */
export interface UpdateSchedule {
  /** An update after every so many steps; 0: at the end of every epoch. */
  steps: number;
  /** Removal rate p at the start, in [0, 1]. */
  rate: number;
  schedule: 'constant' | 'cosine';
  /** p at the stop point of a cosine schedule, in [0, rate]. */
  endRate: number;
  /** No update after this share of the whole training, in [0, 1]. */
  stop: number;
}

/** How long the training is. */
export interface TrainingLength {
  stepsPerEpoch: number;
  epochs: number;
}

/**
 * Whether an update is due after a gradient step.
 *
 * Due are the multiples of `steps` (or of the steps of an epoch), up to and with the stop point, `stop` times all steps
 * rounded half away from zero; but never after the last step, as nothing would train the weights that grow.
 *
 * @param step Gradient steps taken since the start of training: 1 after the first.
 */
export function updateDue(schedule: UpdateSchedule, length: TrainingLength, step: number): boolean {
  return isBoundary(schedule.steps, length, step) && step <= stopStep(schedule, length) && step < totalSteps(length);
}

/**
 * The removal rate p after a gradient step.
 *
 * `constant`: p = rate. `cosine`: `p = endRate + (rate - endRate) * (1 + cos(pi * step / T)) / 2`, with T the stop point
 * (Evci et al. 2020, equation 1; with stop = 1 that of Selfish-RNN, Liu et al. 2021).
 *
 * @param step Gradient steps taken since the start of training.
 */
export function removalRate(schedule: UpdateSchedule, length: TrainingLength, step: number): number {
  if (schedule.schedule === 'constant') return schedule.rate;
  const progress = Math.min(1, step / Math.max(1, stopStep(schedule, length)));
  return schedule.endRate + ((schedule.rate - schedule.endRate) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * Checks the ranges of a schedule.
 *
 * @throws {InputError} Naming the first setting that is out of range.
 */
export function validateSchedule(schedule: UpdateSchedule): void {
  const { steps, rate, endRate, stop } = schedule;
  if (!(Number.isInteger(steps) && steps >= 0))
    throw expected('a whole number of steps between topology updates', steps, 'use 0 for an update every epoch');
  if (!(rate >= 0 && rate <= 1)) throw expected('a removal rate in [0, 1]', rate);
  if (schedule.schedule !== 'constant' && schedule.schedule !== 'cosine')
    throw expected('a rate schedule constant or cosine', schedule.schedule);
  if (schedule.schedule === 'cosine' && !(endRate >= 0 && endRate <= rate))
    throw expected(`an end rate in [0, ${rate}] (up to the removal rate)`, endRate);
  if (!(stop >= 0 && stop <= 1)) throw expected('a stop point in [0, 1], a share of the training', stop);
}

/** A multiple of `every`, or of the steps of an epoch if that is 0; the start is none. */
export function isBoundary(every: number, { stepsPerEpoch }: TrainingLength, step: number): boolean {
  return step > 0 && step % (every > 0 ? every : stepsPerEpoch) === 0;
}

export function totalSteps({ stepsPerEpoch, epochs }: TrainingLength): number {
  return stepsPerEpoch * epochs;
}

function stopStep(schedule: UpdateSchedule, length: TrainingLength): number {
  return roundShare(schedule.stop, totalSteps(length));
}
