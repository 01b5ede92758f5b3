import type { SparseWeights } from '../matrix.ts';

/** A matrix after its weights were dropped. */
export interface DroppedMatrix extends SparseWeights {
  /** How many weights it lost. */
  readonly dropped: number;
}

/** Shares the freed budget out over the matrices. */
export interface RedistributeRule {
  readonly name: string;
  /**
   * @returns How many weights each matrix grows: whole numbers that sum to all that was dropped, none above the number of
   * empty positions of its matrix. `apportion` keeps both promises.
   */
  share(matrices: readonly DroppedMatrix[]): number[];
}
