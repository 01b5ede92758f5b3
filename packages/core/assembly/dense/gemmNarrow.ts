// The dense products for one tile of columns, the recurrent products of a batch. Every weight is used so seldom that
// rearranging it would cost as much as the product, so that both loops read W as it lies in memory.
import { COLUMNS, ROWS, block5x8, row1x4, rows3x12, rows5x4, rows5x8 } from './gemm';
import { stripOfRows } from './gemmPack';
import { SCRATCH_BYTES, STRIP_OFFSET, firstRow } from './gemmWide';
import { startRows } from '../tiles';

/** Y = start + W X. The summation index is not cut: X is in L2, and the accumulators stay in registers. Words: denseProduct. */
export function denseProductNarrow(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const x = <usize>load<u32>(args, 4);
  const y = <usize>load<u32>(args, 8);
  const outs = load<i32>(args, 12);
  const ins = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const step = <usize>ins << 2;
  const tileStep = <usize>width << 2;
  const last = firstRow(outs, thread + 1, threads);
  let row = firstRow(outs, thread, threads);
  startRows(y + <usize>row * tileStep, <usize>load<u32>(args, 32), row, last - row, columns, width);
  // An odd number of vectors from three up ends in three: a block of one vector leaves the FMA units waiting.
  const vectors = (columns + 3) >> 2;
  const endsInThree = vectors > 1 && (vectors & 1) == 1;
  const inTwos = (endsInThree ? vectors - 3 : vectors & ~1) << 2;
  for (; row + 3 * ROWS <= last; row += 3 * ROWS) {
    for (let r = row; r < row + 3 * ROWS; r += ROWS) {
      const to = endsInThree ? inTwos : columns;
      fiveRows(ins, w + <usize>r * step, step, x, y + <usize>r * tileStep, tileStep, to);
    }
    if (!endsInThree) continue;
    const at = <usize>inTwos << 2;
    for (let r = row; r < row + 3 * ROWS; r += 3) {
      rows3x12(ins, w + <usize>r * step, step, x + at, tileStep, y + <usize>r * tileStep + at, tileStep);
    }
  }
  for (; row + ROWS <= last; row += ROWS) {
    fiveRows(ins, w + <usize>row * step, step, x, y + <usize>row * tileStep, tileStep, columns);
  }
  for (; row < last; row++) {
    for (let column = 0; column < columns; column += 4) {
      const at = <usize>column << 2;
      row1x4(ins, w + <usize>row * step, x + at, tileStep, y + <usize>row * tileStep + at);
    }
  }
}

/** Five rows of Y, columns below `columns`, by twos of vectors and one where one is left. */
function fiveRows(ins: i32, a: usize, step: usize, x: usize, y: usize, tileStep: usize, columns: i32): void {
  let column = 0;
  for (; column + 4 < columns; column += 8) {
    const at = <usize>column << 2;
    rows5x8(ins, a, step, x + at, tileStep, y + at, tileStep);
  }
  if (column < columns) rows5x4(ins, a, step, x + (<usize>column << 2), tileStep, y + (<usize>column << 2), tileStep);
}

/** Rows of W taken at once: few enough that the part of W stays in the L2 cache, and its pages in the TLB. */
const DEPTH: i32 = 32;
/** Columns of W taken at once: long rows, so that memory is read in sequence. */
const SPAN: i32 = 1504;
/** Row length of the transposed result, which has up to 35 rows: not a power of two, whose multiples share cache sets. */
const SPAN_BYTES: usize = 6080;

/**
 * dX = start + W^T dY: the vectors run along the rows of W, and dX is summed up transposed, in the thread's scratch.
 * Words: denseProductTransposed.
 */
export function denseProductTransposedNarrow(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const dy = <usize>load<u32>(args, 4);
  const dx = <usize>load<u32>(args, 8);
  const outs = load<i32>(args, 12);
  const ins = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const scratch = <usize>load<u32>(args, 28) + <usize>thread * SCRATCH_BYTES;
  const strip = scratch + STRIP_OFFSET;
  const panel = strip + <usize>(DEPTH * 64);
  const step = <usize>ins << 2;
  const tileStep = <usize>width << 2;
  // Whole vectors of the result per thread, so that no strip is cut in two.
  const strips = (ins + COLUMNS - 1) / COLUMNS;
  const first = ((strips * thread) / threads) * COLUMNS;
  const last = min(ins, ((strips * (thread + 1)) / threads) * COLUMNS);
  startRows(dx + <usize>first * tileStep, <usize>load<u32>(args, 32), first, last - first, columns, width);
  for (let start = first; start < last; start += SPAN) {
    const span = min(SPAN, last - start);
    memory.fill(scratch, 0, <usize>((columns + ROWS - 1) / ROWS * ROWS) * SPAN_BYTES);
    for (let k = 0; k < outs; k += DEPTH) {
      const depth = min(DEPTH, outs - k);
      const b = w + <usize>k * step + (<usize>start << 2);
      const whole = span & ~7;
      if (whole < span) stripOfRows(b + (<usize>whole << 2), step, span - whole, depth, strip);
      for (let n = 0; n < columns; n += ROWS) {
        let a = dy + <usize>k * tileStep + (<usize>n << 2);
        let aStep = tileStep;
        if (n + ROWS > width) {
          panelOfTileRows(a, tileStep, width - n, depth, panel);
          a = panel;
          aStep = ROWS * 4;
        }
        const c = scratch + <usize>n * SPAN_BYTES;
        for (let i = 0; i < whole; i += COLUMNS) {
          const at = <usize>i << 2;
          block5x8(depth, a, aStep, b + at, step, c + at, SPAN_BYTES);
        }
        if (whole < span) block5x8(depth, a, aStep, strip, 64, c + (<usize>whole << 2), SPAN_BYTES);
      }
    }
    for (let i = 0; i < span; i++) {
      let from = scratch + (<usize>i << 2);
      const row = dx + <usize>(start + i) * tileStep;
      for (let n = 0; n < columns; n++) {
        const to = row + (<usize>n << 2);
        store<f32>(to, load<f32>(to) + load<f32>(from));
        from += SPAN_BYTES;
      }
    }
  }
}

/** panel[k, r] = source[k, r] for r < `columns` < 5, else 0: a tile's last columns, past which another row begins. */
function panelOfTileRows(source: usize, step: usize, columns: i32, count: i32, panel: usize): void {
  for (let k = 0; k < count; k++) {
    for (let r = 0; r < ROWS; r++) {
      store<f32>(panel + (<usize>r << 2), r < columns ? load<f32>(source + (<usize>r << 2)) : 0);
    }
    source += step;
    panel += ROWS * 4;
  }
}
