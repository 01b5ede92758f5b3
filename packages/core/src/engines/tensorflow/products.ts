import {
  add,
  gather,
  matMul,
  reshape,
  scatterND,
  sum,
  type Tensor,
  type Tensor2D,
  transpose,
} from '@tensorflow/tfjs-core';
import { checkIds, WEIGHT_EMBEDDING, WEIGHT_EMBEDDING_GRAD_VALUES } from '../../ops/sparseEmbedding/contract.ts';
import {
  WEIGHT_MAT_MUL,
  WEIGHT_MAT_MUL_GRAD_INPUT,
  WEIGHT_MAT_MUL_GRAD_VALUES,
} from '../../ops/sparseMatMul/contract.ts';
import { ROW_SUMS } from '../../ops/sparseMatMul/gradient.ts';
import type { TensorflowKernels } from './kernels.ts';
import { denseOf, valuesGradient, type WeightAttributes } from './weights.ts';

/** Products and look-ups of one weight matrix. */
export const productKernels: TensorflowKernels = {
  [WEIGHT_MAT_MUL]({ values, x, bias }, attrs: WeightAttributes) {
    const y = matMul(denseOf(values, attrs), x as Tensor2D);
    return bias === undefined ? y : add(y, reshape(bias, [attrs.rows, 1]));
  },
  [WEIGHT_MAT_MUL_GRAD_INPUT]({ values, dy }, attrs: WeightAttributes) {
    return matMul(denseOf(values, attrs), dy as Tensor2D, true, false);
  },
  [WEIGHT_MAT_MUL_GRAD_VALUES]({ dy, x }, attrs: WeightAttributes) {
    return valuesGradient(matMul(dy as Tensor2D, x as Tensor2D, false, true), attrs);
  },
  [ROW_SUMS]({ x }) {
    return sum(x, 1);
  },
  [WEIGHT_EMBEDDING]({ values, ids }, attrs: WeightAttributes) {
    checkIds(ids.dataSync(), attrs.rows);
    return transpose(gather(denseOf(values, attrs), ids));
  },
  [WEIGHT_EMBEDDING_GRAD_VALUES]({ dx, ids }, attrs: WeightAttributes) {
    // Rows of equal tokens are added up.
    const rows: Tensor = transpose(dx);
    return valuesGradient(scatterND(reshape(ids, [ids.size, 1]), rows, [attrs.rows, attrs.cols]) as Tensor2D, attrs);
  },
};
