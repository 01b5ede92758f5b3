import { flush, storeSigmoid, storeTanh, tiny } from './lstmActivate';
import { BLOCK, offset, read, readHigh, write } from './lstmColumns';

/** One gate of N columns of one unit: z = sigmoid or tanh of (z + recurrent), recurrent = 0. */
// @ts-ignore: decorator
@inline function activateSum(z: usize, recurrent: usize, tanh: bool, N: i32): void {
  const zero = i32x4.splat(0);
  const zLow = read(z, N);
  const zHigh = readHigh(z, N);
  const low = f32x4.add(zLow, read(recurrent, N));
  const high = f32x4.add(zHigh, readHigh(recurrent, N));
  if (tanh) storeTanh(z, low, high, N);
  else storeSigmoid(z, low, high, N);
  write(recurrent, zero, zero, N);
}

/** The same of z alone. */
// @ts-ignore: decorator
@inline function activate(z: usize, tanh: bool, N: i32): void {
  const low = read(z, N);
  const high = readHigh(z, N);
  if (tanh) storeTanh(z, low, high, N);
  else storeSigmoid(z, low, high, N);
}

/** One gate of `units` units, `run` columns of each. */
// @ts-ignore: decorator
@inline function activateSums(z: usize, recurrent: usize, units: i32, run: i32, width: i32, stepWidth: i32, tanh: bool): void {
  const eights = <usize>(run & ~7) << 2;
  const fours = <usize>(run & ~3) << 2;
  const end = <usize>run << 2;
  for (let unit = 0; unit < units; unit++) {
    let k: usize = 0;
    for (; k < eights; k += 32) activateSum(z + k, recurrent + k, tanh, 8);
    if (k < fours) {
      activateSum(z + k, recurrent + k, tanh, 4);
      k += 16;
    }
    for (; k < end; k += 4) activateSum(z + k, recurrent + k, tanh, 1);
    z += <usize>width << 2;
    recurrent += <usize>stepWidth << 2;
  }
}

/** The same of z alone, in rows of `stride` bytes. */
// @ts-ignore: decorator
@inline function activateUnits(z: usize, units: i32, run: i32, stride: usize, tanh: bool): void {
  const eights = <usize>(run & ~7) << 2;
  const fours = <usize>(run & ~3) << 2;
  const end = <usize>run << 2;
  for (let unit = 0; unit < units; unit++) {
    let k: usize = 0;
    for (; k < eights; k += 32) activate(z + k, tanh, 8);
    if (k < fours) {
      activate(z + k, tanh, 4);
      k += 16;
    }
    for (; k < end; k += 4) activate(z + k, tanh, 1);
    z += stride;
  }
}

// Two functions, not one with a flag: the optimiser would join the ends of both branches and so part the paired stores.
function sigmoidSums(z: usize, recurrent: usize, units: i32, run: i32, width: i32, stepWidth: i32): void {
  activateSums(z, recurrent, units, run, width, stepWidth, false);
}

function tanhSums(z: usize, recurrent: usize, units: i32, run: i32, width: i32, stepWidth: i32): void {
  activateSums(z, recurrent, units, run, width, stepWidth, true);
}

export function sigmoidUnits(z: usize, units: i32, run: i32, stride: usize): void {
  activateUnits(z, units, run, stride, false);
}

export function tanhUnits(z: usize, units: i32, run: i32, stride: usize): void {
  activateUnits(z, units, run, stride, true);
}

