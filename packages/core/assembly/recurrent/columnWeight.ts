// Products of a weight with the columns of one tile, for kernels whose threads own columns of the batch rather than rows of
// the weight. Such a thread meets nobody between the first and the last time step. Words of a weight:
import { INDICES, PANEL_WIDTH, PANELS, POINTERS, ROWS } from '../sparsePanels';
import { multiply } from '../sparseProduct';

/** address of the descriptor of its panels (sparsePanels.ts) */
const DESCRIPTOR: usize = 0;
/** address of its values */
const VALUES: usize = 4;
/** Bytes of a weight's words. */
export const WEIGHT_BYTES: usize = 8;

/** Bytes of a row of a tile. */
export const TILE_ROW: usize = 128;

/** y += W x for rows `from .. to` of y and the first `4 * vectors` columns that x and y point at, in tiles of 32 columns. */
export function addProduct(weight: usize, from: i32, to: i32, vectors: i32, x: usize, y: usize): void {
  const m = <usize>load<u32>(weight, DESCRIPTOR);
  const values = <usize>load<u32>(weight, VALUES);
  const indices = <usize>load<u32>(m, INDICES);
  const panels = load<i32>(m, PANELS);
  const panelBytes = <usize>load<i32>(m, PANEL_WIDTH) * TILE_ROW;
  const pointerBytes = <usize>(load<i32>(m, ROWS) + 1) << 2;
  let pointers = <usize>load<u32>(m, POINTERS);
  for (let panel = 0; panel < panels; panel++) {
    multiply(vectors, 32, from, to, pointers, indices, values, x, y);
    pointers += pointerBytes;
    x += panelBytes;
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
