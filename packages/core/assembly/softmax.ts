// Softmax cross-entropy over logits [V, N] in tiles (src/engines/simd/weight.ts), a column per token. An optional bias [V]
// is added on the fly: logit = l[v, n] + bias[v]. `bias` is its address, or 0 for none.
import { expV, flushV } from './math';

/** Rows of a tile taken at once: they stay in the L1 cache while they are read twice. */
const BLOCK: i32 = 128;

/** Below every logit, yet finite: the difference from a logit is never NaN. */
// @ts-ignore: decorator
@inline const LOWEST: f32 = -3.0e38;

// @ts-ignore: decorator
@inline function logit(address: usize, bias: usize, v: i32): v128 {
  const x = v128.load(address);
  return bias == 0 ? x : f32x4.add(x, v128.load32_splat(bias + (<usize>v << 2)));
}

/**
 * lse[n] = log sum_v exp(logit[v, n]) and loss[n] = lse[n] - logit[label[n], n]. One pass over memory: a block's maximum
 * and sum are merged into the column's. Threads split the columns, four by four. Both results have room for a multiple of
 * 4 floats. Words: logits, bias, labels, lse, loss, rows, columns, width.
 */
export function softmaxForward(args: usize, thread: i32, threads: i32): void {
  const logits = <usize>load<u32>(args);
  const bias = <usize>load<u32>(args, 4);
  const labels = <usize>load<u32>(args, 8);
  const lse = <usize>load<u32>(args, 12);
  const loss = <usize>load<u32>(args, 16);
  const rows = load<i32>(args, 20);
  const columns = load<i32>(args, 24);
  const width = load<i32>(args, 28);
  const step = <usize>width << 2;
  const groups = (columns + 3) >> 2;
  const first = ((groups * thread) / threads) << 2;
  const last = ((groups * (thread + 1)) / threads) << 2;
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
      for (let n = from; n < to; n += 4) {
        const at = <usize>n << 2;
        const column = start + <usize>v * step + (<usize>(n - from) << 2);
        let address = column;
        const before = v128.load(lse + at);
        let max = before;
        for (let r = v; r < end; r++) {
          max = f32x4.pmax(max, logit(address, bias, r));
          address += step;
        }
        address = column;
        let sum = f32x4.mul(v128.load(loss + at), expV(f32x4.sub(before, max)));
        for (let r = v; r < end; r++) {
          sum = f32x4.add(sum, expV(f32x4.sub(logit(address, bias, r), max)));
          address += step;
        }
        v128.store(lse + at, max);
        v128.store(loss + at, sum);
      }
    }
    for (let n = from; n < min(to, columns); n++) {
      const at = <usize>n << 2;
      const value = load<f32>(lse + at) + <f32>Math.log(<f64>load<f32>(loss + at));
      const label = load<i32>(labels + at);
      let wanted = load<f32>(start + <usize>label * step + (<usize>(n - from) << 2));
      if (bias != 0) wanted += load<f32>(bias + (<usize>label << 2));
      store<f32>(lse + at, value);
      store<f32>(loss + at, value - wanted);
    }
    from = to;
  }
}

/**
 * dlogits[v, n] = (exp(logit[v, n] - lse[n]) - (v == label[n])) * scale, 0 in the padding, and dbias[v] = their sum over
 * n unless dbias is 0. dlogits may be the logits themselves. lse has room for whole tiles. Threads split the rows.
 * Words: logits, bias, labels, lse, dlogits, dbias, rows, columns, width, scale (f32).
 */
export function softmaxBackward(args: usize, thread: i32, threads: i32): void {
  const logits = <usize>load<u32>(args);
  const bias = <usize>load<u32>(args, 4);
  const labels = <usize>load<u32>(args, 8);
  const lse = <usize>load<u32>(args, 12);
  const dlogits = <usize>load<u32>(args, 16);
  const dbias = <usize>load<u32>(args, 20);
  const rows = load<i32>(args, 24);
  const columns = load<i32>(args, 28);
  const width = load<i32>(args, 32);
  const scale = load<f32>(args, 36);
  const scales = f32x4.splat(scale);
  const step = <usize>width << 2;
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  if (dbias != 0) memory.fill(dbias + (<usize>first << 2), 0, <usize>(last - first) << 2);
  for (let column = 0; column < columns; column += width) {
    const tile = <usize>((column / width) * rows) * step;
    const used = min(width, columns - column);
    const lanes = i32x4(0, 1, 2, 3);
    for (let v = first; v < last; v++) {
      const row = tile + <usize>v * step;
      let sum = f32x4.splat(0);
      for (let n = 0; n < width; n += 4) {
        const at = row + (<usize>n << 2);
        const x = f32x4.sub(logit(logits + at, bias, v), v128.load(lse + (<usize>(column + n) << 2)));
        // Columns past the last are cut off by a mask: their lse is whatever the memory held.
        const isUsed = i32x4.lt_s(lanes, i32x4.splat(used - n));
        const gradient = v128.and(flushV(f32x4.mul(expV(x), scales)), isUsed);
        v128.store(dlogits + at, gradient);
        sum = f32x4.add(sum, gradient);
      }
      if (dbias != 0) {
        const to = dbias + (<usize>v << 2);
        const low = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
        const high = f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
        store<f32>(to, load<f32>(to) + (low + high));
      }
    }
    for (let n = 0; n < used; n++) {
      const label = load<i32>(labels + (<usize>(column + n) << 2));
      if (label < first || label >= last) continue;
      const at = dlogits + tile + <usize>label * step + (<usize>n << 2);
      store<f32>(at, load<f32>(at) - scale);
      if (dbias != 0) {
        const to = dbias + (<usize>label << 2);
        store<f32>(to, load<f32>(to) - scale);
      }
    }
  }
}
