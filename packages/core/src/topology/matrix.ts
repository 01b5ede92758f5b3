import type { Topology } from '../sparsity/layout.ts';
import { mergeDisjoint } from '../sparsity/topologyOps.ts';

/** A sparse matrix as the topology rules see it. */
export interface SparseWeights {
  readonly name: string;
  /** Where its weights are. */
  readonly topology: Topology;
  /** One value for each position of the topology, in canonical order. */
  readonly values: Float32Array;
  /** Number of gates: equal blocks of rows stacked in the matrix; 1 where it is not stacked. */
  readonly gates: number;
  /** The optimizer's smoothed gradient of each weight, in canonical order; absent where the optimizer has none. */
  readonly momentum?: Float32Array;
  /** The gradient of each weight, in canonical order; absent where no rule asks for it. */
  readonly gradient?: Float32Array;
}

/** What an update made of one matrix. All arrays are fresh and in canonical order. */
export interface UpdatedMatrix {
  /** Where its weights are now. */
  readonly topology: Topology;
  /** Their values: those that stay bit for bit, new ones as the update starts them. */
  readonly values: Float32Array;
  /** For each new rank the rank the weight had before, or -1 if it is new: how to carry per-weight state over. */
  readonly kept: Int32Array;
  /** Flat indices of the weights removed, strictly ascending. */
  readonly dropped: Uint32Array;
  /** Flat indices of the weights grown, strictly ascending. One that is in both lists is a new weight. */
  readonly grown: Uint32Array;
}

/** The matrix without the weights at some ranks (strictly ascending), all its arrays fresh. */
export function withoutRanks(matrix: SparseWeights, ranks: Uint32Array): SparseWeights {
  const { topology, values, momentum, gradient } = matrix;
  const left = values.length - ranks.length;
  return {
    ...matrix,
    topology: { ...topology, indices: pick(topology.indices, new Uint32Array(left), ranks) },
    values: pick(values, new Float32Array(left), ranks),
    ...(momentum && { momentum: pick(momentum, new Float32Array(left), ranks) }),
    ...(gradient && { gradient: pick(gradient, new Float32Array(left), ranks) }),
  };
}

/** Fills `to` with the elements of `from` except those at `ranks`. */
function pick<T extends Uint32Array | Float32Array>(from: T, to: T, ranks: Uint32Array): T {
  for (let rank = 0, next = 0, at = 0; rank < from.length; rank++) {
    if (ranks[next] === rank) next++;
    else to[at++] = from[rank];
  }
  return to;
}

/**
 * Removes the weights at some ranks and puts new ones at some positions.
 *
 * @param remaining The matrix without these ranks, from `withoutRanks`.
 * @param grown Flat indices of new weights, strictly ascending, empty after the removal.
 * @param newValue Called for the value of each new weight, in canonical order.
 */
export function replaceRanks(
  before: SparseWeights,
  ranks: Uint32Array,
  remaining: SparseWeights,
  grown: Uint32Array,
  newValue: () => number,
): UpdatedMatrix {
  const indices = mergeDisjoint(remaining.topology.indices, grown);
  const values = new Float32Array(indices.length);
  const kept = new Int32Array(indices.length);
  for (let rank = 0, next = 0, old = 0, from = 0; rank < indices.length; rank++) {
    if (next < grown.length && grown[next] === indices[rank]) {
      next++;
      kept[rank] = -1;
      values[rank] = newValue();
    } else {
      while (before.topology.indices[old] !== indices[rank]) old++;
      kept[rank] = old;
      values[rank] = remaining.values[from++];
    }
  }
  const dropped = ranks.map(rank => before.topology.indices[rank]);
  return { topology: { ...before.topology, indices }, values, kept, dropped, grown };
}
