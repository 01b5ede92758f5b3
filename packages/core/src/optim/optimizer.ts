import { expected } from '../base/errors.ts';
import { adam } from './adam.ts';
import { ntAsgd, sntAsgd } from './asgd.ts';
import { momentum } from './momentum.ts';
import type { Optimizer } from './rule.ts';
import { sgd } from './sgd.ts';

export { clipFactor } from './clip.ts';
export { decayedRate } from './decay.ts';
export type { ApplyOptions, Optimizer } from './rule.ts';
export { moveSlot, type Slot, startSlot } from './slots.ts';

/** Every optimizer's settings; each reads its own. */
export interface OptimizerSettings {
  name: 'sgd' | 'momentum' | 'adam' | 'nt-asgd' | 'snt-asgd';
  /** Decay of the smoothed gradient, in [0, 1): momentum. */
  momentum: number;
  /** Decay of the mean gradient, in [0, 1): adam. */
  beta1: number;
  /** Decay of the mean squared gradient, in [0, 1): adam. */
  beta2: number;
  /** Added to the root of the mean squared gradient, above 0: adam. */
  epsilon: number;
  /** Earlier validation losses that the averaging trigger leaves out, n in the papers; default 5. */
  nonMonotone?: number;
  /** Epoch after which averaging begins at the latest, for trainings that end before the trigger; default 0: none. */
  averageBy?: number;
}

/**
 * The optimizer that the settings name.
 *
 * @throws InputError on an unknown name, or a `nonMonotone` or `averageBy` that is not a whole number.
 */
export function createOptimizer(settings: OptimizerSettings): Optimizer {
  switch (settings.name) {
    case 'sgd':
      return sgd();
    case 'momentum':
      return momentum(settings);
    case 'adam':
      return adam(settings);
    case 'nt-asgd':
      return ntAsgd(settings);
    case 'snt-asgd':
      return sntAsgd(settings);
    default:
      throw expected('an optimizer of sgd, momentum, adam, nt-asgd, snt-asgd', settings.name);
  }
}
