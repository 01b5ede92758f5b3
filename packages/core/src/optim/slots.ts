/** What a slot holds for a weight that has no history yet: 0, or the weight's own value. */
export type Beginning = 'zero' | 'value';

/** One number per trained number that an update rule keeps, so for a sparse weight one per nonzero. */
export interface Slot {
  readonly name: string;
  /** When it comes into being: before the first step, or when averaging is triggered; until then it takes no memory. */
  readonly from: 'start' | 'trigger';
  /** What it holds then. */
  readonly initial: Beginning;
  /** What it holds for a weight that a topology update put in. A removed weight's numbers are lost. */
  readonly fresh: Beginning;
}

/** Slots that start at 0, and at 0 again for new weights. */
export function zeroSlots(...names: string[]): Slot[] {
  return names.map(name => ({ name, from: 'start', initial: 'zero', fresh: 'zero' }));
}

/**
 * The numbers of a slot that comes into being.
 *
 * @param values of the weights at that moment, in the same order as the result.
 */
export function startSlot({ initial }: Slot, values: Float32Array): Float32Array {
  return initial === 'value' ? values.slice() : new Float32Array(values.length);
}

/**
 * The numbers of a slot after a topology update; all in canonical order.
 *
 * @param before the numbers before the update.
 * @param kept for every weight after the update its rank before, -1 for a new one.
 * @param values of the weights after the update.
 */
export function moveSlot({ fresh }: Slot, before: Float32Array, kept: Int32Array, values: Float32Array): Float32Array {
  return Float32Array.from(kept, (old, rank) => (old >= 0 ? before[old] : fresh === 'value' ? values[rank] : 0));
}
