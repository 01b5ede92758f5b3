// The random walk of deep rewiring, in place.
import { firstElement, read, write } from './elementwise';
import { flushV } from './math';
import { philoxWords } from './philox';

/**
 * The draws of n weights: with word `i & 3` of philox([i >> 2, 0, 0, 0], key), the odd number 2 * (word >> 8) + 1 - 2^24 of
 * weight i: exact, and never 0. The caller scales it to unit variance. Words: draws, n, key0, key1, scratch (128 bytes per
 * thread).
 */
export function walkDraws(args: usize, thread: i32, threads: i32): void {
  const draws = <usize>load<u32>(args);
  const n = load<i32>(args, 4);
  const k0 = load<u32>(args, 8);
  const k1 = load<u32>(args, 12);
  const words = <usize>load<u32>(args, 16) + (<usize>thread << 7);
  const centre = i32x4.splat(1 - (1 << 24));
  const last = firstElement(n, thread + 1, threads);
  for (let start = firstElement(n, thread, threads); start < last; start += 32) {
    philoxWords(<u32>start >> 2, 0, k0, k1, words);
    const end = min(last, start + 32);
    for (let i = start; i < end; ) {
      const four = i + 4 <= end;
      const word = i32x4.shr_u(read(words + (<usize>(i - start) << 2), four), 8);
      write(draws + (<usize>i << 2), f32x4.convert_i32x4_s(i32x4.add(i32x4.shl(word, 1), centre)), four);
      i += four ? 4 : 1;
    }
  }
}

/**
 * w += noise * draws - shrink * sign, then w = 0 where sign * w <= 0. Words: w, sign, draws, n, shrink (f32), noise (f32).
 */
export function rewireStep(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const sign = <usize>load<u32>(args, 4);
  const draws = <usize>load<u32>(args, 8);
  const n = load<i32>(args, 12);
  const shrink = v128.load32_splat(args, 16);
  const noise = v128.load32_splat(args, 20);
  const last = firstElement(n, thread + 1, threads);
  for (let i = firstElement(n, thread, threads); i < last; ) {
    const four = i + 4 <= last;
    const at = <usize>i << 2;
    const signs = read(sign + at, four);
    const walk = f32x4.sub(f32x4.mul(noise, read(draws + at, four)), f32x4.mul(shrink, signs));
    const moved = flushV(f32x4.add(read(w + at, four), walk));
    write(w + at, v128.andnot(moved, f32x4.le(f32x4.mul(signs, moved), f32x4.splat(0))), four);
    i += four ? 4 : 1;
  }
}
