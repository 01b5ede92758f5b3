// Optimizer steps over flat arrays, in place. Weights and slots pass through flushV: what decays would become denormal.
import { firstElement, read, write } from './elementwise';
import { flushV } from './math';

/** Floats per partial sum; src/engines/simd/raw/optimizer.ts sizes the array of partial sums by it. */
const SUM_BLOCK: i32 = 65536;

/** partials[i] (float64) = sum of squares of block i of 65536 floats. Words: x, n, partials. */
export function sumSquares(args: usize, thread: i32, threads: i32): void {
  const x = <usize>load<u32>(args);
  const n = load<i32>(args, 4);
  const partials = <usize>load<u32>(args, 8);
  const blocks = (n + SUM_BLOCK - 1) / SUM_BLOCK;
  const first = <i32>((<i64>blocks * thread) / threads);
  const last = <i32>((<i64>blocks * (thread + 1)) / threads);
  for (let block = first; block < last; block++) {
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let i = block * SUM_BLOCK;
    const end = min(n, i + SUM_BLOCK);
    for (; i + 8 <= end; i += 8) {
      const at = x + (<usize>i << 2);
      const a = f64x2.promote_low_f32x4(v128.load64_zero(at));
      const b = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
      const c = f64x2.promote_low_f32x4(v128.load64_zero(at, 16));
      const d = f64x2.promote_low_f32x4(v128.load64_zero(at, 24));
      s0 = f64x2.add(s0, f64x2.mul(a, a));
      s1 = f64x2.add(s1, f64x2.mul(b, b));
      s2 = f64x2.add(s2, f64x2.mul(c, c));
      s3 = f64x2.add(s3, f64x2.mul(d, d));
    }
    const all = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
    let sum = f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
    for (; i < end; i++) {
      const value = <f64>load<f32>(x + (<usize>i << 2));
      sum += value * value;
    }
    store<f64>(partials + (<usize>block << 3), sum);
  }
}

/** w - rate * (scale * g + decay * w). */
// @ts-ignore: decorator
@inline function stepped(old: v128, gradient: v128, rate: v128, scale: v128, decay: v128): v128 {
  const step = f32x4.add(f32x4.mul(scale, gradient), f32x4.mul(decay, old));
  return flushV(f32x4.sub(old, f32x4.mul(rate, step)));
}

/** w -= rate * (scale * g + decay * w). Words: w, g, n, rate, scale, decay (f32). */
export function sgdStep(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const g = <usize>load<u32>(args, 4);
  const n = load<i32>(args, 8);
  const rate = v128.load32_splat(args, 12);
  const scale = v128.load32_splat(args, 16);
  const decay = v128.load32_splat(args, 20);
  const last = firstElement(n, thread + 1, threads);
  for (let i = firstElement(n, thread, threads); i < last; ) {
    const four = i + 4 <= last;
    const at = <usize>i << 2;
    write(w + at, stepped(read(w + at, four), read(g + at, four), rate, scale, decay), four);
    i += four ? 4 : 1;
  }
}

/**
 * m = momentum * m + scale * g + decay * w, then w -= rate * m.
 * Words: w, g, m, n, rate, scale, decay, momentum (f32).
 */
export function momentumStep(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const g = <usize>load<u32>(args, 4);
  const m = <usize>load<u32>(args, 8);
  const n = load<i32>(args, 12);
  const rate = v128.load32_splat(args, 16);
  const scale = v128.load32_splat(args, 20);
  const decay = v128.load32_splat(args, 24);
  const momentum = v128.load32_splat(args, 28);
  const last = firstElement(n, thread + 1, threads);
  for (let i = firstElement(n, thread, threads); i < last; ) {
    const four = i + 4 <= last;
    const at = <usize>i << 2;
    const old = read(w + at, four);
    const gradient = f32x4.add(f32x4.mul(scale, read(g + at, four)), f32x4.mul(decay, old));
    const slot = flushV(f32x4.add(f32x4.mul(momentum, read(m + at, four)), gradient));
    write(m + at, slot, four);
    write(w + at, flushV(f32x4.sub(old, f32x4.mul(rate, slot))), four);
    i += four ? 4 : 1;
  }
}

