import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel } from '../kernel.ts';

export const COUNTER_DROPOUT = 'SparseRnnDropout';
export const WORD_DROPOUT = 'SparseRnnWordDropout';

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Share of elements that become 0, in [0, 1). The others are multiplied by `1 / (1 - rate)`. */
  rate: number;
  /**
   * - `elementwise`: one decision per element;
   * - `locked`: one per feature and batch column, shared over the time steps of the window (Gal & Ghahramani 2016);
   * - `word`: one per vocabulary entry: all columns of a dropped word become 0. Needs `ids`.
   */
  kind: 'elementwise' | 'locked' | 'word';
  /** Batch columns B: N = T*B with t outermost. Used by `locked`. */
  batch: number;
  /** Key of the random bits: two uint32. Equal keys give equal masks, on every engine and for any number of threads. */
  key: readonly [number, number];
  /** Third counter word: tells masks of the same key apart. */
  stream: number;
}

/**
 * Dropout whose random bits are a function of a counter (Philox4x32-10, Salmon et al. 2011), so that no mask is stored:
 * element e of the mask is kept iff word `e & 3` of `philox([e >> 2, 0, stream, 0], key)` is at least `floor(rate * 2^32)`.
 * Masks are `[features, N]` (elementwise), `[features, B]` (locked) or `[V]` (word).
 *
 * @param x X `[features, N]`.
 * @param ids int32 `[N]`, the word of every column; for kind `word`.
 * @returns the same shape. The gradient is the same mask applied to dY.
 * @throws if the rate is outside [0, 1) or shapes do not fit; InputError if no engine runs.
 */
export function dropout(x: Tensor2D, options: DropoutOptions, ids?: Tensor1D): Tensor2D {
  const { rate, kind, batch } = options;
  if (!(rate >= 0 && rate < 1)) throw new Error(`dropout: expected a rate in [0, 1), got ${rate}.`);
  if (rate === 0) return x;
  if (kind === 'word' && (ids === undefined || ids.dtype !== 'int32' || ids.shape[0] !== x.shape[1])) {
    throw new Error(
      `dropout: kind 'word' needs int32 ids of shape [${x.shape[1]}], got ${ids ? `[${ids.shape}]` : 'none'}.`,
    );
  }
  if (kind === 'locked' && x.shape[1] % batch !== 0) {
    throw new Error(`dropout: expected a number of columns that is a multiple of batch ${batch}, got ${x.shape[1]}.`);
  }
  const attrs = { ...options, key: [...options.key] };
  if (kind === 'word') return runKernel(WORD_DROPOUT, { x, ids: ids! }, attrs) as Tensor2D;
  return runKernel(COUNTER_DROPOUT, { x }, attrs) as Tensor2D;
}
