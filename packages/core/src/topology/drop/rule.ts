import type { SparseWeights } from '../matrix.ts';

/** What a rule remembers from one update to the next: plain JSON, so that a checkpoint can hold it. */
export type RuleMemory = Readonly<Record<string, number>>;

/** What a drop rule chose. */
export interface DropSelection {
  /** For each matrix the ranks (places in canonical order, `0 .. nnz - 1`) to remove, strictly ascending. */
  readonly ranks: Uint32Array[];
  /** What the rule wants to be given at the next update; absent where it remembers nothing. */
  readonly memory?: RuleMemory;
}

/**
 * Chooses the weights to remove. A rule sees all matrices, since some rules compare weights across them.
 * Ties: of equally good candidates the one with the lower flat index is removed; across matrices, the one in the earlier.
 */
export interface DropRule {
  readonly name: string;
  /** What the rule reads beside the weights: the optimizer's smoothed gradient. */
  readonly needs?: 'momentum';
  /**
   * A pure function: the same arguments give the same choice.
   *
   * @param matrices All sparse matrices of the model, values in canonical order. Not to be changed.
   * @param rate Removal rate p in [0, 1].
   * @param memory What the rule returned at the previous update; undefined at the first.
   */
  select(matrices: readonly SparseWeights[], rate: number, memory?: RuleMemory): DropSelection;
}
