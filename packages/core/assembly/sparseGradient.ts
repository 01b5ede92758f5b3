// dW = dY X^T at the nonzeros of a matrix of column panels (sparsePanels.ts). Written for 256 bits as sparseProduct.ts is:
// the two halves of each sum are kept in step down to the store that they end in.
import { BLOCK_PANELS, BLOCK_ROWS, COLS, INDICES, PANELS, PANEL_WIDTH, POINTERS, ROWS, SCRATCH, SHARES, touch } from './sparsePanels';

/**
 * g[k] = sum over the columns n of dY[row k, n] X[col k, n], or g[k] += .. if `accumulate`. Padding must be zero.
 * Words: descriptor, g, dY, x, columns, width, accumulate.
 */
export function panelSampledProduct(args: usize, thread: i32, threads: i32): void {
  const m = <usize>load<u32>(args);
  const gradient = <usize>load<u32>(args, 4);
  const dy = <usize>load<u32>(args, 8);
  const x = <usize>load<u32>(args, 12);
  const columns = load<i32>(args, 16);
  const width = load<i32>(args, 20);
  const accumulate = load<i32>(args, 24);
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
  const dyTileBytes = <usize>rows * rowBytes;
  const last = load<i32>(m + SHARES + (<usize>(thread + 1) << 2));
  for (let from = load<i32>(m + SHARES + (<usize>thread << 2)); from < last; from += blockRows) {
    const to = min(from + blockRows, last);
    for (let first = 0; first < panels; first += blockPanels) {
      const end = min(first + blockPanels, panels);
      if (!accumulate) {
        for (let panel = first; panel < end; panel++) {
          const rowPointers = pointers + (<usize>panel * <usize>(rows + 1) << 2);
          const start = load<u32>(rowPointers + (<usize>from << 2));
          const stop = load<u32>(rowPointers + (<usize>to << 2));
          memory.fill(gradient + (<usize>start << 2), 0, <usize>(stop - start) << 2);
        }
      }
      let xTile = x;
      let dyTile = dy;
      for (let left = columns; left > 0; left -= width) {
        store<i32>(scratch, touch(xTile + <usize>(first * panelWidth) * rowBytes, xTile + <usize>min(end * panelWidth, cols) * rowBytes));
        for (let panel = first; panel < end; panel++) {
          const rowPointers = pointers + (<usize>panel * <usize>(rows + 1) << 2);
          const xPanel = xTile + <usize>panel * <usize>panelWidth * rowBytes;
          if (width == 16) sample16(from, to, rowPointers, indices, gradient, dyTile, xPanel, scratch);
          else sample32(from, to, rowPointers, indices, gradient, dyTile, xPanel, scratch);
        }
        xTile += xTileBytes;
        dyTile += dyTileBytes;
      }
    }
  }
}

function sample16(from: i32, to: i32, pointers: usize, indices: usize, gradient: usize, dy: usize, x: usize, scratch: usize): void {
  sampleRows(4, from, to, pointers, indices, gradient, dy, x, scratch);
}

function sample32(from: i32, to: i32, pointers: usize, indices: usize, gradient: usize, dy: usize, x: usize, scratch: usize): void {
  sampleRows(8, from, to, pointers, indices, gradient, dy, x, scratch);
}

/**
 * One panel's rows `from .. to` over a tile of `4 * V` columns, four nonzeros at a time. The sums of four nonzeros go
 * through scratch, where two stores make one of 256 bits, and are added to the gradient while the next four are on their
 * way: loading them back at once would wait for the stores.
 */
// @ts-ignore: decorator
@inline function sampleRows(V: i32, from: i32, to: i32, pointers: usize, indices: usize, gradient: usize, dy: usize, x: usize, scratch: usize): void {
  const shift: usize = V == 4 ? 6 : 7;
  const zero = f32x4.splat(0);
  let halves = scratch;
  // Where the sums before go; at first into scratch, where nobody looks.
  let before = scratch + 32;
  for (let row = from; row < to; row++) {
    const pointer = pointers + (<usize>row << 2);
    const start = <usize>load<u32>(pointer);
    const stop = <usize>load<u32>(pointer, 4);
    if (start == stop) continue;
    const dyRow = dy + (<usize>row << shift);
    const d0 = v128.load(dyRow);
    const d1 = v128.load(dyRow, 16);
    const d2 = v128.load(dyRow, 32);
    const d3 = v128.load(dyRow, 48);
    const d4 = V == 8 ? v128.load(dyRow, 64) : zero;
    const d5 = V == 8 ? v128.load(dyRow, 80) : zero;
    const d6 = V == 8 ? v128.load(dyRow, 96) : zero;
    const d7 = V == 8 ? v128.load(dyRow, 112) : zero;
    let index = indices + (start << 1);
    let g = gradient + (start << 2);
    const end = gradient + (stop << 2);
    while (g + 12 < end) {
      fourSums(V, d0, d1, d2, d3, d4, d5, d6, d7, x + (<usize>load<u16>(index) << shift), x + (<usize>load<u16>(index, 2) << shift), x + (<usize>load<u16>(index, 4) << shift), x + (<usize>load<u16>(index, 6) << shift), halves);
      halves ^= 64;
      v128.store(before, f32x4.add(v128.load(before), f32x4.add(v128.load(halves), v128.load(halves, 16))));
      before = g;
      index += 8;
      g += 16;
    }
    if (g < end) {
      // One to three are left: filled up to four with the row's last, and added one by one.
      const last = indices + (stop - 1 << 1);
      fourSums(V, d0, d1, d2, d3, d4, d5, d6, d7, x + (<usize>load<u16>(index) << shift), x + (<usize>load<u16>(min(index + 2, last)) << shift), x + (<usize>load<u16>(min(index + 4, last)) << shift), x + (<usize>load<u16>(last) << shift), scratch + 32);
      const sums = f32x4.add(v128.load(scratch, 32), v128.load(scratch, 48));
      store<f32>(g, load<f32>(g) + f32x4.extract_lane(sums, 0));
      if (g + 4 < end) store<f32>(g, load<f32>(g, 4) + f32x4.extract_lane(sums, 1), 4);
      if (g + 8 < end) store<f32>(g, load<f32>(g, 8) + f32x4.extract_lane(sums, 2), 8);
    }
  }
  halves ^= 64;
  v128.store(before, f32x4.add(v128.load(before), f32x4.add(v128.load(halves), v128.load(halves, 16))));
}

