import type { RandomStream } from '../../base/philox.ts';
import type { Topology } from '../../sparsity/layout.ts';
import type { GrowthBlock } from '../redistribute/gates.ts';

/** What a grow rule is asked for: `count` new positions among `from .. to - 1` of one matrix. */
export interface GrowRequest extends GrowthBlock {
  /** Name of the matrix. */
  readonly name: string;
  /** What is active after the drop. */
  readonly topology: Topology;
  /** Empty positions to be taken only when no others are left, strictly ascending: those just dropped. */
  readonly avoid: Uint32Array;
  /** Random numbers of this matrix and step alone. */
  readonly stream: RandomStream;
}

/** Chooses the empty positions at which new weights grow. */
export interface ChoosingRule {
  readonly name: string;
  readonly scores?: undefined;
  /** @returns `count` different empty positions (flat indices) of the block, strictly ascending. */
  grow(request: GrowRequest): Uint32Array;
}

/** Grows where a score is largest that only the trainer knows. */
export interface ScoringRule {
  readonly name: string;
  readonly scores: Scores;
}

/** How new weights find their places: by a choice of the rule's own, or by the largest of the trainer's scores. */
export type GrowRule = ChoosingRule | ScoringRule;

/**
 * A number for every position of a matrix, active or not.
 *
 * - `gradient`: the gradient of the loss on the coming window, at the weights before the drop (Evci et al. 2020).
 * - `momentum`: a smoothed gradient (Dettmers & Zettlemoyer 2019): the sum over the next m windows, k = 0 .. m - 1, of
 *   `beta^k` times the gradient at the weights before the drop. m = 10 and the sum over windows to come are our choice:
 *   an average over past steps would need an array of rows x cols numbers all the time.
 */
export type Scores = 'gradient' | 'momentum';

/** What may grow where in one matrix. */
export interface GrowthQuery {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Ranges of flat positions, ascending and apart, and how many grow in each. */
  readonly blocks: readonly GrowthBlock[];
  /** Flat indices of the weights that remain after the drop, strictly ascending. */
  readonly active: Uint32Array;
  /** Empty positions to be taken only when no others are left, strictly ascending: those just dropped. */
  readonly avoid: Uint32Array;
}

/**
 * The positions of largest |score|, as `TopPositions` finds them: for each query and each of its blocks `count`
 * positions, strictly ascending.
 */
export type LargestScores = (scores: Scores, queries: readonly GrowthQuery[]) => Uint32Array[][];
