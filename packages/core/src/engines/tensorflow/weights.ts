import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightMatrix } from '../../ops/weight.ts';
import type { DenseLayout } from './denseLayout.ts';

/** A weight as kernels get it: its values are an input, the rest are attributes. */
export type WeightAttributes = Omit<WeightMatrix, 'values'>;

/** W `[rows, cols]`, whatever its kind. Not to be disposed of. */
export function denseOf(values: Tensor, { layout }: WeightAttributes): Tensor2D {
  return layout === undefined ? (values as Tensor2D) : (layout as DenseLayout).toDense(values);
}

/** The gradient of the stored values from that of the dense matrix. */
export function valuesGradient(dense: Tensor2D, { layout }: WeightAttributes): Tensor {
  return layout === undefined ? dense : (layout as DenseLayout).atPositions(dense);
}
