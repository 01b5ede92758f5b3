import { BLOCK, offset, read, write } from './lstmColumns';
import { flushV } from './math';

// @ts-ignore: decorator
@inline function addTo(address: usize, x: v128): void {
  v128.store(address, f32x4.add(v128.load(address), x));
}

/** The gradient of four columns (or one) of one unit. */
// @ts-ignore: decorator
@inline function backward(
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
  four: bool,
): void {
  const one = f32x4.splat(1);
  const dhHere = f32x4.add(read(dh, four), read(dy, four));
  write(dh, f32x4.splat(0), four);
  const squashed = read(tanhC, four);
  const o = read(z + 3 * gateStride, four);
  const dO = flushV(f32x4.mul(f32x4.mul(dhHere, squashed), f32x4.mul(o, f32x4.sub(one, o))));
  write(z + 3 * gateStride, dO, four);
  write(dzStep + 3 * dzStride, dO, four);
  addTo(sums + 3 * sumStride, dO);
  const dcHere = f32x4.add(
    read(dc, four),
    f32x4.mul(f32x4.mul(dhHere, o), f32x4.sub(one, f32x4.mul(squashed, squashed))),
  );
  const i = read(z, four);
  const g = read(z + 2 * gateStride, four);
  const dI = flushV(f32x4.mul(f32x4.mul(dcHere, g), f32x4.mul(i, f32x4.sub(one, i))));
  write(z, dI, four);
  write(dzStep, dI, four);
  addTo(sums, dI);
  const dG = flushV(f32x4.mul(f32x4.mul(dcHere, i), f32x4.sub(one, f32x4.mul(g, g))));
  write(z + 2 * gateStride, dG, four);
  write(dzStep + 2 * dzStride, dG, four);
  addTo(sums + 2 * sumStride, dG);
  const f = read(z + gateStride, four);
  const dF = flushV(f32x4.mul(f32x4.mul(dcHere, read(cBefore, four)), f32x4.mul(f, f32x4.sub(one, f))));
  write(z + gateStride, dF, four);
  write(dzStep + dzStride, dF, four);
  addTo(sums + sumStride, dF);
  write(dc, flushV(f32x4.mul(dcHere, f)), four);
}

/**
 * One backward step. In: z = activated gates (sequence [4H]), dh = Wh^T dz_{t+1} and dc (step [H]), dy, c_{t-1} and
 * tanh(c_t) (sequences [H]). Out: z becomes dz in place; dzStep the same (step [4H]); dc that of step t-1; dh becomes zero
 * for the next product; dz is added to sums [4H, 4], four partial sums per row of the bias gradient.
 * Words: z, dzStep, dh, dc, dy, cBefore, tanhC, sums, hidden, batch, column (t * batch), width, stepWidth.
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
  const sumStride = <usize>hidden << 4;
  for (let from = first; from < last; from += BLOCK) {
    const units = min(BLOCK, last - from);
    let b = 0;
    while (b < batch) {
      const n = column + b;
      const run = min(batch - b, min(width - (n % width), stepWidth - (b % stepWidth)));
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
        const sum = sums + (<usize>(from + unit) << 4);
        let k: usize = 0;
        for (; k < fours; k += 16) {
          backward(
            gate + k, gateStride, out + k, dzStride, dh + state + k, dc + state + k,
            dy + s + k, cBefore + s + k, tanhC + s + k, sum, sumStride, true,
          );
        }
        for (; k < end; k += 4) {
          backward(
            gate + k, gateStride, out + k, dzStride, dh + state + k, dc + state + k,
            dy + s + k, cBefore + s + k, tanhC + s + k, sum, sumStride, false,
          );
        }
      }
      b += run;
    }
  }
}

/** dbias[f] = the sum of sums[f, 0..4). Words: sums, dbias, rows. */
export function lstmBiasGradient(args: usize, thread: i32, threads: i32): void {
  const sums = <usize>load<u32>(args);
  const dbias = <usize>load<u32>(args, 4);
  const rows = load<i32>(args, 8);
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  for (let f = first; f < last; f++) {
    const sum = v128.load(sums + (<usize>f << 4));
    const low = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
    const high = f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
    store<f32>(dbias + (<usize>f << 2), low + high);
  }
}
