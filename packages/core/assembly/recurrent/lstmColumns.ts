// The element-wise part of an LSTM layer: one time step, forward and backward. Matrices come in two forms: over the whole
// window in tiles of `width` columns (the sequence), and over one step's batch in tiles of `stepWidth` columns (the step).
// A step's columns start anywhere in the sequence's tiles, so a step is cut into runs that are contiguous in both forms;
// no matrix is ever converted from one form to the other. Units are split over threads; nothing is shared between units.
//
// A run is done eight columns at a time, then four, then one by one. The lanes are computed alike, so the result does not
// show which. Of the eight, V8 makes 256-bit operations (runtime.ts) if each pair of loads, and each pair of stores, is
// free of other memory accesses in between; every pair below is written so.

/** Units done run by run before the next: enough for streams that the processor fetches ahead, few enough for the L2 cache. */
export const BLOCK: i32 = 64;

/** The first four of N columns, or the only one. */
// @ts-ignore: decorator
@inline export function read(address: usize, N: i32): v128 {
  return N == 1 ? v128.load32_zero(address) : v128.load(address);
}

/** The second four of eight columns. */
// @ts-ignore: decorator
@inline export function readHigh(address: usize, N: i32): v128 {
  return N == 8 ? v128.load(address, 16) : i32x4.splat(0);
}

/** Stores N columns. */
// @ts-ignore: decorator
@inline export function write(address: usize, low: v128, high: v128, N: i32): void {
  if (N == 1) v128.store32_lane(address, low, 0);
  else v128.store(address, low);
  if (N == 8) v128.store(address, high, 16);
}

/** Byte offset of (row, column) in tiles of `width` columns and `rows` rows. */
// @ts-ignore: decorator
@inline export function offset(rows: i32, width: i32, row: i32, column: i32): usize {
  return <usize>(((column / width) * rows + row) * width + (column % width)) << 2;
}
