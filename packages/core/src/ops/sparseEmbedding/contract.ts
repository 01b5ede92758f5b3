import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel } from '../kernel.ts';
import { attrs } from '../sparseMatMul/contract.ts';
import { checkWeight, type WeightMatrix } from '../weight.ts';

export const WEIGHT_EMBEDDING = 'SparseRnnEmbedding';
export const WEIGHT_EMBEDDING_GRAD_VALUES = 'SparseRnnEmbeddingGradValues';

/**
 * Looks up rows of an embedding matrix: `X[:, n] = W[ids[n], :]`.
 *
 * @param w W `[V, E]`; sparse if it has a layout.
 * @param ids int32 `[N]`, each in `[0, V)`.
 * @returns X `[E, N]`, feature-major. The gradient of W adds up the columns of the tokens that share a row.
 * @throws if ids are not int32 or out of range; InputError if no engine runs, or not that of the weights.
 */
export function sparseEmbedding(w: WeightMatrix, ids: Tensor1D): Tensor2D {
  checkWeight('sparseEmbedding', w);
  if (ids.dtype !== 'int32' || ids.rank !== 1) {
    throw new Error(`sparseEmbedding: expected ids as an int32 vector [N], got ${ids.dtype} [${ids.shape}].`);
  }
  return runKernel(WEIGHT_EMBEDDING, { values: w.values, ids }, attrs(w)) as Tensor2D;
}

/** The dense twin: W is a tensor `[V, E]`. */
export function denseEmbedding(w: Tensor2D, ids: Tensor1D): Tensor2D {
  return sparseEmbedding({ rows: w.shape[0], cols: w.shape[1], values: w }, ids);
}

/** Throws on the first id outside `[0, rows)`. Kernels call it, since they trust addresses that ids lead to. */
export function checkIds(ids: ArrayLike<number>, rows: number): void {
  for (let n = 0; n < ids.length; n++) {
    if (!(ids[n] >= 0 && ids[n] < rows)) {
      throw new Error(`sparseEmbedding: expected ids from 0 to ${rows - 1}, got ${ids[n]} at position ${n}.`);
    }
  }
}
