// Some steps of an LSTM layer backward, a thread running some columns of the batch (lstmColumnsForward.ts). dz goes to a
// buffer of these steps alone, small enough for the cache, where the gradients of the weights are then made from it.
import { WEIGHT_BYTES, TILE_ROW, addProduct, clearColumns, runsOf } from './columnWeight';
import { ZEROS, backward } from './lstmBackward';

/**
 * Steps `to - 1` down to `from`. In: activated gates, c_{t-1}, tanh(c_t) and dy (sequences; dy 0: none), dh and dc after
 * the last of these steps (steps [H]). Out: dh and dc before the first, dx (sequence [I]), and dz in tiles that begin with
 * the first step's; dx and dz are zero in their padding.
 * Words: wx^T, wh^T (columnWeight.ts), gates, dz, dh, dc, dy, cBefore, tanhC, dx, hidden, inputs, steps, from, to, runs (as
 * in lstmForwardColumns).
 */
export function lstmBackwardColumns(args: usize, thread: i32, threads: i32): void {
  const words = args + 2 * WEIGHT_BYTES;
  const gates = <usize>load<u32>(words);
  const dz = <usize>load<u32>(words, 4);
  const dh = <usize>load<u32>(words, 8);
  const dc = <usize>load<u32>(words, 12);
  const dy = <usize>load<u32>(words, 16);
  const cBefore = <usize>load<u32>(words, 20);
  const tanhC = <usize>load<u32>(words, 24);
  const dx = <usize>load<u32>(words, 28);
  const hidden = load<i32>(words, 32);
  const inputs = load<i32>(words, 36);
  const steps = <usize>load<u32>(words, 40);
  const from = load<i32>(words, 44);
  const to = load<i32>(words, 48);
  const runs = <usize>load<u32>(words, 52);
  const stateBytes = <usize>hidden * TILE_ROW;
  const inputBytes = <usize>inputs * TILE_ROW;
  const firstPlace = <usize>load<i32>(steps + (<usize>from << 3));
  const end = runsOf(runs, thread + 1, threads);
  for (let run = runsOf(runs, thread, threads); run < end; run += 8) {
    const first = load<i32>(run);
    const columns = load<i32>(run, 4);
    const tile = <usize>first >> 5;
    const within = <usize>(first & 31) << 2;
    const state = tile * stateBytes + within;
    for (let t = to - 1; t >= from; t--) {
      const all = load<i32>(steps + (<usize>t << 3), 4);
      if (all <= (first & ~31)) continue;
      const place = <usize>load<i32>(steps + (<usize>t << 3)) + tile;
      const active = max(0, min(columns, all - first));
      const out = dz + (place - firstPlace) * 4 * stateBytes + within;
      const dInput = dx + place * inputBytes + within;
      clearColumns(dInput, inputs, 0, columns);
      if (active < columns) clearColumns(out, 4 * hidden, active, columns);
      if (active == 0) continue;
      const at = place * stateBytes + within;
      units(
        hidden, active, gates + place * 4 * stateBytes + within, out, dh + state, dc + state,
        dy != 0 ? dy + at : 0, cBefore + at, tanhC + at,
      );
      const vectors = (active + 3) >> 2;
      addProduct(args + WEIGHT_BYTES, thread, hidden, vectors, out, dh + state);
      addProduct(args, thread, inputs, vectors, out, dInput);
    }
  }
}

function units(
  hidden: i32, active: i32, gates: usize, dz: usize, dh: usize, dc: usize, dy: usize, cBefore: usize, tanhC: usize,
): void {
  const gateStride = <usize>hidden * TILE_ROW;
  const eights = <usize>(active & ~7) << 2;
  const fours = <usize>(active & ~3) << 2;
  const end = <usize>active << 2;
  for (let unit = 0; unit < hidden; unit++) {
    const row = dy != 0 ? dy : ZEROS;
    let k: usize = 0;
    for (; k < eights; k += 32) {
      backward(gates + k, gateStride, dz + k, gateStride, dh + k, dc + k, row + k, cBefore + k, tanhC + k, 0, 0, true, 8);
    }
    if (k < fours) {
      backward(gates + k, gateStride, dz + k, gateStride, dh + k, dc + k, row + k, cBefore + k, tanhC + k, 0, 0, true, 4);
      k += 16;
    }
    for (; k < end; k += 4) {
      backward(gates + k, gateStride, dz + k, gateStride, dh + k, dc + k, row + k, cBefore + k, tanhC + k, 0, 0, true, 1);
    }
    gates += TILE_ROW;
    dz += TILE_ROW;
    dh += TILE_ROW;
    dc += TILE_ROW;
    cBefore += TILE_ROW;
    tanhC += TILE_ROW;
    if (dy != 0) dy += TILE_ROW;
  }
}

/** sums[f, 0..8) += the sums of every eighth column of dz, tile after tile. Words: dz, sums, rows, tiles. */
export function lstmSumColumns(args: usize, thread: i32, threads: i32): void {
  const dz = <usize>load<u32>(args);
  const sums = <usize>load<u32>(args, 4);
  const rows = load<i32>(args, 8);
  const tiles = load<i32>(args, 12);
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  for (let tile = 0; tile < tiles; tile++) {
    let row = dz + (<usize>tile * <usize>rows + <usize>first) * TILE_ROW;
    const end = sums + (<usize>last << 5);
    for (let sum = sums + (<usize>first << 5); sum < end; sum += 32) {
      const low = f32x4.add(f32x4.add(v128.load(row), v128.load(row, 32)), f32x4.add(v128.load(row, 64), v128.load(row, 96)));
      const high = f32x4.add(f32x4.add(v128.load(row, 16), v128.load(row, 48)), f32x4.add(v128.load(row, 80), v128.load(row, 112)));
      v128.store(sum, f32x4.add(v128.load(sum), low));
      v128.store(sum, f32x4.add(v128.load(sum, 16), high), 16);
      row += TILE_ROW;
    }
  }
}
