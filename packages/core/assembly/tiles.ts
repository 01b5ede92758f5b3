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

/**
 * z[f, n] = bias[f] in all columns, 0 in the padding of the last tile.
 * Words: z, bias, rows, columns, width.
 */
export function fillBias(args: usize, thread: i32, threads: i32): void {
  const z = <usize>load<u32>(args);
  const bias = <usize>load<u32>(args, 4);
  const rows = load<i32>(args, 8);
  const columns = load<i32>(args, 12);
  const width = load<i32>(args, 16);
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  for (let column = 0; column < columns; column += width) {
    const used = min(width, columns - column);
    let row = z + 4 * (<usize>column * rows + <usize>first * width);
    for (let f = first; f < last; f++) {
      const value = load<f32>(bias + (<usize>f << 2));
      const splat = f32x4.splat(value);
      for (let k = 0; k < width; k += 4) v128.store(row + (<usize>k << 2), splat);
      for (let k = used; k < width; k++) store<f32>(row + (<usize>k << 2), 0);
      row += <usize>width << 2;
    }
  }
}
