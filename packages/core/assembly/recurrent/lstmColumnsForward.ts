// All steps of an LSTM layer forward, for batches that fill whole tiles: a thread runs some columns of the batch from the
// first step to the last. Input product, recurrent product and cell of a step follow each other while its gates are in
// the cache, and no thread waits for another.
import { WEIGHT_BYTES, TILE_ROW, addProduct, clearColumns, copyTile, runsOf } from './columnWeight';
import { output, sigmoidUnits, tanhUnits } from './lstmForward';

/**
 * Sequences are tiles of 32 columns; a step of them begins with a tile of its own. In: x, bias, h and c before the first
 * step (steps [H]). Out: h and c after each column's last; y (sequence [H]) unless its address is 0. If `keep`, activated
 * gates, h_{t-1}, c_{t-1} and tanh(c_t) go to their sequences, zero in the padding of h_{t-1}; if not, a thread has
 * one tile of gates and of h_{t-1}, one after the other from `gates` on.
 * Words: wx, wh (columnWeight.ts), bias, x, gates, hBefore, cBefore, tanhC, y, h, c, hidden, inputs, keep, steps (of each: its first tile, its active columns), their number, runs (where those of thread 0, 1, .. begin,
 * and where the last ends; then of each: first column of the batch and number of columns, within a tile).
 */
export function lstmForwardColumns(args: usize, thread: i32, threads: i32): void {
  const words = args + 2 * WEIGHT_BYTES;
  const bias = <usize>load<u32>(words);
  const x = <usize>load<u32>(words, 4);
  let gates = <usize>load<u32>(words, 8);
  let hBefore = <usize>load<u32>(words, 12);
  const cBefore = <usize>load<u32>(words, 16);
  const tanhC = <usize>load<u32>(words, 20);
  const y = <usize>load<u32>(words, 24);
  const h = <usize>load<u32>(words, 28);
  const c = <usize>load<u32>(words, 32);
  const hidden = load<i32>(words, 36);
  const inputs = load<i32>(words, 40);
  const keep = load<i32>(words, 44) != 0;
  const steps = <usize>load<u32>(words, 48);
  const count = load<i32>(words, 52);
  const runs = <usize>load<u32>(words, 56);
  const stateBytes = <usize>hidden * TILE_ROW;
  const inputBytes = <usize>inputs * TILE_ROW;
  if (!keep) {
    gates += <usize>thread * 5 * stateBytes;
    hBefore = gates + 4 * stateBytes;
  }
  const end = runsOf(runs, thread + 1, threads);
  for (let run = runsOf(runs, thread, threads); run < end; run += 8) {
    const first = load<i32>(run);
    const columns = load<i32>(run, 4);
    const tile = <usize>first >> 5;
    const within = <usize>(first & 31) << 2;
    const state = tile * stateBytes + within;
    for (let t = 0; t < count; t++) {
      const all = load<i32>(steps + (<usize>t << 3), 4);
      if (all <= (first & ~31)) break;
      const place = <usize>load<i32>(steps + (<usize>t << 3)) + tile;
      const active = max(0, min(columns, all - first));
      const at = place * stateBytes + within;
      const before = keep ? hBefore + at : hBefore + within;
      copyTile(h + state, before, hidden, (active + 3) & ~3);
      if (active < columns) clearColumns(before, hidden, active, columns);
      if (active == 0) continue;
      forwardStep(
        args, thread, bias, hidden, active, x + place * inputBytes + within, before,
        keep ? gates + 4 * (at - within) + within : gates + within,
        h + state, c + state, y != 0 ? y + at : 0, cBefore + at, tanhC + at, keep,
      );
    }
  }
}

/** One step of some columns of a tile. */
function forwardStep(
  weights: usize, thread: i32, bias: usize, hidden: i32, active: i32, x: usize, before: usize,
  gates: usize, h: usize, c: usize, y: usize, cBefore: usize, tanhC: usize, keep: bool,
): void {
  const vectors = (active + 3) >> 2;
  fillRows(gates, bias, 4 * hidden, (vectors + 1) & ~1);
  addProduct(weights, thread, 4 * hidden, vectors, x, gates);
  addProduct(weights + WEIGHT_BYTES, thread, 4 * hidden, vectors, before, gates);
  const stride = <usize>hidden * TILE_ROW;
  sigmoidUnits(gates, 2 * hidden, active, TILE_ROW);
  tanhUnits(gates + 2 * stride, hidden, active, TILE_ROW);
  sigmoidUnits(gates + 3 * stride, hidden, active, TILE_ROW);
  outputs(gates, stride, hidden, active, c, h, y != 0 ? y : h, cBefore, tanhC, keep);
}

// @ts-ignore: decorator
@inline function fillRows(rows: usize, values: usize, count: i32, vectors: i32): void {
  const bytes = <usize>vectors << 4;
  for (let f = 0; f < count; f++) {
    const value = v128.load_splat<f32>(values + (<usize>f << 2));
    for (let k: usize = 0; k < bytes; k += 16) v128.store(rows + k, value);
    rows += TILE_ROW;
  }
}

function outputs(
  gates: usize, gateStride: usize, units: i32, active: i32,
  c: usize, h: usize, y: usize, cBefore: usize, tanhC: usize, keep: bool,
): void {
  const eights = <usize>(active & ~7) << 2;
  const fours = <usize>(active & ~3) << 2;
  const end = <usize>active << 2;
  for (let unit = 0; unit < units; unit++) {
    let k: usize = 0;
    for (; k < eights; k += 32) {
      output(gates + k, gateStride, c + k, h + k, y + k, 0, cBefore + k, tanhC + k, false, keep, 8);
    }
    if (k < fours) {
      output(gates + k, gateStride, c + k, h + k, y + k, 0, cBefore + k, tanhC + k, false, keep, 4);
      k += 16;
    }
    for (; k < end; k += 4) {
      output(gates + k, gateStride, c + k, h + k, y + k, 0, cBefore + k, tanhC + k, false, keep, 1);
    }
    gates += TILE_ROW;
    c += TILE_ROW;
    h += TILE_ROW;
    y += TILE_ROW;
    cBefore += TILE_ROW;
    tanhC += TILE_ROW;
  }
}
