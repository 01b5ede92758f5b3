import { firstElement } from '../elementwise';
import { flush, storeSigmoid, storeTanh, tiny } from './lstmActivate';
import { BLOCK, offset, read, readHigh, write } from './lstmColumns';
import { flushV } from '../math';

/** One gate of N columns of one unit: z = sigmoid or tanh of (z or bias, plus product), product = 0. */
// @ts-ignore: decorator
@inline function activate(z: usize, product: usize, bias: v128, first: bool, tanh: bool, N: i32): void {
  const zero = i32x4.splat(0);
  const baseLow = first ? read(z, N) : bias;
  const baseHigh = first ? readHigh(z, N) : bias;
  const low = f32x4.add(baseLow, read(product, N));
  const high = f32x4.add(baseHigh, readHigh(product, N));
  if (tanh) storeTanh(z, low, high, N);
  else storeSigmoid(z, low, high, N);
  write(product, zero, zero, N);
}

/** One gate of `units` units, `run` columns of each. */
// @ts-ignore: decorator
@inline function activateUnits(
  z: usize, product: usize, bias: usize, units: i32, run: i32, width: i32, stepWidth: i32, first: bool, tanh: bool,
): void {
  const eights = <usize>(run & ~7) << 2;
  const fours = <usize>(run & ~3) << 2;
  const end = <usize>run << 2;
  for (let unit = 0; unit < units; unit++) {
    const base = first ? f32x4.splat(0) : v128.load_splat<f32>(bias + (<usize>unit << 2));
    let k: usize = 0;
    for (; k < eights; k += 32) activate(z + k, product + k, base, first, tanh, 8);
    if (k < fours) {
      activate(z + k, product + k, base, first, tanh, 4);
      k += 16;
    }
    for (; k < end; k += 4) activate(z + k, product + k, base, first, tanh, 1);
    z += <usize>width << 2;
    product += <usize>stepWidth << 2;
  }
}

// A function for each, not one with flags: the optimiser would join the ends of the branches and so part the paired stores.
function tanhOfFirst(z: usize, product: usize, bias: usize, units: i32, run: i32, width: i32, stepWidth: i32): void {
  activateUnits(z, product, bias, units, run, width, stepWidth, true, true);
}

function sigmoidOfFirst(z: usize, product: usize, bias: usize, units: i32, run: i32, width: i32, stepWidth: i32): void {
  activateUnits(z, product, bias, units, run, width, stepWidth, true, false);
}

function tanhOfLater(z: usize, product: usize, bias: usize, units: i32, run: i32, width: i32, stepWidth: i32): void {
  activateUnits(z, product, bias, units, run, width, stepWidth, false, true);
}

function sigmoidOfLater(z: usize, product: usize, bias: usize, units: i32, run: i32, width: i32, stepWidth: i32): void {
  activateUnits(z, product, bias, units, run, width, stepWidth, false, false);
}

/** The new state of N columns of one unit: s + t (h - s), which is h t + s (1 - t). */
// @ts-ignore: decorator
@inline function carry(
  z: usize, gateStride: usize, s: usize, masked: usize, mask: usize, before: usize, y: usize, keep: bool, last: bool, N: i32,
): void {
  const hLow = read(z, N);
  const hHigh = readHigh(z, N);
  const tLow = read(z + gateStride, N);
  const tHigh = readHigh(z + gateStride, N);
  const sLow = read(s, N);
  const sHigh = readHigh(s, N);
  const mLow = read(mask, N);
  const mHigh = readHigh(mask, N);
  const threshold = tiny();
  const low = flush(f32x4.relaxed_madd(tLow, f32x4.sub(hLow, sLow), sLow), threshold);
  const high = flush(f32x4.relaxed_madd(tHigh, f32x4.sub(hHigh, sHigh), sHigh), threshold);
  write(s, low, high, N);
  write(masked, flush(f32x4.mul(mLow, low), threshold), flush(f32x4.mul(mHigh, high), threshold), N);
  if (keep) write(before, sLow, sHigh, N);
  if (last) write(y, low, high, N);
}