/**
 * With g' = scale * g + decay * w: m = beta1 m + (1 - beta1) g', v = beta2 v + (1 - beta2) g'^2, then
 * w -= step * m / (root * sqrt(v) + epsilon). The caller works out 1 - beta, step = rate / (1 - beta1^t) and
 * root = 1 / sqrt(1 - beta2^t) in float64. Words: w, g, m, v, n, scale, decay, beta1, 1 - beta1, beta2, 1 - beta2, step,
 * root, epsilon (f32).
 */
export function adamStep(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const g = <usize>load<u32>(args, 4);
  const m = <usize>load<u32>(args, 8);
  const v = <usize>load<u32>(args, 12);
  const n = load<i32>(args, 16);
  const last = firstElement(n, thread + 1, threads);
  for (let i = firstElement(n, thread, threads); i < last; ) {
    const four = i + 4 <= last;
    const at = <usize>i << 2;
    const old = read(w + at, four);
    const gradient = f32x4.add(
      f32x4.mul(v128.load32_splat(args, 20), read(g + at, four)),
      f32x4.mul(v128.load32_splat(args, 24), old),
    );
    const first = flushV(
      f32x4.add(
        f32x4.mul(v128.load32_splat(args, 28), read(m + at, four)),
        f32x4.mul(v128.load32_splat(args, 32), gradient),
      ),
    );
    const second = flushV(
      f32x4.add(
        f32x4.mul(v128.load32_splat(args, 36), read(v + at, four)),
        f32x4.mul(v128.load32_splat(args, 40), f32x4.mul(gradient, gradient)),
      ),
    );
    write(m + at, first, four);
    write(v + at, second, four);
    const size = f32x4.add(f32x4.mul(v128.load32_splat(args, 48), f32x4.sqrt(second)), v128.load32_splat(args, 52));
    const step = f32x4.div(f32x4.mul(v128.load32_splat(args, 44), first), size);
    write(w + at, flushV(f32x4.sub(old, step)), four);
    i += four ? 4 : 1;
  }
}

/**
 * w -= rate * (scale * g + decay * w), then average = w where `divisor` is 0, else average += (w - average) / divisor.
 * Words: w, g, average, n, rate, scale, decay, divisor (f32).
 */
export function asgdStep(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const g = <usize>load<u32>(args, 4);
  const average = <usize>load<u32>(args, 8);
  const n = load<i32>(args, 12);
  const rate = v128.load32_splat(args, 16);
  const scale = v128.load32_splat(args, 20);
  const decay = v128.load32_splat(args, 24);
  const divisor = v128.load32_splat(args, 28);
  const copy = load<f32>(args, 28) == 0;
  const last = firstElement(n, thread + 1, threads);
  for (let i = firstElement(n, thread, threads); i < last; ) {
    const four = i + 4 <= last;
    const at = <usize>i << 2;
    const now = stepped(read(w + at, four), read(g + at, four), rate, scale, decay);
    write(w + at, now, four);
    if (copy) write(average + at, now, four);
    else {
      const before = read(average + at, four);
      write(average + at, flushV(f32x4.add(before, f32x4.div(f32x4.sub(now, before), divisor))), four);
    }
    i += four ? 4 : 1;
  }
}

/**
 * w -= rate * (scale * g + decay * w), age += 1, then average = w where age <= 2, else
 * average += (w - average) / (age - 1). Words: w, g, average, age, n, rate, scale, decay (f32).
 */
export function sparseAsgdStep(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const g = <usize>load<u32>(args, 4);
  const average = <usize>load<u32>(args, 8);
  const age = <usize>load<u32>(args, 12);
  const n = load<i32>(args, 16);
  const rate = v128.load32_splat(args, 20);
  const scale = v128.load32_splat(args, 24);
  const decay = v128.load32_splat(args, 28);
  const one = f32x4.splat(1);
  const two = f32x4.splat(2);
  const last = firstElement(n, thread + 1, threads);
  for (let i = firstElement(n, thread, threads); i < last; ) {
    const four = i + 4 <= last;
    const at = <usize>i << 2;
    const now = stepped(read(w + at, four), read(g + at, four), rate, scale, decay);
    const divisor = read(age + at, four);
    const count = f32x4.add(divisor, one);
    const before = read(average + at, four);
    // Where the count is 1 the quotient is infinite or NaN, and the weight is chosen.
    const mean = flushV(f32x4.add(before, f32x4.div(f32x4.sub(now, before), divisor)));
    write(w + at, now, four);
    write(age + at, count, four);
    write(average + at, v128.bitselect(now, mean, f32x4.le(count, two)), four);
    i += four ? 4 : 1;
  }
}
