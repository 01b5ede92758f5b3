import type { Runtime } from './runtime.ts';
import type { Tiles } from './weight.ts';

/**
 * A row-major matrix `[features, columns]` in the shared heap, or a window of columns of a wider one: then `address` is
 * that of the window's first element.
 */
export interface Rows {
  readonly address: number;
  readonly features: number;
  readonly columns: number;
  /** Floats from one row to the next, at least `columns`. */
  readonly rowStride: number;
}

/**
 * Copies a row-major matrix to tiles of the same shape. The padding of the last tile becomes zero.
 *
 * @throws {RangeError} When the shapes differ.
 */
export function packTiles(runtime: Runtime, source: Rows, tiles: Tiles): void {
  checkShapes('packTiles', source, tiles);
  const { address, features, columns, rowStride } = source;
  runtime.run('packTiles', address, features, columns, rowStride, tiles.address, tiles.width);
}

/**
 * Copies tiles to a row-major matrix of the same shape. What lies between its rows stays as it is.
 *
 * @throws {RangeError} When the shapes differ.
 */
export function unpackTiles(runtime: Runtime, tiles: Tiles, target: Rows): void {
  checkShapes('unpackTiles', target, tiles);
  const { address, features, columns, rowStride } = target;
  runtime.run('unpackTiles', tiles.address, features, columns, tiles.width, address, rowStride);
}

function checkShapes(what: string, rows: Rows, tiles: Tiles): void {
  if (rows.features !== tiles.features || rows.columns !== tiles.columns) {
    throw new RangeError(
      `${what}: expected tiles [${rows.features}, ${rows.columns}], got [${tiles.features}, ${tiles.columns}].`,
    );
  }
  if (rows.rowStride < rows.columns) {
    throw new RangeError(`${what}: expected a row stride of at least ${rows.columns} floats, got ${rows.rowStride}.`);
  }
}
