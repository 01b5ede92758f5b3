import { ceilShare } from '../../sparsity/rounding.ts';
import type { SparseWeights } from '../matrix.ts';
import { nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';

/** A count within this share of the target leaves the threshold as it is. */
const TOLERANCE = 0.1;

/** The least and the largest threshold: normal numbers of 32 bits, so that doubling and halving never get stuck. */
const LEAST = 2 ** -126;
const LARGEST = 2 ** 127;

/**
 * Removes every weight with `|w| < H`, one threshold H for all matrices (Mostafa & Wang 2019, "Parameter efficient
 * training of deep convolutional neural networks by dynamic sparse reparameterization", Algorithm 1).
 *
 * The number removed is not exact. It steers H for the *next* update toward `ceil(p * nnz)`: if it was below the target by
 * more than a tenth, H doubles; if it was above by more than a tenth, H halves. H is the rule's memory.
 *
 * Our choices: the tolerance, and the first H, which is set so that the first update removes the target count (fewer where
 * weights tie): the least magnitude above zero beyond the `ceil(p * nnz)` nearest zero.
 */
export const threshold: DropRule = {
  name: 'threshold',
  select(matrices, rate, memory) {
    const nnz = matrices.reduce((sum, { values }) => sum + values.length, 0);
    const target = ceilShare(rate, nnz);
    const height = memory?.threshold ?? firstThreshold(matrices, target);
    const ranks = matrices.map(({ values }) => ranksBelow(values, height));
    const removed = ranks.reduce((sum, { length }) => sum + length, 0);
    const factor = removed < target * (1 - TOLERANCE) ? 2 : removed > target * (1 + TOLERANCE) ? 0.5 : 1;
    return { ranks, memory: { threshold: clamp(height * factor) } };
  },
};

function firstThreshold(matrices: readonly SparseWeights[], target: number): number {
  const arrays = matrices.map(({ values }) => values);
  let least = Number.POSITIVE_INFINITY;
  let largest = 0;
  nearestZero(arrays, target).forEach((nearest, m) => {
    for (let rank = 0, next = 0; rank < arrays[m].length; rank++) {
      const magnitude = Math.abs(arrays[m][rank]);
      largest = Math.max(largest, magnitude);
      if (nearest[next] === rank) next++;
      else if (magnitude > 0) least = Math.min(least, magnitude);
    }
  });
  return clamp(Number.isFinite(least) ? least : 2 * largest);
}

function ranksBelow(values: Float32Array, height: number): Uint32Array {
  let count = 0;
  for (let rank = 0; rank < values.length; rank++) if (Math.abs(values[rank]) < height) count++;
  const below = new Uint32Array(count);
  for (let rank = 0, at = 0; at < count; rank++) if (Math.abs(values[rank]) < height) below[at++] = rank;
  return below;
}

function clamp(height: number): number {
  return Math.min(LARGEST, Math.max(LEAST, height));
}
