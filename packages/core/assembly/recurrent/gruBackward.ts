import { flush, tiny } from './lstmActivate';
import { emit, slope, tanhSlope } from './lstmBackward';
import { BLOCK, offset, read, readHigh, write } from './lstmColumns';

/** A row of zeros, as long as a tile's: dy where there is none. */
const ZEROS = memory.data(128, 16);

/** Adds N columns to the eight partial sums of a row, as `emit` does for what is also in the step. */
// @ts-ignore: decorator
@inline function accumulate(sums: usize, low: v128, high: v128, N: i32): void {
  const sumLow = v128.load(sums);
  const sumHigh = readHigh(sums, N);
  if (N == 8) write(sums, f32x4.add(sumLow, low), f32x4.add(sumHigh, high), 8);
  else v128.store(sums, f32x4.add(sumLow, low));
}

/** The gradient of N columns of one unit. */
// @ts-ignore: decorator
@inline function backward(
  a: usize,
  gateStride: usize,
  qn: usize,
  dqStep: usize,
  dqStride: usize,
  dh: usize,
  dy: usize,
  hBefore: usize,
  sums: usize,
  sumStride: usize,
  N: i32,
): void {
  const threshold = tiny();
  const one = f32x4.splat(1);
  const dhLow0 = read(dh, N);
  const dhHigh0 = readHigh(dh, N);
  const dyLow = read(dy, N);
  const dyHigh = readHigh(dy, N);
  const dhLow = f32x4.add(dhLow0, dyLow);
  const dhHigh = f32x4.add(dhHigh0, dyHigh);
  const zLow = read(a + gateStride, N);
  const zHigh = readHigh(a + gateStride, N);
  write(dh, flush(f32x4.mul(dhLow, zLow), threshold), flush(f32x4.mul(dhHigh, zHigh), threshold), N);
  const nLow = read(a + 2 * gateStride, N);
  const nHigh = readHigh(a + 2 * gateStride, N);
  const hLow = read(hBefore, N);
  const hHigh = readHigh(hBefore, N);
  emit(
    a + gateStride, dqStep + dqStride, sums + sumStride,
    flush(f32x4.mul(f32x4.mul(dhLow, f32x4.sub(hLow, nLow)), slope(zLow)), threshold), flush(f32x4.mul(f32x4.mul(dhHigh, f32x4.sub(hHigh, nHigh)), slope(zHigh)), threshold), N,
  );
  const dnLow = flush(f32x4.mul(f32x4.mul(dhLow, f32x4.sub(one, zLow)), tanhSlope(nLow)), threshold);
  const dnHigh = flush(f32x4.mul(f32x4.mul(dhHigh, f32x4.sub(one, zHigh)), tanhSlope(nHigh)), threshold);
  write(a + 2 * gateStride, dnLow, dnHigh, N);
  accumulate(sums + 2 * sumStride, dnLow, dnHigh, N);
  const rLow = read(a, N);
  const rHigh = readHigh(a, N);
  const qLow = read(qn, N);
  const qHigh = readHigh(qn, N);
  emit(
    qn, dqStep + 2 * dqStride, sums + 3 * sumStride,
    flush(f32x4.mul(dnLow, rLow), threshold), flush(f32x4.mul(dnHigh, rHigh), threshold), N,
  );
  emit(
    a, dqStep, sums,
    flush(f32x4.mul(f32x4.mul(dnLow, qLow), slope(rLow)), threshold), flush(f32x4.mul(f32x4.mul(dnHigh, qHigh), slope(rHigh)), threshold), N,
  );
}

/**
 * One backward step. In: a = activated gates r, z, n (sequence [3H]), qn (sequence [H]), dh (step [H]), dy (0: none) and
 * h_{t-1} (sequences [H]). Out: a becomes da and qn the rows n of dq in place (rows r and z of dq are those of da); dqStep
 * all of dq (step [3H]); dh becomes z dh, which Wh^T dq is to be added to. Gradients are added to sums [4H, 8], eight
 * partial sums per row: da, then the rows n of dq.
 * Words: a, qn, dqStep, dh, dy, hBefore, sums, hidden, batch, column (of the step's first), width, stepWidth.
 */
export function gruBackwardStep(args: usize, thread: i32, threads: i32): void {
  const a = <usize>load<u32>(args);
  const qn = <usize>load<u32>(args, 4);
  const dqStep = <usize>load<u32>(args, 8);
  const dh = <usize>load<u32>(args, 12);
  const dy = <usize>load<u32>(args, 16);
  const hBefore = <usize>load<u32>(args, 20);
  const sums = <usize>load<u32>(args, 24);
  const hidden = load<i32>(args, 28);
  const batch = load<i32>(args, 32);
  const column = load<i32>(args, 36);
  const width = load<i32>(args, 40);
  const stepWidth = load<i32>(args, 44);
  const first = <i32>((<i64>hidden * thread) / threads);
  const last = <i32>((<i64>hidden * (thread + 1)) / threads);
  const gateStride = <usize>(hidden * width) << 2;
  const dqStride = <usize>(hidden * stepWidth) << 2;
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
      const atA = a + offset(3 * hidden, width, from, n);
      const atDq = dqStep + offset(3 * hidden, stepWidth, from, b);
      const atSequence = offset(hidden, width, from, n);
      const atStep = dh + offset(hidden, stepWidth, from, b);
      for (let unit = 0; unit < units; unit++) {
        const row = <usize>(unit * width) << 2;
        const stepRow = <usize>(unit * stepWidth) << 2;
        const gates = atA + row;
        const out = atDq + stepRow;
        const s = atSequence + row;
        const carried = atStep + stepRow;
        const dyRow = dy != 0 ? dy + s : ZEROS;
        const sum = sums + (<usize>(from + unit) << 5);
        let k: usize = 0;
        for (; k < eights; k += 32) {
          backward(
            gates + k, gateStride, qn + s + k, out + k, dqStride, carried + k, dyRow + k, hBefore + s + k, sum, sumStride, 8,
          );
        }
        if (k < fours) {
          backward(
            gates + k, gateStride, qn + s + k, out + k, dqStride, carried + k, dyRow + k, hBefore + s + k, sum, sumStride, 4,
          );
          k += 16;
        }
        for (; k < end; k += 4) {
          backward(
            gates + k, gateStride, qn + s + k, out + k, dqStride, carried + k, dyRow + k, hBefore + s + k, sum, sumStride, 1,
          );
        }
      }
      b += run;
    }
  }
}
