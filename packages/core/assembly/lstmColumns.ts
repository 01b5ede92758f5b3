// The element-wise part of an LSTM layer: one time step, forward and backward. Matrices come in two forms: over the whole
// window in tiles of `width` columns (the sequence), and over one step's batch in tiles of `stepWidth` columns (the step).
// A step's columns start anywhere in the sequence's tiles, so a step is cut into runs that are contiguous in both forms;
// no matrix is ever converted from one form to the other. Units are split over threads; nothing is shared between units.

/** Units done run by run before the next: enough for streams that the processor fetches ahead, few enough for the L2 cache. */
export const BLOCK: i32 = 64;

/** Four columns, or one where fewer than four are left: the lanes are computed alike, so the path taken cannot be seen. */
// @ts-ignore: decorator
@inline export function read(address: usize, four: bool): v128 {
  return four ? v128.load(address) : v128.load32_zero(address);
}

// @ts-ignore: decorator
@inline export function write(address: usize, x: v128, four: bool): void {
  if (four) v128.store(address, x);
  else v128.store32_lane(address, x, 0);
}

/** Byte offset of (row, column) in tiles of `width` columns and `rows` rows. */
// @ts-ignore: decorator
@inline export function offset(rows: i32, width: i32, row: i32, column: i32): usize {
  return <usize>(((column / width) * rows + row) * width + (column % width)) << 2;
}
