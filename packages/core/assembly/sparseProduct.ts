// Y = start + M X for a matrix M of column panels (sparsePanels.ts): W itself, or W^T stored by the columns of W.
//
// On x64 V8 is asked to turn pairs of neighbouring 128-bit operations into one of 256 bits (runtime.ts). It starts from
// stores to neighbouring addresses and works backwards, which is why the vectors of a row are handled in order, and why
// there are two sets of accumulators: one set alone would wait for the latency of the multiply-add.
import { BLOCK_PANELS, BLOCK_ROWS, COLS, INDICES, PANELS, PANEL_WIDTH, POINTERS, ROWS, SCRATCH, SHARES, touch } from './sparsePanels';
import { ZERO, clearPadding, startRows } from './tiles';

/**
 * Y = start + M X (tiles.ts). Padding of X that fills up the last vector of four columns is multiplied too.
 * Words: descriptor, values, x, y, columns, width, start.
 */
export function panelProduct(args: usize, thread: i32, threads: i32): void {
  const m = <usize>load<u32>(args);
  const values = <usize>load<u32>(args, 4);
  const x = <usize>load<u32>(args, 8);
  const y = <usize>load<u32>(args, 12);
  const columns = load<i32>(args, 16);
  const width = load<i32>(args, 20);
  const start = <usize>load<u32>(args, 24);
  const scratch = <usize>load<u32>(m, SCRATCH) + (<usize>thread << 7);
  const rows = load<i32>(m, ROWS);
  const panels = load<i32>(m, PANELS);
  const panelWidth = load<i32>(m, PANEL_WIDTH);
  const pointers = <usize>load<u32>(m, POINTERS);
  const indices = <usize>load<u32>(m, INDICES);
  const blockRows = load<i32>(m, BLOCK_ROWS);
  const blockPanels = load<i32>(m, BLOCK_PANELS);
  const cols = load<i32>(m, COLS);
  const rowBytes = <usize>width << 2;
  const xTileBytes = <usize>cols * rowBytes;
  const yTileBytes = <usize>rows * rowBytes;
  const last = load<i32>(m + SHARES + (<usize>(thread + 1) << 2));
  for (let from = load<i32>(m + SHARES + (<usize>thread << 2)); from < last; from += blockRows) {
    const to = min(from + blockRows, last);
    for (let first = 0; first < panels; first += blockPanels) {
      const end = min(first + blockPanels, panels);
      let xTile = x;
      let yTile = y;
      for (let left = columns; left > 0; left -= width) {
        const vectors = min(left, width) + 3 >> 2;
        store<i32>(scratch, touch(xTile + <usize>(first * panelWidth) * rowBytes, xTile + <usize>min(end * panelWidth, cols) * rowBytes));
        for (let panel = first; panel < end; panel++) {
          const rowPointers = pointers + (<usize>panel * <usize>(rows + 1) << 2);
          const xPanel = xTile + <usize>panel * <usize>panelWidth * rowBytes;
          const yBlock = yTile + <usize>from * rowBytes;
          if (panel == 0 && start > ZERO) {
            multiplyFrom(start, vectors, width, from, to, rowPointers, indices, values, xPanel, yTile);
            clearPadding(yBlock, to - from, left, width);
            continue;
          }
          if (panel == 0) startRows(yBlock, start, from, to - from, left, width);
          multiply(vectors, width, from, to, rowPointers, indices, values, xPanel, yTile);
        }
        xTile += xTileBytes;
        yTile += yTileBytes;
      }
    }
  }
}

/** Adds one panel's rows `from .. to` times the first `vectors` vectors of a tile's columns to y. */
export function multiply(vectors: i32, width: i32, from: i32, to: i32, pointers: usize, indices: usize, values: usize, x: usize, y: usize): void {
  panelTimesTile(false, 0, vectors, width, from, to, pointers, indices, values, x, y);
}

