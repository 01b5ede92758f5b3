// Dropout with counter-based bits: no mask is stored, and the backward pass is the same kernel over the gradient.
// Matrices [features, N] are in tiles of `width` columns; a row-major matrix is one tile of width N.
import { philoxBlock, philoxWords } from './philox';
import { clearPadding } from './tiles';

/** Byte offset of (feature, column). */
// @ts-ignore: decorator
@inline function offset(features: i32, width: i32, feature: i32, column: i32): usize {
  return <usize>(((column / width) * features + feature) * width + (column % width)) << 2;
}

/** Whether element e of the mask is kept. */
function isKept(e: u32, stream: u32, k0: u32, k1: u32, threshold: u32): bool {
  const words = philoxBlock(e >> 2, stream, k0, k1);
  const lane = e & 3;
  const even = lane & 2 ? i32x4.extract_lane(words, 2) : i32x4.extract_lane(words, 0);
  const odd = lane & 2 ? i32x4.extract_lane(words, 3) : i32x4.extract_lane(words, 1);
  return <u32>(lane & 1 ? odd : even) >= threshold;
}

/** Zero to all columns past the last of the last tile, in the features from `first` to `last`. */
function clearLastTile(y: usize, features: i32, columns: i32, width: i32, first: i32, last: i32): void {
  const left = columns % width;
  if (left != 0) clearPadding(y + offset(features, width, first, columns - left), last - first, left, width);
}

/**
 * y = x * scale where the element is kept, else 0; the mask is [features, N], element e = feature * N + n. y may be x.
 * Threads split the features. Words: x, y, features, columns, width, threshold, scale (f32), key0, key1, stream,
 * scratch (128 bytes per thread).
 */
export function dropoutElementwise(args: usize, thread: i32, threads: i32): void {
  const x = <usize>load<u32>(args);
  const y = <usize>load<u32>(args, 4);
  const features = load<i32>(args, 8);
  const columns = load<i32>(args, 12);
  const width = load<i32>(args, 16);
  const threshold = load<u32>(args, 20);
  const scale = load<f32>(args, 24);
  const k0 = load<u32>(args, 28);
  const k1 = load<u32>(args, 32);
  const stream = load<u32>(args, 36);
  const words = <usize>load<u32>(args, 40) + (<usize>thread << 7);
  const scales = f32x4.splat(scale);
  const limit = i32x4.splat(<i32>threshold);
  const first = <i32>((<i64>features * thread) / threads);
  const last = <i32>((<i64>features * (thread + 1)) / threads);
  for (let start = 0; start < columns; start += width) {
    const end = min(columns, start + width);
    for (let f = first; f < last; f++) {
      const at = offset(features, width, f, start) - (<usize>start << 2);
      const base = <u32>f * <u32>columns;
      let n = start;
      while (n < end) {
        const e = base + <u32>n;
        const from = x + at + (<usize>n << 2);
        const to = y + at + (<usize>n << 2);
        if ((e & 3) != 0 || n + 4 > end) {
          store<f32>(to, isKept(e, stream, k0, k1, threshold) ? load<f32>(from) * scale : 0);
          n++;
        } else {
          philoxWords(e >> 2, stream, k0, k1, words);
          const count = min(32, (end - n) & ~3);
          for (let v: usize = 0; v < <usize>count << 2; v += 16) {
            const kept = i32x4.ge_u(v128.load(words + v), limit);
            v128.store(to + v, v128.and(f32x4.mul(v128.load(from + v), scales), kept));
          }
          n += count;
        }
      }
    }
  }
  clearLastTile(y, features, columns, width, first, last);
}

/**
 * The same with one mask [features, batch] for all time steps: element e = feature * batch + n % batch.
 * Words: x, y, features, columns, width, threshold, scale (f32), key0, key1, stream, batch.
 */