/**
 * One depth of one forward step. In: z = W x + bias (sequence [2H]) at the first depth, where `bias` is 0; elsewhere z is
 * only written, and bias [2H] is this depth's. product = R_l (m s_{l-1}), s = s_{l-1} and the mask m (steps [2H], [H],
 * [H]). Out: z becomes the activated gates; s becomes s_l and masked m s_l (steps [H]); product becomes zero for the next
 * product. s_{l-1} goes to `before` and s_l to y (sequences [H]), each unless its address is 0.
 * Words: z, product, bias, s, masked, mask, before, y, hidden, batch, column (t * batch), width, stepWidth.
 */
export function rhnForwardStep(args: usize, thread: i32, threads: i32): void {
  const z = <usize>load<u32>(args);
  const product = <usize>load<u32>(args, 4);
  const bias = <usize>load<u32>(args, 8);
  const s = <usize>load<u32>(args, 12);
  const masked = <usize>load<u32>(args, 16);
  const mask = <usize>load<u32>(args, 20);
  const before = <usize>load<u32>(args, 24);
  const y = <usize>load<u32>(args, 28);
  const hidden = load<i32>(args, 32);
  const batch = load<i32>(args, 36);
  const column = load<i32>(args, 40);
  const width = load<i32>(args, 44);
  const stepWidth = load<i32>(args, 48);
  const keep = before != 0;
  const deepest = y != 0;
  const first = <i32>((<i64>hidden * thread) / threads);
  const last = <i32>((<i64>hidden * (thread + 1)) / threads);
  const gateStride = <usize>(hidden * width) << 2;
  const productStride = <usize>(hidden * stepWidth) << 2;
  for (let from = first; from < last; from += BLOCK) {
    const units = min(BLOCK, last - from);
    const biasH = bias + (<usize>from << 2);
    const biasT = biasH + (<usize>hidden << 2);
    let b = 0;
    while (b < batch) {
      const n = column + b;
      const run = min(batch - b, min(width - (n % width), stepWidth - (b % stepWidth)));
      const eights = <usize>(run & ~7) << 2;
      const fours = <usize>(run & ~3) << 2;
      const end = <usize>run << 2;
      const atZ = z + offset(2 * hidden, width, from, n);
      const atProduct = product + offset(2 * hidden, stepWidth, from, b);
      const atSequence = offset(hidden, width, from, n);
      const atStep = offset(hidden, stepWidth, from, b);
      if (bias == 0) {
        tanhOfFirst(atZ, atProduct, 0, units, run, width, stepWidth);
        sigmoidOfFirst(atZ + gateStride, atProduct + productStride, 0, units, run, width, stepWidth);
      } else {
        tanhOfLater(atZ, atProduct, biasH, units, run, width, stepWidth);
        sigmoidOfLater(atZ + gateStride, atProduct + productStride, biasT, units, run, width, stepWidth);
      }
      for (let unit = 0; unit < units; unit++) {
        const row = <usize>(unit * width) << 2;
        const gates = atZ + row;
        const sequence = atSequence + row;
        const step = atStep + (<usize>(unit * stepWidth) << 2);
        const us = s + step, um = masked + step, uMask = mask + step;
        const ub = before + sequence, uy = y + sequence;
        let k: usize = 0;
        for (; k < eights; k += 32) {
          carry(gates + k, gateStride, us + k, um + k, uMask + k, ub + k, uy + k, keep, deepest, 8);
        }
        if (k < fours) {
          carry(gates + k, gateStride, us + k, um + k, uMask + k, ub + k, uy + k, keep, deepest, 4);
          k += 16;
        }
        for (; k < end; k += 4) {
          carry(gates + k, gateStride, us + k, um + k, uMask + k, ub + k, uy + k, keep, deepest, 1);
        }
      }
      b += run;
    }
  }
}

/** y += m x, n floats (a multiple of 4). Words: y, m, x, n. */
export function rhnAddMasked(args: usize, thread: i32, threads: i32): void {
  const y = <usize>load<u32>(args);
  const m = <usize>load<u32>(args, 4);
  const x = <usize>load<u32>(args, 8);
  const n = load<i32>(args, 12);
  const end = <usize>firstElement(n, thread + 1, threads) << 2;
  for (let at = <usize>firstElement(n, thread, threads) << 2; at < end; at += 16) {
    v128.store(y + at, flushV(f32x4.relaxed_madd(v128.load(m + at), v128.load(x + at), v128.load(y + at))));
  }
}
