import { apportion } from '../../sparsity/apportion.ts';
import { gateCounts } from '../../sparsity/topologyOps.ts';
import type { SparseWeights } from '../matrix.ts';

/**
 * What happens to the budget within a stacked matrix: its gates compete for it (`free`: the matrix is one field of empty
 * positions, as in the released code of Selfish-RNN), or each gate keeps its count (`keep`).
 */
export type GateSharing = 'free' | 'keep';

/** A range of flat positions and how many weights grow in it. */
export interface GrowthBlock {
  /** First flat position of the range. */
  from: number;
  /** The flat position behind its last. */
  to: number;
  /** Weights to grow in it. */
  count: number;
}

/**
 * The blocks in which a matrix grows its budget.
 *
 * With `keep` each gate gets what it lost. Where a rule gave the matrix more or less than it lost, the gates share it in
 * proportion to what they lost, none beyond its empty positions.
 *
 * @param before The matrix before the drop.
 * @param remaining The same after the drop.
 * @param budget Number of weights that the matrix grows.
 */
export function growthBlocks(
  before: SparseWeights,
  remaining: SparseWeights,
  budget: number,
  sharing: GateSharing,
): GrowthBlock[] {
  const { rows, cols } = before.topology;
  if (sharing === 'free' || before.gates === 1) return [{ from: 0, to: rows * cols, count: budget }];
  const size = (rows / before.gates) * cols;
  const left = gateCounts(remaining.topology, before.gates);
  const lost = gateCounts(before.topology, before.gates).map((count, gate) => count - left[gate]);
  const counts = apportion(
    budget,
    lost,
    left.map(count => size - count),
  );
  return counts.map((count, gate) => ({ from: gate * size, to: (gate + 1) * size, count }));
}
