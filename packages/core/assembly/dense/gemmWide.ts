// The three dense products for many columns. One operand is rearranged block by block so that it stays in the L2 cache,
// the other strip by strip so that it stays in L1. Threads own disjoint rows of the result. A thread's scratch:
// panels (PANEL_BYTES), one strip (MAX_DEPTH * 64 bytes), a spare block (512 bytes); gemmNarrow.ts uses it differently.
import { COLUMNS, ROWS, WIDE_COLUMNS, block5x16, block5x8, edgeBlock } from './gemm';
import { panelOfRows, panelsOfColumns, stripOfColumns, stripOfRows } from './gemmPack';
import { HELD, ZERO, clearPadding, startBlock } from '../tiles';

/** Bytes of scratch per thread, as src/engines/simd/denseWeight.ts allocates them. */
export const SCRATCH_BYTES: usize = 352768;
export const PANEL_BYTES: i32 = 327680;
/** Longest piece of the summation index that is worked on at once: the strip of B takes half of the L1 cache. */
export const MAX_DEPTH: i32 = 384;
/** The same for the outer product, whose strips are dearer to load. */
const OUTER_DEPTH: i32 = 256;
export const STRIP_OFFSET: usize = 327680;
export const SPARE_OFFSET: usize = 327680 + 24576;

/** Length of the pieces of a summation index: a multiple of 32, all about equal, none above `most`. */
// @ts-ignore: decorator
@inline function depthOf(total: i32, most: i32): i32 {
  const pieces = (total + most - 1) / most;
  return ((total + pieces - 1) / pieces + 31) & ~31;
}

/** Rows of a block of panels: as many as fit, in blocks of about equal size. */
// @ts-ignore: decorator
@inline function blockRows(rows: i32, depth: i32): i32 {
  const most = PANEL_BYTES / (depth * ROWS * 4);
  const groups = (rows + ROWS - 1) / ROWS;
  const blocks = (groups + most - 1) / most;
  return ((groups + blocks - 1) / blocks) * ROWS;
}

/** First row of a thread: rows are dealt out in whole groups of 5. */
// @ts-ignore: decorator
@inline export function firstRow(rows: i32, thread: i32, threads: i32): i32 {
  return min(rows, ((((rows + ROWS - 1) / ROWS) * thread) / threads) * ROWS);
}

/** c[rows, 0..columns) = start + panels strip, columns <= 16; the start is that of the rows from `first` on. */
// @ts-ignore: decorator
@inline function panelsTimesStrip(
  rows: i32,
  columns: i32,
  depth: i32,
  panels: usize,
  strip: usize,
  c: usize,
  cStep: usize,
  spare: usize,
  start: usize,
  first: i32,
): void {
  startBlock(start, first, min(ROWS, rows), columns, c, cStep);
  for (let r = 0; r < rows; r += ROWS) {
    const next = r + ROWS;
    const below = c + <usize>ROWS * cStep;
    // One block ahead, so that the stores are done when the block is loaded.
    if (next < rows) startBlock(start, first + next, min(ROWS, rows - next), columns, below, cStep);
    const some = min(ROWS, rows - r);
    if (some < ROWS || (columns != COLUMNS && columns != WIDE_COLUMNS)) edgeBlock(some, columns, spare, depth, panels, ROWS * 4, strip, 64, c, cStep);
    else if (columns == COLUMNS) block5x8(depth, panels, ROWS * 4, strip, 64, c, cStep);
    else block5x16(depth, panels, ROWS * 4, strip, 64, c, cStep);
    panels += <usize>(depth * ROWS * 4);
    c = below;
  }
}

/**
 * result = start + strips of `operand` (tiles [features, columns]), k from `from`, times the panels, rows `row` .. of
 * result.
 */
function allStrips(
  operand: usize,
  features: i32,
  result: usize,
  resultFeatures: i32,
  columns: i32,
  width: i32,
  from: i32,
  depth: i32,
  row: i32,
  rows: i32,
  scratch: usize,
  start: usize,
): void {
  const step = <usize>width << 2;
  for (let column = 0; column < columns; column += WIDE_COLUMNS) {
    const tile = column / width;
    const within = column - tile * width;
    const c = result + (<usize>((tile * resultFeatures + row) * width + within) << 2);
    stripOfRows(
      operand + (<usize>((tile * features + from) * width + within) << 2),
      step, WIDE_COLUMNS, depth, scratch + STRIP_OFFSET,
    );
    // Padding is left out by eights.
    const some = columns - column > COLUMNS ? WIDE_COLUMNS : COLUMNS;
    panelsTimesStrip(rows, some, depth, scratch, scratch + STRIP_OFFSET, c, step, scratch + SPARE_OFFSET, start, row);
  }
  const tile = (columns - 1) / width;
  if (start != HELD) {
    clearPadding(result + (<usize>((tile * resultFeatures + row) * width) << 2), rows, columns - tile * width, width);
  }
}

