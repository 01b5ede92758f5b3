import type { SparseWeights } from '../matrix.ts';

/** How a method that starts dense loses weights for good. */
export interface Pruning {
  /** `start`: once, before the first gradient step. `schedule`: again and again, when `pruneDue` says so. */
  readonly when: 'start' | 'schedule';
  /** `matrix`: each matrix is pruned to the density. `model`: the weights of all matrices compete. */
  readonly compete: 'matrix' | 'model';
  /**
   * The density that is due at a share of the way.
   *
   * @param target Density at the end, in (0, 1].
   * @param progress In [0, 1]; the result falls from 1 or less to `target` and never rises.
   */
  density(target: number, progress: number): number;
  /** What the score reads beside the weights: the gradient of each. */
  readonly needs?: 'gradient';
  /**
   * What the weights are worth: those whose scores are nearest zero go.
   *
   * @returns One number for each weight, in canonical order.
   */
  score(matrix: SparseWeights): Float32Array;
}
