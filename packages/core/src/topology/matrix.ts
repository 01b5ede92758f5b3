import type { Topology } from '../sparsity/layout.ts';

/** A sparse matrix as the topology rules see it. */
export interface SparseWeights {
  readonly name: string;
  readonly topology: Topology;
  /** One value for each position of the topology, in canonical order. */
  readonly values: Float32Array;
  /** Number of gates: equal blocks of rows stacked in the matrix; 1 where it is not stacked. */
  readonly gates: number;
}