/** Cell state and output of N columns of one unit. hBefore is written if `keepH`, what else is kept if `keep`. */
// @ts-ignore: decorator
@inline export function output(
  z: usize,
  gateStride: usize,
  c: usize,
  h: usize,
  y: usize,
  hBefore: usize,
  cBefore: usize,
  tanhC: usize,
  keepH: bool,
  keep: bool,
  N: i32,
): void {
  const iLow = read(z, N);
  const iHigh = readHigh(z, N);
  const fLow = read(z + gateStride, N);
  const fHigh = readHigh(z + gateStride, N);
  const gLow = read(z + 2 * gateStride, N);
  const gHigh = readHigh(z + 2 * gateStride, N);
  const oLow = read(z + 3 * gateStride, N);
  const oHigh = readHigh(z + 3 * gateStride, N);
  const beforeLow = read(c, N);
  const beforeHigh = readHigh(c, N);
  const threshold = tiny();
  const cLow = flush(f32x4.add(f32x4.mul(fLow, beforeLow), f32x4.mul(iLow, gLow)), threshold);
  const cHigh = flush(f32x4.add(f32x4.mul(fHigh, beforeHigh), f32x4.mul(iHigh, gHigh)), threshold);
  write(c, cLow, cHigh, N);
  if (keep) {
    if (keepH) {
      const hLow = read(h, N);
      const hHigh = readHigh(h, N);
      write(hBefore, hLow, hHigh, N);
    }
    write(cBefore, beforeLow, beforeHigh, N);
  }
  // What is not kept still needs a place on the way to h.
  const squashed = keep ? tanhC : h;
  storeTanh(squashed, cLow, cHigh, N);
  const low = flush(f32x4.mul(oLow, read(squashed, N)), threshold);
  const high = flush(f32x4.mul(oHigh, readHigh(squashed, N)), threshold);
  write(h, low, high, N);
  write(y, low, high, N);
}

/**
 * One forward step. In: z = Wx x + bias (sequence [4H]), recurrent = Wh h_{t-1} (step [4H]), h and c of step t-1 (step
 * [H]). Out: z becomes the activated gates; h and c of step t in place, y (sequence [H]); recurrent becomes zero for the
 * next step's product. y is not wanted if its address is 0. If `keep`, h_{t-1}, c_{t-1} and tanh(c_t) go to their
 * sequences [H] at the columns of step t.
 * Words: z, recurrent, h, c, y, hBefore, cBefore, tanhC, hidden, batch, column (of the step's first), width, stepWidth, keep.
 */
export function lstmForwardStep(args: usize, thread: i32, threads: i32): void {
  const z = <usize>load<u32>(args);
  const recurrent = <usize>load<u32>(args, 4);
  const h = <usize>load<u32>(args, 8);
  const c = <usize>load<u32>(args, 12);
  const y = <usize>load<u32>(args, 16);
  const hBefore = <usize>load<u32>(args, 20);
  const cBefore = <usize>load<u32>(args, 24);
  const tanhC = <usize>load<u32>(args, 28);
  const hidden = load<i32>(args, 32);
  const batch = load<i32>(args, 36);
  const column = load<i32>(args, 40);
  const width = load<i32>(args, 44);
  const stepWidth = load<i32>(args, 48);
  const keep = load<i32>(args, 52) != 0;
  const first = <i32>((<i64>hidden * thread) / threads);
  const last = <i32>((<i64>hidden * (thread + 1)) / threads);
  const gateStride = <usize>(hidden * width) << 2;
  const recurrentStride = <usize>(hidden * stepWidth) << 2;
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
      const atRecurrent = recurrent + offset(4 * hidden, stepWidth, from, b);
      const atSequence = offset(hidden, width, from, n);
      const atStep = offset(hidden, stepWidth, from, b);
      // Gate by gate, then the cell: the processor cannot look past a chain of all of them to the next columns.
      for (let gate: usize = 0; gate < 4; gate++) {
        const row = atZ + gate * gateStride;
        const stepRow = atRecurrent + gate * recurrentStride;
        if (gate == 2) tanhSums(row, stepRow, units, run, width, stepWidth);
        else sigmoidSums(row, stepRow, units, run, width, stepWidth);
      }
      for (let unit = 0; unit < units; unit++) {
        const row = <usize>(unit * width) << 2;
        const gates = atZ + row;
        const s = atSequence + row;
        const state = atStep + (<usize>(unit * stepWidth) << 2);
        const cell = c + state, out = h + state;
        // A y that is not wanted goes where h goes: the same numbers, and no branch between the stores.
        const sy = y != 0 ? y + s : out;
        const sh = hBefore + s, sc = cBefore + s, st = tanhC + s;
        let k: usize = 0;
        for (; k < eights; k += 32) {
          output(gates + k, gateStride, cell + k, out + k, sy + k, sh + k, sc + k, st + k, true, keep, 8);
        }
        if (k < fours) {
          output(gates + k, gateStride, cell + k, out + k, sy + k, sh + k, sc + k, st + k, true, keep, 4);
          k += 16;
        }
        for (; k < end; k += 4) {
          output(gates + k, gateStride, cell + k, out + k, sy + k, sh + k, sc + k, st + k, true, keep, 1);
        }
      }
      b += run;
    }
  }
}
