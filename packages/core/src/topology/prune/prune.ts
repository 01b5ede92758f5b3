import { expected } from '../../base/errors.ts';
import { roundShare } from '../../sparsity/rounding.ts';
import { nearestZero } from '../drop/nearestZero.ts';
import { replaceRanks, type SparseWeights, type UpdatedMatrix, withoutRanks } from '../matrix.ts';
import type { Pruning } from './pruning.ts';

/** How far a model is to be pruned. */
export interface PruneOptions {
  /** Density at the end, in (0, 1]. */
  density: number;
  /** Share of the way, in [0, 1]. Default 1: all of it. */
  progress?: number;
}

/**
 * Removes weights for good, nothing grows: each matrix keeps `round(d * rows * cols)` weights, d being the density that is
 * due; where all compete, the model keeps the sum of these. Where there are no more than that already, nothing goes.
 *
 * Weights that stay keep their bits. Ties: of equal scores the lower flat index is removed, that of the earlier matrix
 * first. Time and memory O(nnz). The matrices given are not changed.
 *
 * @param matrices All sparse matrices of the model; at the start of training they are dense.
 * @returns One result for each matrix, in the order given; `grown` is empty.
 * @throws {InputError} If density or progress is out of range.
 * @example
 * const updated = pruneTopology(matrices, findMethod('gmp').prune!, { density: 0.33, progress: 0.5 });
 */
export function pruneTopology(
  matrices: readonly SparseWeights[],
  pruning: Pruning,
  { density, progress = 1 }: PruneOptions,
): UpdatedMatrix[] {
  if (!(density > 0 && density <= 1)) throw expected('a density in (0, 1]', density, 'use 1 for a dense matrix');
  if (!(progress >= 0 && progress <= 1)) throw expected('a progress in [0, 1], a share of the way', progress);
  checkGradients(matrices, pruning);
  // Floating-point error in the schedule must not take a weight too many.
  const due = Math.max(density, pruning.density(density, progress));
  const targets = matrices.map(({ topology: { rows, cols } }) => roundShare(due, rows * cols));
  const scores = matrices.map(matrix => pruning.score(matrix));
  const ranks =
    pruning.compete === 'model'
      ? nearestZero(scores, excess(scores, sum(targets)))
      : scores.map((each, m) => nearestZero([each], excess([each], targets[m]))[0]);
  return matrices.map((matrix, m) => {
    return replaceRanks(matrix, ranks[m], withoutRanks(matrix, ranks[m]), new Uint32Array(0), () => 0);
  });
}

function checkGradients(matrices: readonly SparseWeights[], { needs }: Pruning): void {
  if (needs !== 'gradient') return;
  for (const { name, values, gradient } of matrices)
    if (gradient?.length !== values.length)
      throw new Error(`pruning needs ${values.length} gradients of ${name}, got ${gradient?.length ?? 'none'}`);
}

function excess(scores: readonly Float32Array[], target: number): number {
  return Math.max(0, sum(scores.map(({ length }) => length)) - target);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
