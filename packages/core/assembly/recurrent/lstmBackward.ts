import { flush, tiny } from './lstmActivate';
import { BLOCK, offset, read, readHigh, write } from './lstmColumns';

/** A row of zeros, as long as a tile's: dy where there is none. */
export const ZEROS = memory.data(128, 16);

/** dz of one gate of N columns: to the sequence, to the step, and to the sums. */
// @ts-ignore: decorator
@inline export function emit(z: usize, dzStep: usize, sums: usize, low: v128, high: v128, N: i32): void {
  write(z, low, high, N);
  write(dzStep, low, high, N);
  const sumLow = v128.load(sums);
  const sumHigh = readHigh(sums, N);
  if (N == 8) write(sums, f32x4.add(sumLow, low), f32x4.add(sumHigh, high), 8);
  else v128.store(sums, f32x4.add(sumLow, low));
}

/** The same, to the step only if `alone`. */
// @ts-ignore: decorator
@inline function emitGate(z: usize, dzStep: usize, sums: usize, low: v128, high: v128, alone: bool, N: i32): void {
  if (alone) write(dzStep, low, high, N);
  else emit(z, dzStep, sums, low, high, N);
}

/** a (1 - a), the derivative of the sigmoid whose value is a. */
// @ts-ignore: decorator
@inline export function slope(a: v128): v128 {
  return f32x4.mul(a, f32x4.sub(f32x4.splat(1), a));
}

/** 1 - a^2, the derivative of the tanh whose value is a. */
// @ts-ignore: decorator
@inline export function tanhSlope(a: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(a, a));
}

/** The gradient of N columns of one unit; dz goes to the step only if `alone`. */
// @ts-ignore: decorator
@inline export function backward(
  z: usize,
  gateStride: usize,
  dzStep: usize,
  dzStride: usize,
  dh: usize,
  dc: usize,
  dy: usize,
  cBefore: usize,
  tanhC: usize,
  sums: usize,
  sumStride: usize,
  alone: bool,
  N: i32,
): void {
  const zero = i32x4.splat(0);
  const threshold = tiny();
  const dhLow0 = read(dh, N);
  const dhHigh0 = readHigh(dh, N);
  const dyLow = read(dy, N);
  const dyHigh = readHigh(dy, N);
  const dhLow = f32x4.add(dhLow0, dyLow);
  const dhHigh = f32x4.add(dhHigh0, dyHigh);
  write(dh, zero, zero, N);
  const tLow = read(tanhC, N);
  const tHigh = readHigh(tanhC, N);
  const oLow = read(z + 3 * gateStride, N);
  const oHigh = readHigh(z + 3 * gateStride, N);
  const dcLow0 = read(dc, N);
  const dcHigh0 = readHigh(dc, N);
  emitGate(
    z + 3 * gateStride, dzStep + 3 * dzStride, sums + 3 * sumStride,
    flush(f32x4.mul(f32x4.mul(dhLow, tLow), slope(oLow)), threshold), flush(f32x4.mul(f32x4.mul(dhHigh, tHigh), slope(oHigh)), threshold), alone, N,
  );
  const dcLow = f32x4.add(dcLow0, f32x4.mul(f32x4.mul(dhLow, oLow), tanhSlope(tLow)));
  const dcHigh = f32x4.add(dcHigh0, f32x4.mul(f32x4.mul(dhHigh, oHigh), tanhSlope(tHigh)));
  const iLow = read(z, N);
  const iHigh = readHigh(z, N);
  const gLow = read(z + 2 * gateStride, N);
  const gHigh = readHigh(z + 2 * gateStride, N);
  emitGate(
    z, dzStep, sums,
    flush(f32x4.mul(f32x4.mul(dcLow, gLow), slope(iLow)), threshold), flush(f32x4.mul(f32x4.mul(dcHigh, gHigh), slope(iHigh)), threshold), alone, N,
  );
  emitGate(
    z + 2 * gateStride, dzStep + 2 * dzStride, sums + 2 * sumStride,
    flush(f32x4.mul(f32x4.mul(dcLow, iLow), tanhSlope(gLow)), threshold), flush(f32x4.mul(f32x4.mul(dcHigh, iHigh), tanhSlope(gHigh)), threshold), alone, N,
  );
  const fLow = read(z + gateStride, N);
  const fHigh = readHigh(z + gateStride, N);
  const cLow = read(cBefore, N);
  const cHigh = readHigh(cBefore, N);
  emitGate(
    z + gateStride, dzStep + dzStride, sums + sumStride,
    flush(f32x4.mul(f32x4.mul(dcLow, cLow), slope(fLow)), threshold), flush(f32x4.mul(f32x4.mul(dcHigh, cHigh), slope(fHigh)), threshold), alone, N,
  );
  write(dc, flush(f32x4.mul(dcLow, fLow), threshold), flush(f32x4.mul(dcHigh, fHigh), threshold), N);
}