/** Writes two vectors that add up to the dot products of d with the rows at x0, x1, x2 and x3. */
// @ts-ignore: decorator
@inline function fourSums(
  V: i32,
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128, d7: v128,
  x0: usize, x1: usize, x2: usize, x3: usize,
  halves: usize,
): void {
  let l0 = f32x4.relaxed_madd(d2, v128.load(x0, 32), f32x4.mul(d0, v128.load(x0)));
  if (V == 8) l0 = f32x4.add(l0, f32x4.relaxed_madd(d6, v128.load(x0, 96), f32x4.mul(d4, v128.load(x0, 64))));
  let h0 = f32x4.relaxed_madd(d3, v128.load(x0, 48), f32x4.mul(d1, v128.load(x0, 16)));
  if (V == 8) h0 = f32x4.add(h0, f32x4.relaxed_madd(d7, v128.load(x0, 112), f32x4.mul(d5, v128.load(x0, 80))));
  let l1 = f32x4.relaxed_madd(d2, v128.load(x1, 32), f32x4.mul(d0, v128.load(x1)));
  if (V == 8) l1 = f32x4.add(l1, f32x4.relaxed_madd(d6, v128.load(x1, 96), f32x4.mul(d4, v128.load(x1, 64))));
  let h1 = f32x4.relaxed_madd(d3, v128.load(x1, 48), f32x4.mul(d1, v128.load(x1, 16)));
  if (V == 8) h1 = f32x4.add(h1, f32x4.relaxed_madd(d7, v128.load(x1, 112), f32x4.mul(d5, v128.load(x1, 80))));
  let l2 = f32x4.relaxed_madd(d2, v128.load(x2, 32), f32x4.mul(d0, v128.load(x2)));
  if (V == 8) l2 = f32x4.add(l2, f32x4.relaxed_madd(d6, v128.load(x2, 96), f32x4.mul(d4, v128.load(x2, 64))));
  let h2 = f32x4.relaxed_madd(d3, v128.load(x2, 48), f32x4.mul(d1, v128.load(x2, 16)));
  if (V == 8) h2 = f32x4.add(h2, f32x4.relaxed_madd(d7, v128.load(x2, 112), f32x4.mul(d5, v128.load(x2, 80))));
  let l3 = f32x4.relaxed_madd(d2, v128.load(x3, 32), f32x4.mul(d0, v128.load(x3)));
  if (V == 8) l3 = f32x4.add(l3, f32x4.relaxed_madd(d6, v128.load(x3, 96), f32x4.mul(d4, v128.load(x3, 64))));
  let h3 = f32x4.relaxed_madd(d3, v128.load(x3, 48), f32x4.mul(d1, v128.load(x3, 16)));
  if (V == 8) h3 = f32x4.add(h3, f32x4.relaxed_madd(d7, v128.load(x3, 112), f32x4.mul(d5, v128.load(x3, 80))));
  const pl = f32x4.add(v128.shuffle<f32>(l0, l1, 0, 2, 4, 6), v128.shuffle<f32>(l0, l1, 1, 3, 5, 7));
  const ph = f32x4.add(v128.shuffle<f32>(h0, h1, 0, 2, 4, 6), v128.shuffle<f32>(h0, h1, 1, 3, 5, 7));
  const ql = f32x4.add(v128.shuffle<f32>(l2, l3, 0, 2, 4, 6), v128.shuffle<f32>(l2, l3, 1, 3, 5, 7));
  const qh = f32x4.add(v128.shuffle<f32>(h2, h3, 0, 2, 4, 6), v128.shuffle<f32>(h2, h3, 1, 3, 5, 7));
  const sl = f32x4.add(v128.shuffle<f32>(pl, ql, 0, 2, 4, 6), v128.shuffle<f32>(pl, ql, 1, 3, 5, 7));
  const sh = f32x4.add(v128.shuffle<f32>(ph, qh, 0, 2, 4, 6), v128.shuffle<f32>(ph, qh, 1, 3, 5, 7));
  v128.store(halves, sl);
  v128.store(halves, sh, 16);
}
