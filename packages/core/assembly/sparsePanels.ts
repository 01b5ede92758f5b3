// A sparse matrix M [rows, cols] as column panels (src/engines/simd/panelLayout.ts). Panel p holds the columns from
// p * panelWidth on, as a CSR of its own: row pointers count from the start of all nonzeros, column indices have 16 bits
// and count from the panel's first column. Words of the descriptor:

/** rows */
export const ROWS: usize = 0;
/** number of panels */
export const PANELS: usize = 4;
/** columns of a panel; the last may have fewer */
export const PANEL_WIDTH: usize = 8;
/** cols */
export const COLS: usize = 12;
/** address of the row pointers, u32 [panels, rows + 1] */
export const POINTERS: usize = 16;
/** address of the column indices, u16 [nnz] */
export const INDICES: usize = 20;
/** rows of a block: a block's nonzeros meet one tile of columns after the other */
export const BLOCK_ROWS: usize = 24;
/** panels of a block */
export const BLOCK_PANELS: usize = 28;
/** address of 128 bytes of scratch per thread */
export const SCRATCH: usize = 32;
/** from here on, the first row of thread 0, 1, .. and the row count: the threads' shares of the nonzeros are equal */
export const SHARES: usize = 36;

/**
 * Reads one word of every cache line from `from` to `to` in order, so that the processor fetches ahead; the products then
 * find in the L2 cache what they read in any order. The result has no meaning, but must be kept for the loads to stay.
 */
// @ts-ignore: decorator
@inline export function touch(from: usize, to: usize): i32 {
  let sum = 0;
  for (; from + 256 <= to; from += 256) sum += load<i32>(from) + load<i32>(from, 64) + load<i32>(from, 128) + load<i32>(from, 192);
  for (; from < to; from += 64) sum += load<i32>(from);
  return sum;
}
