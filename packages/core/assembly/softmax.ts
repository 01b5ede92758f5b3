// Softmax cross-entropy over logits [V, N] in tiles (src/engines/simd/weight.ts), a column per token.
//
// Columns are taken eight at a time, a multiple of which is the width of every tile, in two halves that V8 makes 256-bit
// operations of (runtime.ts): each pair of loads, and each pair of stores, is free of other memory accesses in between.
// That is why the constants of exp are read first, by name k0 .. k12.
import { expConstant, expOf, expV } from './math';
import { flush, tiny } from './recurrent/lstmActivate';

/** Rows of a tile taken at once: they stay in the L1 cache while they are read twice. */
const BLOCK: i32 = 128;

/** Below every logit, yet finite: the difference from a logit is never NaN. */
// @ts-ignore: decorator
@inline const LOWEST: f32 = -3.0e38;

/**
 * lse[n] = log sum_v exp(logit[v, n]) and loss[n] = lse[n] - logit[label[n], n]. One pass over memory: a block's maximum
 * and sum are merged into the column's. Threads split the columns, eight by eight. Both results have room for whole tiles.
 * Words: logits, labels, lse, loss, rows, columns, width.
 */
export function softmaxForward(args: usize, thread: i32, threads: i32): void {
  const logits = <usize>load<u32>(args);
  const labels = <usize>load<u32>(args, 4);
  const lse = <usize>load<u32>(args, 8);
  const loss = <usize>load<u32>(args, 12);
  const rows = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const step = <usize>width << 2;
  const groups = (columns + 7) >> 3;
  const first = ((groups * thread) / threads) << 3;
  const last = ((groups * (thread + 1)) / threads) << 3;
  const k0 = expConstant(0);
  const k1 = expConstant(1);
  const k2 = expConstant(2);
  const k3 = expConstant(3);
  const k4 = expConstant(4);
  const k5 = expConstant(5);
  const k6 = expConstant(6);
  const k7 = expConstant(7);
  const k8 = expConstant(8);
  const k9 = expConstant(9);
  const k10 = expConstant(10);
  const k11 = expConstant(11);
  const k12 = expConstant(12);
  let from = first;
  while (from < last) {
    const tile = from / width;
    const to = min(last, (tile + 1) * width);
    const start = logits + <usize>(tile * rows) * step + (<usize>(from - tile * width) << 2);
    // The running maximum lives in lse, the running sum in loss.
    for (let n = from; n < to; n += 4) {
      v128.store(lse + (<usize>n << 2), f32x4.splat(LOWEST));
      v128.store(loss + (<usize>n << 2), f32x4.splat(0));
    }
    for (let v = 0; v < rows; v += BLOCK) {
      const end = min(rows, v + BLOCK);
      for (let n = from; n < to; n += 8) {
        const at = <usize>n << 2;
        const column = start + <usize>v * step + (<usize>(n - from) << 2);
        let address = column;
        const beforeLow = v128.load(lse + at);
        const beforeHigh = v128.load(lse + at, 16);
        let maxLow = beforeLow;
        let maxHigh = beforeHigh;
        for (let r = v; r < end; r++) {
          const low = v128.load(address);
          const high = v128.load(address, 16);
          maxLow = f32x4.pmax(maxLow, low);
          maxHigh = f32x4.pmax(maxHigh, high);
          address += step;
        }
        v128.store(lse + at, maxLow);
        v128.store(lse + at, maxHigh, 16);
        address = column;
        const soFarLow = v128.load(loss + at);
        const soFarHigh = v128.load(loss + at, 16);
        let sumLow = f32x4.mul(
          soFarLow, expOf(f32x4.sub(beforeLow, maxLow), k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12),
        );
        let sumHigh = f32x4.mul(
          soFarHigh, expOf(f32x4.sub(beforeHigh, maxHigh), k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12),
        );
        for (let r = v; r < end; r++) {
          const low = v128.load(address);
          const high = v128.load(address, 16);
          const eLow = expOf(f32x4.sub(low, maxLow), k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12);
          const eHigh = expOf(f32x4.sub(high, maxHigh), k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12);
          sumLow = f32x4.add(sumLow, eLow);
          sumHigh = f32x4.add(sumHigh, eHigh);
          address += step;
        }
        v128.store(loss + at, sumLow);
        v128.store(loss + at, sumHigh, 16);
      }
    }
    for (let n = from; n < min(to, columns); n++) {
      const at = <usize>n << 2;
      const value = load<f32>(lse + at) + <f32>Math.log(<f64>load<f32>(loss + at));
      const label = load<i32>(labels + at);
      const wanted = load<f32>(start + <usize>label * step + (<usize>(n - from) << 2));
      store<f32>(lse + at, value);
      store<f32>(loss + at, value - wanted);
    }
    from = to;
  }
}

/**
 * dlogits[v, n] = (exp(logit[v, n] - lse[n]) - (v == label[n])) * scale, 0 in the padding. dlogits may be the logits
 * themselves. lse has room for whole tiles. Threads split the rows.
 * Words: logits, labels, lse, dlogits, rows, columns, width, scale (f32).
 */
export function softmaxBackward(args: usize, thread: i32, threads: i32): void {
  const logits = <usize>load<u32>(args);
  const labels = <usize>load<u32>(args, 4);
  const lse = <usize>load<u32>(args, 8);
  const dlogits = <usize>load<u32>(args, 12);
  const rows = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const scale = load<f32>(args, 28);
  const scales = f32x4.splat(scale);
  const step = <usize>width << 2;
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  const k0 = expConstant(0);
  const k1 = expConstant(1);
  const k2 = expConstant(2);
  const k3 = expConstant(3);
  const k4 = expConstant(4);
  const k5 = expConstant(5);
  const k6 = expConstant(6);
  const k7 = expConstant(7);
  const k8 = expConstant(8);
  const k9 = expConstant(9);
  const k10 = expConstant(10);
  const k11 = expConstant(11);
  const k12 = expConstant(12);
  const threshold = tiny();
  for (let column = 0; column < columns; column += width) {
    const tile = <usize>((column / width) * rows) * step;
    const used = min(width, columns - column);
    const tileLse = lse + (<usize>column << 2);
    for (let v = first; v < last; v++) {
      const from = logits + tile + <usize>v * step;
      const to = dlogits + tile + <usize>v * step;
      if (used == width) {
        for (let at: usize = 0; at < step; at += 32) {
          const low = f32x4.sub(v128.load(from + at), v128.load(tileLse + at));
          const high = f32x4.sub(v128.load(from + at, 16), v128.load(tileLse + at, 16));
          const eLow = expOf(low, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12);
          const eHigh = expOf(high, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12);
          v128.store(to + at, flush(f32x4.mul(eLow, scales), threshold));
          v128.store(to + at, flush(f32x4.mul(eHigh, scales), threshold), 16);
        }
        continue;
      }
      for (let n = 0; n < width; n += 4) {
        const at = <usize>n << 2;
        const e = expV(f32x4.sub(v128.load(from + at), v128.load(tileLse + at)));
        // Columns past the last are cut off by a mask: their lse is whatever the memory held.
        const isUsed = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(used - n));
        v128.store(to + at, v128.and(flush(f32x4.mul(e, scales), threshold), isUsed));
      }
    }
    for (let n = 0; n < used; n++) {
      const label = load<i32>(labels + (<usize>(column + n) << 2));
      if (label < first || label >= last) continue;
      const at = dlogits + tile + <usize>label * step + (<usize>n << 2);
      store<f32>(at, load<f32>(at) - scale);
    }
  }
}
