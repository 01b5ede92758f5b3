import type { NamedTensorMap, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel } from '../kernel.ts';
import { checkWeight, type WeightMatrix } from '../weight.ts';

export const WEIGHT_MAT_MUL = 'SparseRnnMatMul';
export const WEIGHT_MAT_MUL_GRAD_INPUT = 'SparseRnnMatMulGradInput';
export const WEIGHT_MAT_MUL_GRAD_VALUES = 'SparseRnnMatMulGradValues';

/**
 * `Y = W X + b` with a sparse or dense weight.
 *
 * @param w W `[rows, cols]`; sparse if it has a layout.
 * @param x X `[cols, N]`, feature-major: columns are tokens.
 * @param bias b `[rows]`, optional.
 * @returns Y `[rows, N]`. Gradients: `dX = W^T dY`; `dW = dY X^T`, for a sparse weight at its nonzeros only (the sampled
 * product), in layout order; `db` = row sums of dY.
 * @throws if the shapes do not fit; InputError if no engine runs, or not that of the weights.
 */
export function sparseMatMul(w: WeightMatrix, x: Tensor2D, bias?: Tensor1D): Tensor2D {
  checkWeight('sparseMatMul', w);
  if (x.rank !== 2 || x.shape[0] !== w.cols) {
    throw new Error(
      `sparseMatMul: expected x of shape [${w.cols}, N] for a weight [${w.rows}, ${w.cols}], got [${x.shape}].`,
    );
  }
  if (bias !== undefined && (bias.rank !== 1 || bias.shape[0] !== w.rows)) {
    throw new Error(`sparseMatMul: expected a bias of shape [${w.rows}], got [${bias.shape}].`);
  }
  const inputs: NamedTensorMap = { values: w.values, x };
  if (bias !== undefined) inputs.bias = bias;
  return runKernel(WEIGHT_MAT_MUL, inputs, attrs(w)) as Tensor2D;
}

/** The dense twin: `Y = W X + b` with W a tensor `[rows, cols]`. */
export function denseMatMul(w: Tensor2D, x: Tensor2D, bias?: Tensor1D): Tensor2D {
  return sparseMatMul({ rows: w.shape[0], cols: w.shape[1], values: w }, x, bias);
}

/** Attributes of the kernels. TensorFlow.js types attributes as plain data; a layout passes through it untouched. */
export function attrs(w: Omit<WeightMatrix, 'values'>): Record<string, never> {
  return { rows: w.rows, cols: w.cols, layout: w.layout } as unknown as Record<string, never>;
}
