/**
 * Where the nonzeros of a sparse matrix are, in canonical order: strictly ascending row-major flat indices
 * `row * cols + col`. Topology rules, checkpoints, hashes and logs speak this order.
 */
export interface Topology {
  readonly rows: number;
  readonly cols: number;
  /** Flat indices, strictly ascending, length nnz. */
  readonly indices: Uint32Array;
}

/**
 * An engine's own index arrays for one topology. The values of a sparse matrix are stored in the layout's order; the
 * layout converts both ways and needs no permutation of its own to do so.
 */
export interface Layout {
  /** Name of the engine that it is of: where it is given, ops refuse a weight of another engine than the current one. */
  readonly engine?: string;
  readonly rows: number;
  readonly cols: number;
  readonly nnz: number;
  /** Resident bytes of all index arrays and value copies that this layout owns. */
  readonly bytes: number;
  /** The topology in canonical order; a fresh array. */
  readIndices(): Uint32Array;
  /** Values in canonical order from values in layout order; a fresh array. */
  toCanonical(values: Float32Array): Float32Array;
  /** Values in layout order from values in canonical order; a fresh array. */
  fromCanonical(values: Float32Array): Float32Array;
  /** Frees the index arrays; the layout is of no use afterwards. */
  dispose(): void;
}
