// The element-wise part of a GRU layer, one time step; lstmColumns.ts says how columns are cut into runs.
import { flush, storeSigmoid, storeTanh, tiny } from './lstmActivate';
import { BLOCK, offset, read, readHigh, write } from './lstmColumns';

/** r or z of N columns of one unit: a = sigmoid(a + q). */
// @ts-ignore: decorator
@inline function gate(a: usize, q: usize, N: i32): void {
  const aLow = read(a, N);
  const aHigh = readHigh(a, N);
  const low = f32x4.add(aLow, read(q, N));
  const high = f32x4.add(aHigh, readHigh(q, N));
  storeSigmoid(a, low, high, N);
}

function gateUnits(a: usize, q: usize, units: i32, run: i32, width: i32, stepWidth: i32): void {
  const eights = <usize>(run & ~7) << 2;
  const fours = <usize>(run & ~3) << 2;
  const end = <usize>run << 2;
  for (let unit = 0; unit < units; unit++) {
    let k: usize = 0;
    for (; k < eights; k += 32) gate(a + k, q + k, 8);
    if (k < fours) {
      gate(a + k, q + k, 4);
      k += 16;
    }
    for (; k < end; k += 4) gate(a + k, q + k, 1);
    a += <usize>width << 2;
    q += <usize>stepWidth << 2;
  }
}

/** n of N columns of one unit: a = tanh(a + r q); q goes to `kept`. */
// @ts-ignore: decorator
@inline function candidate(a: usize, r: usize, q: usize, kept: usize, N: i32): void {
  const qLow = read(q, N);
  const qHigh = readHigh(q, N);
  write(kept, qLow, qHigh, N);
  const rLow = read(r, N);
  const rHigh = readHigh(r, N);
  const aLow = read(a, N);
  const aHigh = readHigh(a, N);
  storeTanh(a, f32x4.relaxed_madd(rLow, qLow, aLow), f32x4.relaxed_madd(rHigh, qHigh, aHigh), N);
}

function candidateUnits(
  a: usize,
  r: usize,
  q: usize,
  kept: usize,
  keptRow: usize,
  units: i32,
  run: i32,
  width: i32,
  stepWidth: i32,
): void {
  const eights = <usize>(run & ~7) << 2;
  const fours = <usize>(run & ~3) << 2;
  const end = <usize>run << 2;
  for (let unit = 0; unit < units; unit++) {
    // Without a place for q, it goes where it is.
    const to = kept != 0 ? kept : q;
    let k: usize = 0;
    for (; k < eights; k += 32) candidate(a + k, r + k, q + k, to + k, 8);
    if (k < fours) {
      candidate(a + k, r + k, q + k, to + k, 4);
      k += 16;
    }
    for (; k < end; k += 4) candidate(a + k, r + k, q + k, to + k, 1);
    a += <usize>width << 2;
    r += <usize>width << 2;
    q += <usize>stepWidth << 2;
    kept += keptRow;
  }
}

/** The state of N columns of one unit: h = (1 - z) n + z h, also to y; h before goes to `kept` before. */
// @ts-ignore: decorator
@inline function state(z: usize, n: usize, h: usize, kept: usize, y: usize, N: i32): void {
  const threshold = tiny();
  const hLow = read(h, N);
  const hHigh = readHigh(h, N);
  write(kept, hLow, hHigh, N);
  const zLow = read(z, N);
  const zHigh = readHigh(z, N);
  const nLow = read(n, N);
  const nHigh = readHigh(n, N);
  const low = flush(f32x4.relaxed_madd(zLow, f32x4.sub(hLow, nLow), nLow), threshold);
  const high = flush(f32x4.relaxed_madd(zHigh, f32x4.sub(hHigh, nHigh), nHigh), threshold);
  write(h, low, high, N);
  write(y, low, high, N);
}

/**
 * One forward step. In: a = Wx x + bias (sequence [3H]), q = Wh h_{t-1} + recurrentBias (step [3H]), h of step t-1 (step
 * [H]). Out: a becomes the activated gates r, z, n; h of step t in place, and y (sequence [H]). y, hBefore and qn are not
 * wanted if their address is 0; otherwise h_{t-1} and the rows n of q go to the latter two (sequences [H]) at the columns
 * of step t. Words: a, q, h, y, hBefore, qn, hidden, batch, column (of the step's first), width, stepWidth.
 */
export function gruForwardStep(args: usize, thread: i32, threads: i32): void {
  const a = <usize>load<u32>(args);
  const q = <usize>load<u32>(args, 4);
  const h = <usize>load<u32>(args, 8);
  const y = <usize>load<u32>(args, 12);
  const hBefore = <usize>load<u32>(args, 16);
  const qn = <usize>load<u32>(args, 20);
  const hidden = load<i32>(args, 24);
  const batch = load<i32>(args, 28);
  const column = load<i32>(args, 32);
  const width = load<i32>(args, 36);
  const stepWidth = load<i32>(args, 40);
  const first = <i32>((<i64>hidden * thread) / threads);
  const last = <i32>((<i64>hidden * (thread + 1)) / threads);
  const gateStride = <usize>(hidden * width) << 2;
  const stepStride = <usize>(hidden * stepWidth) << 2;
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
      const atQ = q + offset(3 * hidden, stepWidth, from, b);
      const atSequence = offset(hidden, width, from, n);
      const atStep = offset(hidden, stepWidth, from, b);
      // Gate by gate, then the state: as the LSTM.
      gateUnits(atA, atQ, units, run, width, stepWidth);
      gateUnits(atA + gateStride, atQ + stepStride, units, run, width, stepWidth);
      const kept = qn != 0 ? qn + atSequence : 0;
      const keptRow = qn != 0 ? <usize>width << 2 : 0;
      const gateN = atA + 2 * gateStride;
      candidateUnits(gateN, atA, atQ + 2 * stepStride, kept, keptRow, units, run, width, stepWidth);
      for (let unit = 0; unit < units; unit++) {
        const row = <usize>(unit * width) << 2;
        const gates = atA + row;
        const out = h + atStep + (<usize>(unit * stepWidth) << 2);
        const s = atSequence + row;
        // What is not wanted goes where h is.
        const before = hBefore != 0 ? hBefore + s : out;
        const sy = y != 0 ? y + s : out;
        const z = gates + gateStride, candidates = gates + 2 * gateStride;
        let k: usize = 0;
        for (; k < eights; k += 32) state(z + k, candidates + k, out + k, before + k, sy + k, 8);
        if (k < fours) {
          state(z + k, candidates + k, out + k, before + k, sy + k, 4);
          k += 16;
        }
        for (; k < end; k += 4) state(z + k, candidates + k, out + k, before + k, sy + k, 1);
      }
      b += run;
    }
  }
}
