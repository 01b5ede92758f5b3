import { ceilShare } from '../../sparsity/rounding.ts';
import { nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';

/**
 * Removes the `ceil(p * nnz)` weights of least magnitude of each matrix; all gates of a stacked matrix compete.
 * Ties: of equal magnitudes the lower flat index is removed.
 */
export const magnitude: DropRule = {
  name: 'magnitude',
  select(matrices, rate) {
    return { ranks: matrices.map(({ values }) => nearestZero([values], ceilShare(rate, values.length))[0]) };
  },
};
