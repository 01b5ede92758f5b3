import type { Tensor } from '@tensorflow/tfjs-core';
import { expected } from '../base/errors.ts';
import type { Engine } from '../engines/engine.ts';
import type { ApplyOptions, Optimizer } from './rule.ts';
import type { Slot } from './slots.ts';
import { NonMonotoneTrigger } from './trigger.ts';

interface AveragingSettings {
  nonMonotone?: number;
  averageBy?: number;
}

/**
 * NT-ASGD (Merity, Keskar, Socher: Regularizing and optimizing LSTM language models, ICLR 2018): plain gradient descent
 * until the non-monotone trigger fires at an epoch's end; from then on the weights' average is kept beside them. With k
 * the steps since the trigger, one count for all weights:
 *
 *     w -= rate * (scale * g + decay * w);  average = w if k <= 2, else average += (w - average) / (k - 1)
 *
 * That is `torch.optim.ASGD` with `t0 = 0` and `lambd = 0` (hence a constant rate), created at the trigger: its
 * `mu = 1 / max(1, step - t0)`, worked out after a step and used in the next, is 1 in the steps 1 and 2 and 1 / (k - 1) in
 * step k. The average is the mean of the weights after the steps 2 .. k.
 *
 * A weight that a topology update put in starts its average at 0 and goes on with the common count: the time in which it
 * was absent counts as 0, and the average is (the sum of its values since) / (k - 1). `sntAsgd` does otherwise.
 *
 * The average is what is evaluated and kept as the best model; training goes on from w. The learning rate is left alone.
 *
 * @param settings.nonMonotone n of the trigger, default 5.
 * @param settings.averageBy epoch after which averaging begins at the latest, default 0: by the trigger alone.
 */
export function ntAsgd(settings: AveragingSettings): Optimizer {
  return new AveragedSgd(settings, [averageSlot('zero')], (engine, w, gradient, [average], options) => {
    engine.asgd(w, gradient, average, options);
  });
}

/**
 * SNT-ASGD, the sparse variant (Liu et al.: Selfish sparse RNN training, ICML 2021): as `ntAsgd`, but k is counted for
 * each weight, in the slot `age`: the steps since the weight exists, or since the trigger, whichever is later. A weight
 * that a topology update put in starts an average of its own, from its own value; a removed weight's average is lost.
 *
 * @param settings.nonMonotone n of the trigger, default 5.
 * @param settings.averageBy epoch after which averaging begins at the latest, default 0: by the trigger alone.
 */
export function sntAsgd(settings: AveragingSettings): Optimizer {
  const age: Slot = { name: 'age', from: 'trigger', initial: 'zero', fresh: 'zero' };
  return new AveragedSgd(settings, [averageSlot('value'), age], (engine, w, gradient, slots, options) => {
    engine.sparseAsgd(w, gradient, slots[0], slots[1], options);
  });
}

function averageSlot(fresh: Slot['fresh']): Slot {
  return { name: 'average', from: 'trigger', initial: 'value', fresh };
}

type AveragingStep = (
  engine: Engine,
  w: Tensor,
  gradient: Tensor,
  slots: Tensor[],
  /** `count`: steps since the trigger, this one included. */
  options: ApplyOptions & { count: number },
) => void;

class AveragedSgd implements Optimizer {
  private readonly trigger: NonMonotoneTrigger;
  /** Steps since the trigger, and the number of the last of them: a step calls `apply` once for every parameter. */
  private averaged = 0;
  private lastStep = 0;

  constructor(
    { nonMonotone = 5, averageBy }: AveragingSettings,
    readonly allSlots: readonly Slot[],
    private readonly averagingStep: AveragingStep,
  ) {
    this.trigger = new NonMonotoneTrigger(nonMonotone, averageBy);
  }

  get averageSlot(): string | undefined {
    return this.trigger.fired ? 'average' : undefined;
  }

  get slots(): readonly string[] {
    return this.trigger.fired ? this.allSlots.map(({ name }) => name) : [];
  }

  apply(engine: Engine, w: Tensor, gradient: Tensor, slots: Tensor[], options: ApplyOptions): void {
    if (!this.trigger.fired) {
      engine.sgd(w, gradient, options);
      return;
    }
    if (options.step !== this.lastStep) this.averaged++;
    this.lastStep = options.step;
    this.averagingStep(engine, w, gradient, slots, { ...options, count: this.averaged });
  }

  observe(validationLoss: number): boolean {
    return this.trigger.observe(validationLoss);
  }

  save(): Record<string, unknown> {
    return { ...this.trigger.save(), averaged: this.averaged };
  }

  load(state: Record<string, unknown>): void {
    const { losses, fired, averaged } = state;
    const isLoss = (loss: unknown) => loss === null || typeof loss === 'number';
    const count = Number.isSafeInteger(averaged) && (averaged as number) >= 0;
    if (!(Array.isArray(losses) && losses.every(isLoss) && typeof fired === 'boolean' && count)) {
      throw expected('the state of an averaging optimizer', state, 'it was written by a run with other settings');
    }
    this.trigger.load({ losses, fired });
    this.averaged = averaged as number;
    this.lastStep = 0;
  }
}
