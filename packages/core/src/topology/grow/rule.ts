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
  readonly stream: RandomStream;
}

/** Chooses the empty positions at which new weights grow. */
export interface GrowRule {
  readonly name: string;
  /** @returns `count` different empty positions (flat indices) of the block, strictly ascending. */
  grow(request: GrowRequest): Uint32Array;
}
