import { flush, tiny } from './lstmActivate';
import { emit, tanhSlope } from './lstmBackward';
import { BLOCK, offset, read, readHigh, write } from './lstmColumns';

/** The gradient of N columns of one unit. */
// @ts-ignore: decorator
@inline function backward(
  z: usize, gateStride: usize, dzStep: usize, dzStride: usize, ds: usize, product: usize, mask: usize, dy: usize, before: usize,
  sums: usize, sumStride: usize, deepest: bool, N: i32,
): void {
  const zero = i32x4.splat(0);
  const threshold = tiny();
  const productLow = read(product, N);
  const productHigh = readHigh(product, N);
  const mLow = read(mask, N);
  const mHigh = readHigh(mask, N);
  const carriedLow = read(ds, N);
  const carriedHigh = readHigh(ds, N);
  let dsLow = f32x4.relaxed_madd(mLow, productLow, carriedLow);
  let dsHigh = f32x4.relaxed_madd(mHigh, productHigh, carriedHigh);
  if (deepest) {
    const dyLow = read(dy, N);
    const dyHigh = readHigh(dy, N);
    dsLow = f32x4.add(dsLow, dyLow);
    dsHigh = f32x4.add(dsHigh, dyHigh);
  }
  const hLow = read(z, N);
  const hHigh = readHigh(z, N);
  const tLow = read(z + gateStride, N);
  const tHigh = readHigh(z + gateStride, N);
  const sLow = read(before, N);
  const sHigh = readHigh(before, N);
  write(product, zero, zero, N);
  write(before, flush(f32x4.mul(mLow, sLow), threshold), flush(f32x4.mul(mHigh, sHigh), threshold), N);
  // ds t: dh, and with (h - s) (1 - t) the gradient of the transform gate's argument.
  const dhLow = f32x4.mul(dsLow, tLow);
  const dhHigh = f32x4.mul(dsHigh, tHigh);
  const one = f32x4.splat(1);
  const restLow = f32x4.sub(one, tLow);
  const restHigh = f32x4.sub(one, tHigh);
  write(ds, flush(f32x4.mul(dsLow, restLow), threshold), flush(f32x4.mul(dsHigh, restHigh), threshold), N);
  emit(
    z, dzStep, sums,
    flush(f32x4.mul(dhLow, tanhSlope(hLow)), threshold), flush(f32x4.mul(dhHigh, tanhSlope(hHigh)), threshold), N,
  );
  emit(
    z + gateStride, dzStep + dzStride, sums + sumStride,
    flush(f32x4.mul(f32x4.mul(dhLow, restLow), f32x4.sub(hLow, sLow)), threshold),
    flush(f32x4.mul(f32x4.mul(dhHigh, restHigh), f32x4.sub(hHigh, sHigh)), threshold), N,
  );
}

/** `units` units, `run` columns of each. */
// @ts-ignore: decorator
@inline function backwardUnits(
  z: usize, gateStride: usize, dzStep: usize, dzStride: usize, ds: usize, product: usize, mask: usize, dy: usize, before: usize,
  sums: usize, sumStride: usize, units: i32, run: i32, width: i32, stepWidth: i32, deepest: bool,
): void {
  const eights = <usize>(run & ~7) << 2;
  const fours = <usize>(run & ~3) << 2;
  const end = <usize>run << 2;
  for (let unit = 0; unit < units; unit++) {
    let k: usize = 0;
    for (; k < eights; k += 32) {
      backward(
        z + k, gateStride, dzStep + k, dzStride, ds + k, product + k, mask + k, dy + k, before + k, sums, sumStride, deepest, 8,
      );
    }
    if (k < fours) {
      backward(
        z + k, gateStride, dzStep + k, dzStride, ds + k, product + k, mask + k, dy + k, before + k, sums, sumStride, deepest, 4,
      );
      k += 16;
    }
    for (; k < end; k += 4) {
      backward(
        z + k, gateStride, dzStep + k, dzStride, ds + k, product + k, mask + k, dy + k, before + k, sums, sumStride, deepest, 1,
      );
    }
    const row = <usize>width << 2;
    const stepRow = <usize>stepWidth << 2;
    z += row;
    dy += row;
    before += row;
    dzStep += stepRow;
    ds += stepRow;
    product += stepRow;
    mask += stepRow;
    sums += 32;
  }
}

