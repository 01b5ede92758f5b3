import { sampleIntegers } from '../../sparsity/sampling.ts';
import { lowerBound, mergeDisjoint } from '../../sparsity/topologyOps.ts';
import type { ChoosingRule } from './rule.ts';

/**
 * Grows uniformly over the empty positions (Mocanu et al. 2018), every set of the right size equally likely.
 *
 * Positions in `avoid` are not taken. Overflow: where the other empty positions are too few, all of those are taken, and
 * what is still missing is drawn uniformly from `avoid`.
 *
 * Ranks among the empty positions are drawn and mapped to positions in one walk along what is active: time and memory
 * follow the nonzeros, whatever the size of the matrix.
 */
export const random: ChoosingRule = {
  name: 'random',
  grow({ topology, from, to, count, avoid, stream }) {
    const avoided = between(avoid, from, to);
    const taken = mergeDisjoint(between(topology.indices, from, to), avoided);
    const empty = to - from - taken.length;
    const grown = emptyAt(sampleIntegers(empty, Math.min(count, empty), stream), taken, from);
    if (count <= empty) return grown;
    const again = sampleIntegers(avoided.length, count - empty, stream).map(rank => avoided[rank]);
    return mergeDisjoint(grown, again);
  },
};

function between(sorted: Uint32Array, from: number, to: number): Uint32Array {
  return sorted.subarray(lowerBound(sorted, from), lowerBound(sorted, to));
}

/** The positions from `from` on whose ranks among those not `taken` are `ranks`; all arrays are strictly ascending. */
function emptyAt(ranks: Uint32Array, taken: Uint32Array, from: number): Uint32Array {
  let passed = 0;
  return ranks.map(rank => {
    while (passed < taken.length && taken[passed] <= from + rank + passed) passed++;
    return from + rank + passed;
  });
}