/** The same with a bias for what y holds. A function of its own: a choice per row would cost a tenth of the time. */
function multiplyFrom(bias: usize, vectors: i32, width: i32, from: i32, to: i32, pointers: usize, indices: usize, values: usize, x: usize, y: usize): void {
  panelTimesTile(true, bias, vectors, width, from, to, pointers, indices, values, x, y);
}

// @ts-ignore: decorator
@inline function panelTimesTile(FROM_BIAS: bool, bias: usize, vectors: i32, width: i32, from: i32, to: i32, pointers: usize, indices: usize, values: usize, x: usize, y: usize): void {
  if (width == 16) {
    switch (vectors) {
      case 1:
        rowsTimesTile(FROM_BIAS, bias, 1, 6, from, to, pointers, indices, values, x, y);
        break;
      case 2:
        rowsTimesTile(FROM_BIAS, bias, 2, 6, from, to, pointers, indices, values, x, y);
        break;
      case 3:
        rowsTimesTile(FROM_BIAS, bias, 3, 6, from, to, pointers, indices, values, x, y);
        break;
      default:
        rowsTimesTile(FROM_BIAS, bias, 4, 6, from, to, pointers, indices, values, x, y);
    }
  } else {
    switch (vectors) {
      case 1:
        rowsTimesTile(FROM_BIAS, bias, 1, 7, from, to, pointers, indices, values, x, y);
        break;
      case 2:
        rowsTimesTile(FROM_BIAS, bias, 2, 7, from, to, pointers, indices, values, x, y);
        break;
      case 3:
        rowsTimesTile(FROM_BIAS, bias, 3, 7, from, to, pointers, indices, values, x, y);
        break;
      case 4:
        rowsTimesTile(FROM_BIAS, bias, 4, 7, from, to, pointers, indices, values, x, y);
        break;
      case 5:
        rowsTimesTile(FROM_BIAS, bias, 5, 7, from, to, pointers, indices, values, x, y);
        break;
      case 6:
        rowsTimesTile(FROM_BIAS, bias, 6, 7, from, to, pointers, indices, values, x, y);
        break;
      case 7:
        rowsTimesTile(FROM_BIAS, bias, 7, 7, from, to, pointers, indices, values, x, y);
        break;
      default:
        rowsTimesTile(FROM_BIAS, bias, 8, 7, from, to, pointers, indices, values, x, y);
    }
  }
}

