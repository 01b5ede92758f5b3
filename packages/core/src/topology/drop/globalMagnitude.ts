import { ceilShare } from '../../sparsity/rounding.ts';
import { nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';

/**
 * Removes the `ceil(p * nnz)` weights of least magnitude of the whole model, nnz counting all sparse matrices: matrices
 * of small weights lose more than others.
 * Ties: of equal magnitudes the one in the earlier matrix is removed, in a matrix the one at the lower flat index.
 */
export const globalMagnitude: DropRule = {
  name: 'global-magnitude',
  select(matrices, rate) {
    const arrays = matrices.map(({ values }) => values);
    const nnz = arrays.reduce((sum, { length }) => sum + length, 0);
    return { ranks: nearestZero(arrays, ceilShare(rate, nnz)) };
  },
};
