import type { DropRule } from './rule.ts';

/**
 * Removes the weights that are exactly zero, of either sign bit, whatever the removal rate: for methods in which a weight
 * that has reached zero is out of use (Bellec et al. 2018).
 */
export const zero: DropRule = {
  name: 'zero',
  select(matrices) {
    const ranks = matrices.map(({ values }) => {
      let count = 0;
      for (let rank = 0; rank < values.length; rank++) if (values[rank] === 0) count++;
      const zeros = new Uint32Array(count);
      for (let rank = 0, at = 0; at < count; rank++) if (values[rank] === 0) zeros[at++] = rank;
      return zeros;
    });
    return { ranks };
  },
};
