// Conversion between row-major matrices and Tiles (src/engines/simd/weight.ts). Features are split over threads.

/**
 * Tiles from a row-major matrix; the columns that pad the last tile become 0.
 * Words: source, features, columns, rowStride (floats), tiles, width.
 */
export function packTiles(args: usize, thread: i32, threads: i32): void {
  const features = load<i32>(args, 4);
  const columns = load<i32>(args, 8);
  const rowBytes = <usize>load<i32>(args, 12) << 2;
  const width = load<i32>(args, 20);
  const from = <i32>((<i64>features * thread) / threads);
  const to = <i32>((<i64>features * (thread + 1)) / threads);
  const tileRowBytes = <usize>width << 2;
  let source = <usize>load<u32>(args) + <usize>from * rowBytes;
  let target = <usize>load<u32>(args, 16) + <usize>from * tileRowBytes;
  for (let f = from; f < to; f++) {
    let at = source;
    let tile = target;
    for (let left = columns; left > 0; left -= width) {
      const count = min(left, width);
      copyFloats(tile, at, count);
      for (let n = count; n < width; n++) store<f32>(tile + (<usize>n << 2), 0);
      at += tileRowBytes;
      tile += <usize>features * tileRowBytes;
    }
    source += rowBytes;
    target += tileRowBytes;
  }
}

/** A row-major matrix from tiles. Words: tiles, features, columns, width, target, rowStride (floats). */
export function unpackTiles(args: usize, thread: i32, threads: i32): void {
  const features = load<i32>(args, 4);
  const columns = load<i32>(args, 8);
  const width = load<i32>(args, 12);
  const rowBytes = <usize>load<i32>(args, 20) << 2;
  const from = <i32>((<i64>features * thread) / threads);
  const to = <i32>((<i64>features * (thread + 1)) / threads);
  const tileRowBytes = <usize>width << 2;
  let source = <usize>load<u32>(args) + <usize>from * tileRowBytes;
  let target = <usize>load<u32>(args, 16) + <usize>from * rowBytes;
  for (let f = from; f < to; f++) {
    let tile = source;
    let at = target;
    for (let left = columns; left > 0; left -= width) {
      copyFloats(at, tile, min(left, width));
      at += tileRowBytes;
      tile += <usize>features * tileRowBytes;
    }
    source += tileRowBytes;
    target += rowBytes;
  }
}

// @ts-ignore: decorator
@inline function copyFloats(target: usize, source: usize, count: i32): void {
  const end = source + (<usize>count << 2);
  while (source + 16 <= end) {
    v128.store(target, v128.load(source));
    source += 16;
    target += 16;
  }
  while (source < end) {
    store<f32>(target, load<f32>(source));
    source += 4;
    target += 4;
  }
}

/** What a product's result starts from: what it holds, or zero; any other number is the address of a bias. */
export const HELD: usize = 0;
export const ZERO: usize = 1;

/** Gives `rows` rows of a tile from f on, y the first of them, their start: columns below `columns`, and 0 after them. */
export function startRows(y: usize, start: usize, f: i32, rows: i32, columns: i32, width: i32): void {
  if (start == HELD) return;
  startBlock(start, f, rows, width, y, <usize>width << 2);
  clearPadding(y, rows, columns, width);
}

/** c[rows, 0..columns) = start of the rows from f on, for rows that are `step` bytes apart. */
export function startBlock(start: usize, f: i32, rows: i32, columns: i32, c: usize, step: usize): void {
  if (start == HELD) return;
  for (let r = 0; r < rows; r++) {
    const value: f32 = start == ZERO ? 0 : load<f32>(start + (<usize>(f + r) << 2));
    const values = f32x4.splat(value);
    let n = 0;
    for (; n + 4 <= columns; n += 4) v128.store(c + (<usize>n << 2), values);
    for (; n < columns; n++) store<f32>(c + (<usize>n << 2), value);
    c += step;
  }
}

/** Zeroes the columns of `rows` rows of a tile from `columns` on. */
export function clearPadding(y: usize, rows: i32, columns: i32, width: i32): void {
  if (columns >= width) return;
  const end = y + (<usize>(rows * width) << 2);
  for (; y < end; y += <usize>width << 2) {
    for (let k = columns; k < width; k++) store<f32>(y + (<usize>k << 2), 0);
  }
}
