import type { Method } from '../topology/methods/method.ts';
import { DEFAULT_PRUNING, pruneDue, pruneProgress } from '../topology/schedule/pruning.ts';
import { type TrainingLength, updateDue } from '../topology/schedule/schedule.ts';
import type { TrainingSettings } from '../train/types.ts';
import type { FlopCount } from './count.ts';
import { methodFlops } from './method.ts';

/** FLOPs per token read that a whole training takes, on average over its steps. */
export interface PlannedFlops {
  /** Of the gradient steps. */
  training: number;
  /** Of what the method does beside them (`methodFlops`). */
  method: number;
  /** False where matrices share one budget: weights that move between an embedding, a look-up, and the others change the sum. */
  exact: boolean;
}

/**
 * What `Trainer.spent` will come to per token, from the schedules alone, for steps of equal length. Where matrices share a
 * budget (dsr, snfs, hyper, snip), each is taken to keep its share.
 *
 * @param method with the rules of the settings.
 * @param countAt counts of the model at a density; at the one of the settings where none is given.
 */
export function plannedFlops(
  method: Method,
  training: TrainingSettings,
  length: TrainingLength,
  countAt: (density?: number) => FlopCount,
): PlannedFlops {
  const { prune, update, startsDense, dense } = method;
  const schedule = training.prune ?? DEFAULT_PRUNING;
  let counts = startsDense && !dense ? countAt(1) : countAt();
  const sum = { training: 0, method: 0 };
  const total = length.stepsPerEpoch * length.epochs;
  for (let step = 0; step < total; step++) {
    const pruned = prune !== undefined && (prune.when === 'start' ? step === 0 : pruneDue(schedule, length, step));
    if (pruned || (update !== undefined && updateDue(training.update, length, step))) {
      sum.method += methodFlops(method, counts);
    }
    if (pruned) {
      const progress = prune.when === 'start' ? 1 : pruneProgress(schedule, length, step);
      counts = countAt(Math.max(training.density, prune.density(training.density, progress)));
    }
    sum.training += counts.training;
  }
  const exact = prune?.compete !== 'model' && (update === undefined || update.redistribute.name === 'none');
  return { training: sum.training / total, method: sum.method / total, exact };
}
