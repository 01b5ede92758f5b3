import { ceilShare } from '../../sparsity/rounding.ts';
import { mergeDisjoint } from '../../sparsity/topologyOps.ts';
import { countSign, nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';

const MAGNITUDE = 0x7fffffff;
const SIGN_BIT = 0x80000000;

/**
 * What the released code of Selfish-RNN (Liu et al. 2021) calls SET: per matrix the share p of the positive weights
 * nearest zero, and the share p of the negative weights *farthest* from zero, the most negative ones. For the ablation
 * only: it removes weights that matter.
 *
 * Counts, zeros and ties are those of `set`.
 */
export const setMisread: DropRule = {
  name: 'set-misread',
  select(matrices, rate) {
    const ranks = matrices.map(({ values }) => {
      const positives = countSign(values, 'nonnegative');
      const negatives = values.length - positives;
      return mergeDisjoint(
        nearestZero([values], ceilShare(rate, positives), 'nonnegative')[0],
        nearestZero([reversed(values)], ceilShare(rate, negatives), 'negative')[0],
      );
    });
    return { ranks };
  },
};

/** The values with their magnitudes in the reverse order: the farthest from zero is the nearest, ties stay ties. */
function reversed(values: Float32Array): Float32Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  // Only negative numbers turn, and stay negative: they are the words from SIGN_BIT + 1 to SIGN_BIT + MAGNITUDE.
  const mirrored = words.map(bits => (bits > SIGN_BIT ? 2 * SIGN_BIT + MAGNITUDE + 1 - bits : bits));
  return new Float32Array(mirrored.buffer);
}