/**
 * One backward step. In: z = activated gates (sequence [4H]), dh = Wh^T dz_{t+1} and dc (step [H]), dy (0: none), c_{t-1}
 * and tanh(c_t) (sequences [H]). Out: z becomes dz in place; dzStep the same (step [4H]); dc that of step t-1; dh becomes zero
 * for the next product; dz is added to sums [4H, 8], eight partial sums per row of the bias gradient.
 * Words: z, dzStep, dh, dc, dy, cBefore, tanhC, sums, hidden, batch, column (of the step's first), width, stepWidth.
 */
export function lstmBackwardStep(args: usize, thread: i32, threads: i32): void {
  const z = <usize>load<u32>(args);
  const dzStep = <usize>load<u32>(args, 4);
  const dh = <usize>load<u32>(args, 8);
  const dc = <usize>load<u32>(args, 12);
  const dy = <usize>load<u32>(args, 16);
  const cBefore = <usize>load<u32>(args, 20);
  const tanhC = <usize>load<u32>(args, 24);
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
    let b = 0;
    while (b < batch) {
      const n = column + b;
      const run = min(batch - b, min(width - (n % width), stepWidth - (b % stepWidth)));
      const eights = <usize>(run & ~7) << 2;
      const fours = <usize>(run & ~3) << 2;
      const end = <usize>run << 2;
      const atZ = z + offset(4 * hidden, width, from, n);
      const atDz = dzStep + offset(4 * hidden, stepWidth, from, b);
      const atSequence = offset(hidden, width, from, n);
      const atStep = offset(hidden, stepWidth, from, b);
      for (let unit = 0; unit < units; unit++) {
        const row = <usize>(unit * width) << 2;
        const stepRow = <usize>(unit * stepWidth) << 2;
        const gate = atZ + row;
        const out = atDz + stepRow;
        const s = atSequence + row;
        const state = atStep + stepRow;
        const dyRow = dy != 0 ? dy + s : ZEROS;
        const sum = sums + (<usize>(from + unit) << 5);
        let k: usize = 0;
        for (; k < eights; k += 32) {
          backward(
            gate + k, gateStride, out + k, dzStride, dh + state + k, dc + state + k,
            dyRow + k, cBefore + s + k, tanhC + s + k, sum, sumStride, false, 8,
          );
        }
        if (k < fours) {
          backward(
            gate + k, gateStride, out + k, dzStride, dh + state + k, dc + state + k,
            dyRow + k, cBefore + s + k, tanhC + s + k, sum, sumStride, false, 4,
          );
          k += 16;
        }
        for (; k < end; k += 4) {
          backward(
            gate + k, gateStride, out + k, dzStride, dh + state + k, dc + state + k,
            dyRow + k, cBefore + s + k, tanhC + s + k, sum, sumStride, false, 1,
          );
        }
      }
      b += run;
    }
  }
}

/** dbias[f] = the sum of sums[f, 0..8). Words: sums, dbias, rows. */
export function lstmBiasGradient(args: usize, thread: i32, threads: i32): void {
  const sums = <usize>load<u32>(args);
  const dbias = <usize>load<u32>(args, 4);
  const rows = load<i32>(args, 8);
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  for (let f = first; f < last; f++) {
    const row = sums + (<usize>f << 5);
    const sum = f32x4.add(v128.load(row), v128.load(row, 16));
    const low = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
    const high = f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
    store<f32>(dbias + (<usize>f << 2), low + high);
  }
}
