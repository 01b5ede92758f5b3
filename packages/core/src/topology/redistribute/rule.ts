import { apportion } from '../../sparsity/apportion.ts';
import type { SparseWeights } from '../matrix.ts';

/** A matrix after its weights were dropped: values and momentum are those of the weights that remain. */
export interface DroppedMatrix extends SparseWeights {
  /** How many weights it lost. */
  readonly dropped: number;
}

/** Shares the freed budget out over the matrices. */
export interface RedistributeRule {
  readonly name: string;
  /** What the rule reads beside the weights: the optimizer's smoothed gradient. */
  readonly needs?: 'momentum';
  /**
   * A pure function: the same arguments give the same shares.
   *
   * @returns How many weights each matrix grows: whole numbers that sum to all that was dropped, none above the number of
   * empty positions of its matrix. `shareBy` keeps both promises.
   */
  share(matrices: readonly DroppedMatrix[]): number[];
}

/**
 * Shares all that was dropped out in proportion to a weight of each matrix. Rounding: floors first, what is left over to
 * the largest fractional parts, ties to the matrix that comes first. What exceeds the empty positions of a matrix is
 * shared again among the others; if all the weights that still have room are zero, their empty positions count instead.
 *
 * @param weightOf At least 0.
 */
export function shareBy(
  matrices: readonly DroppedMatrix[],
  weightOf: (matrix: DroppedMatrix, index: number) => number,
): number[] {
  return apportion(
    matrices.reduce((sum, { dropped }) => sum + dropped, 0),
    matrices.map(weightOf),
    matrices.map(({ topology: { rows, cols, indices } }) => rows * cols - indices.length),
  );
}
