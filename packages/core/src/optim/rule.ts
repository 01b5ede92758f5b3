import type { Tensor } from '@tensorflow/tfjs-core';
import type { Engine } from '../engines/engine.ts';
import type { Slot } from './slots.ts';

/**
 * One update rule. What it keeps for each weight lies in slots, tensors of the trainer's, shaped like the weight's values
 * and in their order; what it keeps beside them is small and goes through `save` and `load`.
 *
 * @example
 * // An epoch's end: slots that the trigger calls for come into being.
 * if (optimizer.observe(validationLoss)) {
 *   for (const slot of optimizer.allSlots) if (slot.from === 'trigger') startSlot(slot, values);
 * }
 */
export interface Optimizer {
  /** All slots that it may ever need. */
  readonly allSlots: readonly Slot[];
  /** Names of the slots that every parameter has now, in the order of `allSlots`: more once averaging is on. */
  readonly slots: readonly string[];
  /** While averaging is on, the slot whose numbers are evaluated, and kept as the best model, in place of the weights. */
  readonly averageSlot: string | undefined;
  /**
   * Updates `w` and its slots in place.
   *
   * @param gradient of the loss, before `scale`.
   * @param slots tensors in the order of `slots`.
   */
  apply(engine: Engine, w: Tensor, gradient: Tensor, slots: Tensor[], options: ApplyOptions): void;
  /**
   * To be called at every epoch's end, after its evaluation.
   *
   * @returns true if averaging begins now: `slots` has grown, and the new ones must exist before the next `apply`.
   */
  observe(validationLoss: number): boolean;
  /** State beside the slots, fit for JSON. */
  save(): Record<string, unknown>;
  /** Takes the state of an optimizer of the same settings, before slots are loaded. @throws InputError on any other. */
  load(state: Record<string, unknown>): void;
}

/** What an update rule is told of one step. */
export interface ApplyOptions {
  /** Learning rate of this step. */
  rate: number;
  /** Factor on the gradient: loss scale times clipping. */
  scale: number;
  /** Weight decay: `decay * w` is added to the scaled gradient. */
  decay: number;
  /** Number of this step, 1 for the first, the same for all parameters: averages count the steps by its changes. */
  step: number;
}

/** An update rule that is all in its slots: nothing is averaged, and there is no state beside them. */
export function withoutAverage(allSlots: readonly Slot[], apply: Optimizer['apply']): Optimizer {
  const slots = allSlots.map(({ name }) => name);
  return { allSlots, slots, averageSlot: undefined, apply, observe: () => false, save: () => ({}), load() {} };
}
