import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightMatrix } from './weight.ts';

/** Options of the gated recurrent ops, sparseLstm and sparseGru. */
export interface RecurrentOptions {
  /**
   * True length of each column's sequence, 1..T, longest first. From its length on a column's state stays as it is, y is 0
   * there, and x is neither read nor given a gradient other than 0: whatever a batch is padded with, results are the same.
   * Default: T for every column.
   */
  lengths?: ArrayLike<number>;
  /** Whether y is wanted. Default true. False saves y's memory and the zero gradient that would be made for it. */
  sequences?: boolean;
}

/** What an op returns: the last state, and y `[H, T*B]` unless the options say `sequences: false`. */
export type RecurrentResult<State, Options extends RecurrentOptions> = State &
  (Options extends { sequences: false }
    ? { y?: undefined }
    : 'sequences' extends keyof Options
      ? { y: Tensor2D | (false extends Options['sequences'] ? undefined : never) }
      : { y: Tensor2D });

/** Sizes of one call. */
export interface RecurrentShape {
  /** I: rows of x. */
  readonly inputs: number;
  /** H: hidden units. */
  readonly hidden: number;
  /** T: time steps of the window. */
  readonly steps: number;
  /** B: sequences that run side by side. */
  readonly batch: number;
  /** Length of each column's sequence, never increasing; absent if all are T. */
  readonly lengths?: readonly number[];
}

/** Number of columns whose sequences reach time step t: the first ones of the batch. */
export function activeColumns({ batch, lengths }: Pick<RecurrentShape, 'batch' | 'lengths'>, t: number): number {
  if (lengths === undefined) return batch;
  let active = batch;
  while (active > 0 && lengths[active - 1] <= t) active--;
  return active;
}

/**
 * Checks the lengths of a batch and copies them; undefined if no column is shorter than the window.
 *
 * @param op Name of the op, for the message.
 * @throws an Error saying what was expected, what came, and what to do.
 */
export function validateLengths(
  op: string,
  lengths: ArrayLike<number> | undefined,
  steps: number,
  batch: number,
): readonly number[] | undefined {
  if (lengths === undefined) return undefined;
  if (lengths.length !== batch) {
    throw new Error(
      `${op}: expected ${batch} lengths, one per column of the batch, got ${lengths.length}. Pass one for every sequence.`,
    );
  }
  const copy = Array.from(lengths);
  copy.forEach((length, b) => {
    if (!Number.isInteger(length) || length < 1 || length > steps) {
      throw new Error(
        `${op}: expected lengths to be integers from 1 to ${steps}, the steps of the window, got ${length} for column ${b}. ` +
          'Leave empty sequences out of the batch, and cut or pad the others to the window.',
      );
    }
    if (b > 0 && length > copy[b - 1]) {
      throw new Error(
        `${op}: expected lengths that never increase, got ${length} for column ${b} after ${copy[b - 1]}. ` +
          'Sort the sequences of a batch, the longest first.',
      );
    }
  });
  return copy[batch - 1] === steps ? undefined : copy;
}

/** Throws unless `shape` is a matrix of at least one row and one column; `letters` name its axes. */
function requireMatrix(op: string, name: string, letters: string, shape: readonly number[]): void {
  if (shape.length === 2 && shape.every(size => Number.isInteger(size) && size >= 1)) return;
  throw new Error(
    `${op}: expected ${name} of shape ${letters} with sizes of at least 1, got [${shape.join(', ')}]. ` +
      'Activations are feature-major: transpose a [batch, features] tensor first.',
  );
}

/** Throws unless a shape is the expected one; `todo` says what to check. */
export function requireShape(
  op: string,
  name: string,
  expected: readonly number[],
  came: readonly number[],
  todo: string,
): void {
  if (came.length === expected.length && came.every((size, axis) => size === expected[axis])) return;
  throw new Error(
    `${op}: expected ${name} of shape [${expected.join(', ')}], got [${came.join(', ')}]. Check: ${todo}.`,
  );
}

/**
 * Reads I, H, T and B off x `[I, T*B]` and the first state `[H, B]`.
 *
 * @param name What the state is called. Default `h0`.
 * @throws an Error if they do not fit.
 */
export function readSizes(op: string, x: readonly number[], state: readonly number[], name = 'h0'): RecurrentShape {
  requireMatrix(op, name, '[hidden, batch]', state);
  requireMatrix(op, 'x', '[inputs, steps * batch]', x);
  const [hidden, batch] = state;
  const [inputs, columns] = x;
  if (columns % batch !== 0) {
    throw new Error(
      `${op}: expected the columns of x to be steps * batch with batch ${batch} (from ${name}), got ${columns} columns. ` +
        'Pad the window to whole time steps, or pass states of the right batch.',
    );
  }
  return { inputs, hidden, steps: columns / batch, batch };
}

/** A weight's shape and layout, without its values: what kernels get as attributes. */
export function withoutValues({ rows, cols, layout }: WeightMatrix): Omit<WeightMatrix, 'values'> {
  return { rows, cols, layout };
}

/** A tensor `[rows, cols]` as a dense weight. */
export function denseWeight(values: Tensor2D): WeightMatrix {
  return { rows: values.shape[0], cols: values.shape[1], values };
}
