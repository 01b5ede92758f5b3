import type { Tensor } from '@tensorflow/tfjs-core';
import type { Engine } from '../engines/engine.ts';
import type { TrainingSettings } from '../train/types.ts';

/**
 * One update rule. State lives in slots: one number per trained number, so for a sparse weight one per nonzero. Slots
 * start at zero, and go back to zero where a topology update puts a new weight.
 */
export interface Optimizer {
  /** Names of the slots of every parameter. */
  readonly slots: readonly string[];
  /**
   * Updates `w` in place.
   *
   * @param gradient of the loss, before `scale`.
   * @param slots tensors in the order of `slots`, updated in place.
   * @param step number of this step, 1 for the first.
   */
  apply(engine: Engine, w: Tensor, gradient: Tensor, slots: Tensor[], options: ApplyOptions): void;
}

export interface ApplyOptions {
  /** Learning rate of this step. */
  rate: number;
  /** Factor on the gradient: loss scale times clipping. */
  scale: number;
  /** Weight decay: `decay * w` is added to the scaled gradient. */
  decay: number;
  step: number;
}

/** The optimizer that the settings name: `w -= rate * g` (sgd), Polyak's momentum, or Adam (Kingma & Ba 2015). */
export function createOptimizer(settings: TrainingSettings['optimizer']): Optimizer {
  switch (settings.name) {
    case 'sgd':
      return { slots: [], apply: (engine, w, gradient, _slots, options) => engine.sgd(w, gradient, options) };
    case 'momentum': {
      const { momentum } = settings;
      return {
        slots: ['momentum'],
        apply: (engine, w, gradient, [m], options) => engine.momentum(w, gradient, m, { ...options, momentum }),
      };
    }
    case 'adam': {
      const { beta1, beta2, epsilon } = settings;
      return {
        slots: ['m', 'v'],
        apply(engine, w, gradient, [m, v], options) {
          const correction1 = 1 - beta1 ** options.step;
          const correction2 = 1 - beta2 ** options.step;
          engine.adam(w, gradient, m, v, { ...options, beta1, beta2, epsilon, correction1, correction2 });
        },
      };
    }
  }
}

/**
 * Factor that brings a gradient of the given norm down to at most `clip`; 1 if it is below, or if clip is 0.
 * The norm is that of active weights only: a dense model with masks re-applied would count inactive ones too, so the
 * same value acts weaker here (docs/method.md).
 */
export function clipFactor(norm: number, clip: number): number {
  return clip > 0 && norm > clip ? clip / norm : 1;
}

/** Learning rate of an epoch, 1 for the first: multiplied by `factor` for every epoch after epoch `after`. */
export function decayedRate(rate: number, decay: { factor: number; after: number }, epoch: number): number {
  return rate * decay.factor ** Math.max(0, epoch - decay.after);
}
