import type { Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel } from '../kernel.ts';

export const REVERSE_SEQUENCES = 'SparseRnnReverseSequences';

export interface ReverseAttributes {
  /** Length of each batch column's sequence. */
  lengths: readonly number[];
}

/**
 * Turns every sequence of a batch around, each within its own length: `Y[:, (t, b)] = X[:, (lengths[b] - 1 - t, b)]` for
 * `t < lengths[b]`, and 0 behind. It is its own inverse on what is not padding.
 *
 * @param x X `[features, T*B]`, columns (t, b) with t outermost.
 * @param lengths `[B]`, whole numbers from 1 to T.
 * @returns Y `[features, T*B]`. The gradient is the same op applied to dY.
 * @throws if the columns are not a multiple of B, or a length is out of range; InputError if no engine runs.
 */
export function reverseSequences(x: Tensor2D, lengths: ArrayLike<number>): Tensor2D {
  const batch = lengths.length;
  const [, columns] = x.shape;
  if (batch === 0 || columns % batch !== 0) {
    throw new Error(`reverseSequences: expected a number of columns that is a multiple of B ${batch}, got ${columns}.`);
  }
  const steps = columns / batch;
  const own = Array.from(lengths);
  const wrong = own.findIndex(length => !(Number.isInteger(length) && length >= 1 && length <= steps));
  if (wrong >= 0) {
    throw new Error(`reverseSequences: expected lengths from 1 to ${steps}, got ${own[wrong]} at position ${wrong}.`);
  }
  return runKernel(REVERSE_SEQUENCES, { x }, { lengths: own }) as Tensor2D;
}

/** The column of X that each column of Y is, or -1 where Y is 0. */
export function reversedColumns(lengths: ArrayLike<number>, columns: number): Int32Array {
  const batch = lengths.length;
  return Int32Array.from({ length: columns }, (_, n) => {
    const from = lengths[n % batch] - 1 - Math.floor(n / batch);
    return from < 0 ? -1 : from * batch + (n % batch);
  });
}