/** Y = start + W X. Words: w, x, y, out, in, columns, width, scratch, start (tiles.ts). */
export function denseProduct(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const x = <usize>load<u32>(args, 4);
  const y = <usize>load<u32>(args, 8);
  const outs = load<i32>(args, 12);
  const ins = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const scratch = <usize>load<u32>(args, 28) + <usize>thread * SCRATCH_BYTES;
  const start = <usize>load<u32>(args, 32);
  const step = <usize>ins << 2;
  const first = firstRow(outs, thread, threads);
  const last = firstRow(outs, thread + 1, threads);
  const piece = depthOf(ins, MAX_DEPTH);
  const block = blockRows(max(1, last - first), piece);
  for (let k = 0; k < ins; k += piece) {
    const depth = min(piece, ins - k);
    for (let row = first; row < last; row += block) {
      const rows = min(block, last - row);
      let panel = scratch;
      for (let r = 0; r < rows; r += ROWS) {
        const source = w + <usize>(row + r) * step + (<usize>k << 2);
        panel = panelOfRows(source, step, min(ROWS, rows - r), depth, panel);
      }
      allStrips(x, ins, y, outs, columns, width, k, depth, row, rows, scratch, k == 0 ? start : HELD);
    }
  }
}

/** dX = start + W^T dY. Words: w, dy, dx, out, in, columns, width, scratch, start. */
export function denseProductTransposed(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const dy = <usize>load<u32>(args, 4);
  const dx = <usize>load<u32>(args, 8);
  const outs = load<i32>(args, 12);
  const ins = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const scratch = <usize>load<u32>(args, 28) + <usize>thread * SCRATCH_BYTES;
  const start = <usize>load<u32>(args, 32);
  const step = <usize>ins << 2;
  const first = firstRow(ins, thread, threads);
  const last = firstRow(ins, thread + 1, threads);
  const piece = depthOf(outs, MAX_DEPTH);
  const block = blockRows(max(1, last - first), piece);
  for (let k = 0; k < outs; k += piece) {
    const depth = min(piece, outs - k);
    for (let row = first; row < last; row += block) {
      const rows = min(block, last - row);
      panelsOfColumns(w + <usize>k * step + (<usize>row << 2), step, rows, depth, scratch);
      allStrips(dy, outs, dx, ins, columns, width, k, depth, row, rows, scratch, k == 0 ? start : HELD);
    }
  }
}

/** dW = dY X^T, or += if `accumulate`. Words: dy, x, dw, out, in, columns, width, scratch, accumulate. */
export function denseOuterProduct(args: usize, thread: i32, threads: i32): void {
  const dy = <usize>load<u32>(args);
  const x = <usize>load<u32>(args, 4);
  const dw = <usize>load<u32>(args, 8);
  const outs = load<i32>(args, 12);
  const ins = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const scratch = <usize>load<u32>(args, 28) + <usize>thread * SCRATCH_BYTES;
  const accumulate = load<i32>(args, 32) != 0;
  const tileStep = <usize>width << 2;
  const step = <usize>ins << 2;
  const first = firstRow(outs, thread, threads);
  const last = firstRow(outs, thread + 1, threads);
  const piece = depthOf(columns, OUTER_DEPTH);
  const block = blockRows(max(1, last - first), piece);
  for (let row = first; row < last; row += block) {
    const rows = min(block, last - row);
    for (let k = 0; k < columns; k += piece) {
      const depth = min(piece, columns - k);
      // Padding columns are not summed up, but they complete the last vector that is rearranged.
      const padded = (depth + 3) & ~3;
      for (let r = 0; r < rows; r += ROWS) {
        for (let n = 0; n < depth; n += width) {
          const source = dy + (<usize>(((k + n) / width) * outs + row + r) * tileStep);
          const panel = scratch + (<usize>((r / ROWS) * depth + n) * <usize>(ROWS * 4));
          panelOfRows(source, tileStep, min(ROWS, rows - r), min(width, depth - n), panel);
        }
      }
      for (let column = 0; column < ins; column += WIDE_COLUMNS) {
        const some = min(WIDE_COLUMNS, ins - column);
        for (let n = 0; n < padded; n += width) {
          const source = x + (<usize>(((k + n) / width) * ins + column) * tileStep);
          const strip = scratch + STRIP_OFFSET + (<usize>n << 6);
          stripOfColumns(source, tileStep, some, min(width, padded - n), strip);
        }
        const c = dw + <usize>row * step + (<usize>column << 2);
        const start = k == 0 && !accumulate ? ZERO : HELD;
        panelsTimesStrip(rows, some, depth, scratch, scratch + STRIP_OFFSET, c, step, scratch + SPARE_OFFSET, start, 0);
      }
    }
  }
}
