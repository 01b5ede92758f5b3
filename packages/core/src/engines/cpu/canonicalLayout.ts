import type { Layout, Topology } from '../../sparsity/layout.ts';

/** The canonical order itself as a layout: what the reference loops read. */
export class CanonicalLayout implements Layout {
  readonly engine = 'cpu';
  readonly rows: number;
  readonly cols: number;
  /** Flat indices, strictly ascending. */
  readonly indices: Uint32Array;

  constructor({ rows, cols, indices }: Topology) {
    this.rows = rows;
    this.cols = cols;
    this.indices = indices.slice();
  }

  get nnz(): number {
    return this.indices.length;
  }

  get bytes(): number {
    return this.indices.byteLength;
  }

  readIndices(): Uint32Array {
    return this.indices.slice();
  }

  toCanonical(values: Float32Array): Float32Array {
    return values.slice();
  }

  fromCanonical(values: Float32Array): Float32Array {
    return values.slice();
  }

  dispose(): void {}
}
