import type { SparseWeights } from '../matrix.ts';

/**
 * Chooses the weights to remove. A rule sees all matrices, since some rules compare weights across them.
 * Ties: of equally good candidates the one with the lower flat index is removed; across matrices, the one in the earlier.
 */
export interface DropRule {
  readonly name: string;
  /**
   * @param matrices All sparse matrices of the model, values in canonical order. Not to be changed.
   * @param rate Removal rate p in [0, 1].
   * @returns For each matrix the ranks (places in canonical order, `0 .. nnz - 1`) to remove, strictly ascending.
   */
  select(matrices: readonly SparseWeights[], rate: number): Uint32Array[];
}