export function dropoutLocked(args: usize, thread: i32, threads: i32): void {
  const x = <usize>load<u32>(args);
  const y = <usize>load<u32>(args, 4);
  const features = load<i32>(args, 8);
  const columns = load<i32>(args, 12);
  const width = load<i32>(args, 16);
  const threshold = load<u32>(args, 20);
  const scale = load<f32>(args, 24);
  const k0 = load<u32>(args, 28);
  const k1 = load<u32>(args, 32);
  const stream = load<u32>(args, 36);
  const batch = load<i32>(args, 40);
  const scales = f32x4.splat(scale);
  const limit = i32x4.splat(<i32>threshold);
  // Whole blocks of four elements stay within a feature, and within a tile.
  const inFours = (batch & 3) == 0 && (width & 3) == 0;
  const first = <i32>((<i64>features * thread) / threads);
  const last = <i32>((<i64>features * (thread + 1)) / threads);
  for (let f = first; f < last; f++) {
    const base = <u32>f * <u32>batch;
    for (let b = 0; b < batch; b += inFours ? 4 : 1) {
      const e = base + <u32>b;
      if (inFours) {
        const kept = i32x4.ge_u(philoxBlock(e >> 2, stream, k0, k1), limit);
        for (let n = b; n < columns; n += batch) {
          const at = offset(features, width, f, n);
          v128.store(y + at, v128.and(f32x4.mul(v128.load(x + at), scales), kept));
        }
      } else {
        const kept = isKept(e, stream, k0, k1, threshold);
        for (let n = b; n < columns; n += batch) {
          const at = offset(features, width, f, n);
          store<f32>(y + at, kept ? load<f32>(x + at) * scale : 0);
        }
      }
    }
  }
  clearLastTile(y, features, columns, width, first, last);
}

/**
 * mask[n] = all ones if word ids[n] is kept, else 0, for n < columns; 0 up to the next multiple of 32.
 * Words: ids, mask, columns, threshold, key0, key1, stream.
 */
export function dropoutWords(args: usize, thread: i32, threads: i32): void {
  const ids = <usize>load<u32>(args);
  const mask = <usize>load<u32>(args, 4);
  const columns = load<i32>(args, 8);
  const threshold = load<u32>(args, 12);
  const k0 = load<u32>(args, 16);
  const k1 = load<u32>(args, 20);
  const stream = load<u32>(args, 24);
  const padded = (columns + 31) & ~31;
  const first = <i32>((<i64>padded * thread) / threads);
  const last = <i32>((<i64>padded * (thread + 1)) / threads);
  for (let n = first; n < last; n++) {
    const at = <usize>n << 2;
    const kept = n < columns && isKept(load<u32>(ids + at), stream, k0, k1, threshold);
    store<i32>(mask + at, kept ? -1 : 0);
  }
}

/** y[f, n] = x[f, n] * scale where mask[n], else 0. y may be x. Words: x, y, features, columns, width, mask, scale (f32). */
export function maskColumns(args: usize, thread: i32, threads: i32): void {
  const x = <usize>load<u32>(args);
  const y = <usize>load<u32>(args, 4);
  const features = load<i32>(args, 8);
  const columns = load<i32>(args, 12);
  const width = load<i32>(args, 16);
  const mask = <usize>load<u32>(args, 20);
  const scale = load<f32>(args, 24);
  const scales = f32x4.splat(scale);
  const first = <i32>((<i64>features * thread) / threads);
  const last = <i32>((<i64>features * (thread + 1)) / threads);
  for (let start = 0; start < columns; start += width) {
    for (let f = first; f < last; f++) {
      const at = offset(features, width, f, start) - (<usize>start << 2);
      const end = min(columns, start + width);
      let n = start;
      for (; n + 4 <= end; n += 4) {
        const column = <usize>n << 2;
        const kept = v128.load(mask + column);
        v128.store(y + at + column, v128.and(f32x4.mul(v128.load(x + at + column), scales), kept));
      }
      for (; n < end; n++) {
        const column = <usize>n << 2;
        store<f32>(y + at + column, load<i32>(mask + column) != 0 ? load<f32>(x + at + column) * scale : 0);
      }
    }
  }
  clearLastTile(y, features, columns, width, first, last);
}