/** One panel's rows `from .. to` times `4 * V` columns, in tiles whose rows have 1 << shift bytes. */
// @ts-ignore: decorator
@inline function rowsTimesTile(FROM_BIAS: bool, bias: usize, V: i32, shift: usize, from: i32, to: i32, pointers: usize, indices: usize, values: usize, x: usize, y: usize): void {
  for (let row = from; row < to; row++) {
    const pointer = pointers + (<usize>row << 2);
    const start = <usize>load<u32>(pointer);
    const stop = <usize>load<u32>(pointer, 4);
    const yRow = y + (<usize>row << shift);
    if (start == stop) {
      if (FROM_BIAS) startRows(yRow, bias, row, 1, 4 * V, 4 * V);
      continue;
    }
    const zero = f32x4.splat(0);
    const first = FROM_BIAS ? v128.load_splat<f32>(bias + (<usize>row << 2)) : zero;
    let a0 = FROM_BIAS ? first : v128.load(yRow);
    let a1 = FROM_BIAS ? first : V > 1 ? v128.load(yRow, 16) : zero;
    let a2 = FROM_BIAS ? first : V > 2 ? v128.load(yRow, 32) : zero;
    let a3 = FROM_BIAS ? first : V > 3 ? v128.load(yRow, 48) : zero;
    let a4 = FROM_BIAS ? first : V > 4 ? v128.load(yRow, 64) : zero;
    let a5 = FROM_BIAS ? first : V > 5 ? v128.load(yRow, 80) : zero;
    let a6 = FROM_BIAS ? first : V > 6 ? v128.load(yRow, 96) : zero;
    let a7 = FROM_BIAS ? first : V > 7 ? v128.load(yRow, 112) : zero;
    let b0 = zero, b1 = zero, b2 = zero, b3 = zero, b4 = zero, b5 = zero, b6 = zero, b7 = zero;
    let index = indices + (start << 1);
    let value = values + (start << 2);
    const end = values + (stop << 2);
    while (value + 4 < end) {
      const xa = x + (<usize>load<u16>(index) << shift);
      const wa = v128.load_splat<f32>(value);
      a0 = f32x4.relaxed_madd(wa, v128.load(xa), a0);
      if (V > 1) a1 = f32x4.relaxed_madd(wa, v128.load(xa, 16), a1);
      if (V > 2) a2 = f32x4.relaxed_madd(wa, v128.load(xa, 32), a2);
      if (V > 3) a3 = f32x4.relaxed_madd(wa, v128.load(xa, 48), a3);
      if (V > 4) a4 = f32x4.relaxed_madd(wa, v128.load(xa, 64), a4);
      if (V > 5) a5 = f32x4.relaxed_madd(wa, v128.load(xa, 80), a5);
      if (V > 6) a6 = f32x4.relaxed_madd(wa, v128.load(xa, 96), a6);
      if (V > 7) a7 = f32x4.relaxed_madd(wa, v128.load(xa, 112), a7);
      const xb = x + (<usize>load<u16>(index, 2) << shift);
      const wb = v128.load_splat<f32>(value, 4);
      b0 = f32x4.relaxed_madd(wb, v128.load(xb), b0);
      if (V > 1) b1 = f32x4.relaxed_madd(wb, v128.load(xb, 16), b1);
      if (V > 2) b2 = f32x4.relaxed_madd(wb, v128.load(xb, 32), b2);
      if (V > 3) b3 = f32x4.relaxed_madd(wb, v128.load(xb, 48), b3);
      if (V > 4) b4 = f32x4.relaxed_madd(wb, v128.load(xb, 64), b4);
      if (V > 5) b5 = f32x4.relaxed_madd(wb, v128.load(xb, 80), b5);
      if (V > 6) b6 = f32x4.relaxed_madd(wb, v128.load(xb, 96), b6);
      if (V > 7) b7 = f32x4.relaxed_madd(wb, v128.load(xb, 112), b7);
      index += 4;
      value += 8;
    }
    if (value < end) {
      const xa = x + (<usize>load<u16>(index) << shift);
      const wa = v128.load_splat<f32>(value);
      a0 = f32x4.relaxed_madd(wa, v128.load(xa), a0);
      if (V > 1) a1 = f32x4.relaxed_madd(wa, v128.load(xa, 16), a1);
      if (V > 2) a2 = f32x4.relaxed_madd(wa, v128.load(xa, 32), a2);
      if (V > 3) a3 = f32x4.relaxed_madd(wa, v128.load(xa, 48), a3);
      if (V > 4) a4 = f32x4.relaxed_madd(wa, v128.load(xa, 64), a4);
      if (V > 5) a5 = f32x4.relaxed_madd(wa, v128.load(xa, 80), a5);
      if (V > 6) a6 = f32x4.relaxed_madd(wa, v128.load(xa, 96), a6);
      if (V > 7) a7 = f32x4.relaxed_madd(wa, v128.load(xa, 112), a7);
    }
    v128.store(yRow, f32x4.add(a0, b0));
    if (V > 1) v128.store(yRow, f32x4.add(a1, b1), 16);
    if (V > 2) v128.store(yRow, f32x4.add(a2, b2), 32);
    if (V > 3) v128.store(yRow, f32x4.add(a3, b3), 48);
    if (V > 4) v128.store(yRow, f32x4.add(a4, b4), 64);
    if (V > 5) v128.store(yRow, f32x4.add(a5, b5), 80);
    if (V > 6) v128.store(yRow, f32x4.add(a6, b6), 96);
    if (V > 7) v128.store(yRow, f32x4.add(a7, b7), 112);
  }
}
