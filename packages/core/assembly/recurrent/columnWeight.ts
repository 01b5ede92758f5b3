// Products of a weight with the columns of one tile, for kernels whose threads own columns of the batch rather than rows of
// the weight. Such a thread meets nobody between the first and the last time step. Words of a weight:
import { COLUMNS, ROWS as BLOCK_ROWS, WIDE_COLUMNS, block5x16, block5x8, edgeBlock } from '../dense/gemm';
import { panelOfRows, panelsOfColumns } from '../dense/gemmPack';
import { SCRATCH_BYTES, SPARE_OFFSET, firstRow } from '../dense/gemmWide';
import { INDICES, PANEL_WIDTH, PANELS, POINTERS, ROWS } from '../sparsePanels';
import { multiply } from '../sparseProduct';

/** 0: sparse; else rows of a dense one */
const OUTS: usize = 0;
/** columns of a dense one */
const INS: usize = 4;
/** address of a sparse one's descriptor (sparsePanels.ts), or of what densePanels made of a dense one */
const STORED: usize = 8;
/** address of a sparse one's values, or of the dense products' scratch */
const VALUES: usize = 12;
/** Bytes of a weight's words. */
export const WEIGHT_BYTES: usize = 16;

/** Bytes of a row of a tile. */
export const TILE_ROW: usize = 128;

/**
 * y += W x for the first `4 * vectors` columns that x and y point at, in tiles of 32 columns; a dense weight takes columns
 * by eights.
 */
export function addProduct(weight: usize, thread: i32, rows: i32, vectors: i32, x: usize, y: usize): void {
  if (load<i32>(weight, OUTS) == 0) addSparse(weight, rows, vectors, x, y);
  else addDense(weight, thread, vectors << 2, x, y);
}

function addSparse(weight: usize, rows: i32, vectors: i32, x: usize, y: usize): void {
  const m = <usize>load<u32>(weight, STORED);
  const values = <usize>load<u32>(weight, VALUES);
  const indices = <usize>load<u32>(m, INDICES);
  const panels = load<i32>(m, PANELS);
  const panelBytes = <usize>load<i32>(m, PANEL_WIDTH) * TILE_ROW;
  const pointerBytes = <usize>(load<i32>(m, ROWS) + 1) << 2;
  let pointers = <usize>load<u32>(m, POINTERS);
  for (let panel = 0; panel < panels; panel++) {
    multiply(vectors, 32, 0, rows, pointers, indices, values, x, y);
    pointers += pointerBytes;
    x += panelBytes;
  }
}

/** Longest piece of the summation index that is worked on at once: of x it takes 32 KiB. */
const DEPTH: i32 = 256;

function addDense(weight: usize, thread: i32, columns: i32, x: usize, y: usize): void {
  const outs = load<i32>(weight, OUTS);
  const ins = load<i32>(weight, INS);
  const spare = <usize>load<u32>(weight, VALUES) + <usize>thread * SCRATCH_BYTES + SPARE_OFFSET;
  let panel = <usize>load<u32>(weight, STORED);
  for (let k = 0; k < ins; k += DEPTH) {
    const depth = min(DEPTH, ins - k);
    const b = x + <usize>k * TILE_ROW;
    for (let row = 0; row < outs; row += BLOCK_ROWS) {
      const c = y + <usize>row * TILE_ROW;
      const rows = min(BLOCK_ROWS, outs - row);
      for (let n = 0; n < columns; n += WIDE_COLUMNS) {
        const at = <usize>n << 2;
        const some = columns - n > COLUMNS ? WIDE_COLUMNS : COLUMNS;
        if (rows < BLOCK_ROWS) edgeBlock(rows, some, spare, depth, panel, BLOCK_ROWS * 4, b + at, TILE_ROW, c + at, TILE_ROW);
        else if (some == COLUMNS) block5x8(depth, panel, BLOCK_ROWS * 4, b + at, TILE_ROW, c + at, TILE_ROW);
        else block5x16(depth, panel, BLOCK_ROWS * 4, b + at, TILE_ROW, c + at, TILE_ROW);
      }
      panel += <usize>(depth * BLOCK_ROWS * 4);
    }
  }
}

/**
 * A dense matrix as panels [k, 5] of five rows of W, or of W^T: for each piece of up to 256 k one after the other, the last
 * filled up with zeros. Words: w, panels, out, in (of W), transposed.
 */
export function densePanels(args: usize, thread: i32, threads: i32): void {
  const w = <usize>load<u32>(args);
  const isTransposed = load<i32>(args, 16) != 0;
  const step = <usize>load<i32>(args, 12) << 2;
  const outs = load<i32>(args + (isTransposed ? 12 : 8));
  const ins = load<i32>(args + (isTransposed ? 8 : 12));
  const first = firstRow(outs, thread, threads);
  const last = firstRow(outs, thread + 1, threads);
  const padded = ((outs + BLOCK_ROWS - 1) / BLOCK_ROWS) * BLOCK_ROWS;
  for (let k = 0; k < ins; k += DEPTH) {
    const depth = min(DEPTH, ins - k);
    let panel = <usize>load<u32>(args, 4) + (<usize>(padded * k + first * depth) << 2);
    if (isTransposed) panelsOfColumns(w + <usize>k * step + (<usize>first << 2), step, last - first, depth, panel);
    else {
      for (let row = first; row < last; row += BLOCK_ROWS) {
        panel = panelOfRows(w + <usize>row * step + (<usize>k << 2), step, min(BLOCK_ROWS, last - row), depth, panel);
      }
    }
  }
}

/** Zeroes columns `from .. to` (whole vectors but for the first) of `rows` rows. */
export function clearColumns(tile: usize, rows: i32, from: i32, to: i32): void {
  const zero = i32x4.splat(0);
  const whole = (from + 3) & ~3;
  const end = tile + <usize>rows * TILE_ROW;
  for (; tile < end; tile += TILE_ROW) {
    for (let n = from; n < whole; n++) store<f32>(tile + (<usize>n << 2), 0);
    for (let n = whole; n < to; n += 4) v128.store(tile + (<usize>n << 2), zero);
  }
}

/** Copies the first `columns` columns of `rows` rows, in whole vectors. */
export function copyTile(source: usize, target: usize, rows: i32, columns: i32): void {
  const end = source + <usize>rows * TILE_ROW;
  for (; source < end; source += TILE_ROW) {
    for (let n = 0; n < columns; n += 4) v128.store(target + (<usize>n << 2), v128.load(source + (<usize>n << 2)));
    target += TILE_ROW;
  }
}

/** Where a thread's runs of columns begin; they end where those of the next thread begin. A run is two words. */
export function runsOf(runs: usize, thread: i32, threads: i32): usize {
  return runs + ((<usize>(threads + 1) + 2 * <usize>load<i32>(runs + (<usize>thread << 2))) << 2);
}