// A function for each, not one with a flag: a branch would part the pairs that become 256-bit operations.
function deepestUnits(
  z: usize, gateStride: usize, dzStep: usize, dzStride: usize, ds: usize, product: usize, mask: usize, dy: usize, before: usize,
  sums: usize, sumStride: usize, units: i32, run: i32, width: i32, stepWidth: i32,
): void {
  backwardUnits(
    z, gateStride, dzStep, dzStride, ds, product, mask, dy, before, sums, sumStride, units, run, width, stepWidth, true,
  );
}

function innerUnits(
  z: usize, gateStride: usize, dzStep: usize, dzStride: usize, ds: usize, product: usize, mask: usize, before: usize,
  sums: usize, sumStride: usize, units: i32, run: i32, width: i32, stepWidth: i32,
): void {
  backwardUnits(
    z, gateStride, dzStep, dzStride, ds, product, mask, 0, before, sums, sumStride, units, run, width, stepWidth, false,
  );
}

/**
 * One depth of one backward step. In: z = activated gates (sequence [2H]); the gradient of s_l, which is ds + m * product
 * (steps [H]; product = R_{l+1}^T dz_{l+1}) plus dy (sequence [H]) unless its address is 0; before = s_{l-1} (sequence
 * [H]). Out: z becomes dz in place; dzStep the same (step [2H]); ds the part that the carry gate lets through to s_{l-1};
 * product becomes zero for the next product; before becomes m s_{l-1}, the input of R_l, in place; dz is added to sums
 * [2H, 8], eight partial sums per row of the bias gradient.
 * Words: z, dzStep, ds, product, mask, dy, before, sums, hidden, batch, column (t * batch), width, stepWidth.
 */
export function rhnBackwardStep(args: usize, thread: i32, threads: i32): void {
  const z = <usize>load<u32>(args);
  const dzStep = <usize>load<u32>(args, 4);
  const ds = <usize>load<u32>(args, 8);
  const product = <usize>load<u32>(args, 12);
  const mask = <usize>load<u32>(args, 16);
  const dy = <usize>load<u32>(args, 20);
  const before = <usize>load<u32>(args, 24);
  const sums = <usize>load<u32>(args, 28);
  const hidden = load<i32>(args, 32);
  const batch = load<i32>(args, 36);
  const column = load<i32>(args, 40);
  const width = load<i32>(args, 44);
  const stepWidth = load<i32>(args, 48);
  const first = <i32>((<i64>hidden * thread) / threads);
  const last = <i32>((<i64>hidden * (thread + 1)) / threads);
  const gateStride = <usize>(hidden * width) << 2;
  const dzStride = <usize>(hidden * stepWidth) << 2;
  const sumStride = <usize>hidden << 5;
  for (let from = first; from < last; from += BLOCK) {
    const units = min(BLOCK, last - from);
    const sum = sums + (<usize>from << 5);
    let b = 0;
    while (b < batch) {
      const n = column + b;
      const run = min(batch - b, min(width - (n % width), stepWidth - (b % stepWidth)));
      const atZ = z + offset(2 * hidden, width, from, n);
      const atDz = dzStep + offset(2 * hidden, stepWidth, from, b);
      const atSequence = offset(hidden, width, from, n);
      const step = offset(hidden, stepWidth, from, b);
      const s = ds + step, p = product + step, m = mask + step, sBefore = before + atSequence;
      if (dy != 0) {
        const atDy = dy + atSequence;
        deepestUnits(atZ, gateStride, atDz, dzStride, s, p, m, atDy, sBefore, sum, sumStride, units, run, width, stepWidth);
      } else innerUnits(atZ, gateStride, atDz, dzStride, s, p, m, sBefore, sum, sumStride, units, run, width, stepWidth);
      b += run;
    }
  }
}
