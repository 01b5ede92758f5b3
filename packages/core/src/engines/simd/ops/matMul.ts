import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  WEIGHT_MAT_MUL,
  WEIGHT_MAT_MUL_GRAD_INPUT,
  WEIGHT_MAT_MUL_GRAD_VALUES,
} from '../../../ops/sparseMatMul/contract.ts';
import { ROW_SUMS } from '../../../ops/sparseMatMul/gradient.ts';
import { newTiles } from '../backend.ts';
import { rowSums } from '../raw/elementwise.ts';
import { newGradient, refreshTransposed, simdWeight, type WeightAttributes } from '../weights.ts';
import type { SimdKernels } from './kernel.ts';

export const matMulKernels: SimdKernels = {
  [WEIGHT_MAT_MUL](backend, { values, x, bias }, attrs) {
    const weight = attrs as unknown as WeightAttributes;
    const y = newTiles(backend.runtime, weight.rows, x.shape[1]);
    const start = bias === undefined ? 'zero' : backend.address(bias);
    simdWeight(backend, values, weight).product(backend.tiles(x), y, start);
    return backend.fromTiles(y);
  },
  [WEIGHT_MAT_MUL_GRAD_INPUT](backend, { dy, values }, attrs) {
    const weight = attrs as unknown as WeightAttributes;
    refreshTransposed(backend, values, weight);
    const dx = newTiles(backend.runtime, weight.cols, dy.shape[1]);
    simdWeight(backend, values, weight).productTransposed(backend.tiles(dy), dx, 'zero');
    return backend.fromTiles(dx);
  },
  [WEIGHT_MAT_MUL_GRAD_VALUES](backend, { dy, x }, attrs) {
    const weight = attrs as unknown as WeightAttributes;
    const gradient = newGradient(backend, weight);
    // The sampled product reads positions only; any values will do.
    simdWeight(backend, gradient as TensorInfo, weight).outerProduct(
      backend.tiles(dy),
      backend.tiles(x),
      gradient.address,
      false,
    );
    return gradient;
  },
  [ROW_SUMS](backend, { x }) {
    const sums = backend.newTensor([x.shape[0]]);
    rowSums(backend.runtime, backend.tiles(x), sums.address);
    return sums;
  },
};
