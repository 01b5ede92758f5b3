// Elementwise kernels over flat arrays and sums of rows.
import { storeSigmoid, storeTanh } from './recurrent/lstmActivate';
import { expV } from './math';

/** First element of a thread: a multiple of 32, so that threads write to different cache lines. */
// @ts-ignore: decorator
@inline export function firstElement(n: i32, thread: i32, threads: i32): i32 {
  return min(n, <i32>((<i64>((n + 31) >> 5) * thread) / threads) << 5);
}

/** Four elements, or one where fewer than four are left: the lanes are computed alike, so the path cannot be seen. */
// @ts-ignore: decorator
@inline export function read(address: usize, four: bool): v128 {
  return four ? v128.load(address) : v128.load32_zero(address);
}

// @ts-ignore: decorator
@inline export function write(address: usize, x: v128, four: bool): void {
  if (four) v128.store(address, x);
  else v128.store32_lane(address, x, 0);
}

/** y[0..n) = value. Words: y, n, value (f32). */
export function fill(args: usize, thread: i32, threads: i32): void {
  const y = <usize>load<u32>(args);
  const n = load<i32>(args, 4);
  const value = load<f32>(args, 8);
  const values = f32x4.splat(value);
  const last = firstElement(n, thread + 1, threads);
  let i = firstElement(n, thread, threads);
  for (; i + 4 <= last; i += 4) v128.store(y + (<usize>i << 2), values);
  for (; i < last; i++) store<f32>(y + (<usize>i << 2), value);
}

/**
 * sums[f] = sum over n of x[f, n], columns ascending within each of four interleaved sums per tile, tiles ascending. The
 * padding of x must be zero. Words: x, sums, rows, columns, width.
 */
export function rowSums(args: usize, thread: i32, threads: i32): void {
  const x = <usize>load<u32>(args);
  const sums = <usize>load<u32>(args, 4);
  const rows = load<i32>(args, 8);
  const columns = load<i32>(args, 12);
  const width = load<i32>(args, 16);
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  for (let column = 0; column < columns; column += width) {
    let at = x + (<usize>(((column / width) * rows + first) * width) << 2);
    for (let f = first; f < last; f++) {
      let sum = v128.load(at);
      for (let n = 4; n < width; n += 4) sum = f32x4.add(sum, v128.load(at + (<usize>n << 2)));
      const low = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
      const high = f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
      const to = sums + (<usize>f << 2);
      store<f32>(to, column == 0 ? low + high : load<f32>(to) + (low + high));
      at += <usize>width << 2;
    }
  }
}

/** y = f(x) with f = 0: exp, 1: sigmoid, 2: tanh, as the fused kernels compute them. Words: x, y, n, f. */
export function activate(args: usize, thread: i32, threads: i32): void {
  const x = <usize>load<u32>(args);
  const y = <usize>load<u32>(args, 4);
  const n = load<i32>(args, 8);
  const f = load<i32>(args, 12);
  const last = firstElement(n, thread + 1, threads);
  for (let i = firstElement(n, thread, threads); i < last; ) {
    const at = <usize>i << 2;
    const four = i + 4 <= last;
    const value = read(x + at, four);
    if (f == 0) write(y + at, expV(value), four);
    else if (f == 1) storeSigmoid(y + at, value, value, four ? 4 : 1);
    else storeTanh(y + at, value, value, four ? 4 : 1);
    i += four ? 4 : 1;
  }
}
