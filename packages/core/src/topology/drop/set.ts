import { ceilShare } from '../../sparsity/rounding.ts';
import { mergeDisjoint } from '../../sparsity/topologyOps.ts';
import { countSign, nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';

/**
 * Removes per matrix the share p of the positive weights nearest zero and the share p of the negative weights nearest
 * zero (Mocanu et al. 2018, Algorithm 1): `ceil(p * positives) + ceil(p * negatives)` weights, all gates of a stacked
 * matrix together.
 *
 * A weight that is exactly zero, of either sign bit, counts as positive, so zeros are the first to go.
 * Ties: of equal values the lower flat index is removed.
 */
export const set: DropRule = {
  name: 'set',
  select(matrices, rate) {
    const ranks = matrices.map(({ values }) => {
      const positives = countSign(values, 'nonnegative');
      const negatives = values.length - positives;
      return mergeDisjoint(
        nearestZero([values], ceilShare(rate, positives), 'nonnegative')[0],
        nearestZero([values], ceilShare(rate, negatives), 'negative')[0],
      );
    });
    return { ranks };
  },
};
