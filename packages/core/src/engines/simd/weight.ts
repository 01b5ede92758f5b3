/**
 * A matrix `[features, columns]` in the shared heap, stored tile by tile: tile k holds columns `width*k ..` of all
 * features, each feature's `width` floats contiguous. Element (f, n) lies at
 * `address + 4 * ((floor(n / width) * features + f) * width + n % width)`.
 * Columns past the last one are padding: they are zero in every operand and stay finite in every result.
 */
export interface Tiles {
  readonly address: number;
  readonly features: number;
  readonly columns: number;
  /** Floats per row of a tile: 32, or 16 where there are at most 16 columns. Rows are 64 or 128 bytes, never 80. */
  readonly width: 16 | 32;
}

/** Bytes that a Tiles matrix occupies. */
export function tilesBytes(features: number, columns: number): number {
  const width = tileWidth(columns);
  return 4 * features * width * Math.ceil(columns / width);
}

/** The tile width for a number of columns. */
export function tileWidth(columns: number): 16 | 32 {
  return columns <= 16 ? 16 : 32;
}

/** What a product's result starts from: zero, or a bias, one number for each of its rows, at an address. */
export type Start = 'zero' | number;

/** A kernel's word for it (assembly/tiles.ts). Without a start, the product is added to what the result holds. */
export function startWord(start?: Start): number {
  return start === 'zero' ? 1 : (start ?? 0);
}

/** A weight matrix W `[out, in]`, sparse or dense, as the products of the simd engine see it. */
export interface SimdWeight {
  readonly out: number;
  readonly in: number;
  /** Y = start + W X, or Y += W X without a start, with X `[in, N]` and Y `[out, N]`. */
  product(x: Tiles, y: Tiles, start?: Start): void;
  /** dX = start + W^T dY, or dX += W^T dY without a start, with dY `[out, N]` and dX `[in, N]`. */
  productTransposed(dy: Tiles, dx: Tiles, start?: Start): void;
  /**
   * dW = dY X^T, at the nonzeros only when W is sparse (in layout order), the whole `[out, in]` row-major matrix when
   * it is dense. Writes to `gradient` (a heap address); adds to what is there if `accumulate`.
   */
  outerProduct(dy: Tiles, x: Tiles, gradient: number, accumulate: boolean): void;
  /** Present if kernels whose threads own columns of a batch can use this weight. */
  readonly forColumns?: ForColumns;
}

/** A weight as kernels read it that own columns of a batch (assembly/recurrent/columnWeight.ts). */
export interface ForColumns {
  /** Bytes that a time step reads of it. */
  readonly bytes: number;
  /** W, or W^T. */
  operand(isTransposed: boolean): ColumnOperand;
}

/** Bytes of a weight that every product reads: its values, and where they are. */
export function productBytes(nnz: number, isSparse: boolean): number {
  return (isSparse ? 6 : 4) * nnz;
}

/** Good until the values change; to be freed. */
export interface ColumnOperand {
  /** The kernels' words. */
  readonly words: readonly number[];
  free(): void;
}
