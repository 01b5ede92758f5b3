// Rows of a sparse embedding table [V, E], stored as column panels, as columns of X [E, N] in tiles of `width` columns.
import { INDICES, PANEL_WIDTH, PANELS, POINTERS, ROWS } from './sparsePanels';

/**
 * X[:, n] = table[ids[n], :]. Threads split the tiles. Words: descriptor, values, ids, x, dimensions (E), columns (N), width.
 */
export function panelEmbeddingGather(args: usize, thread: i32, threads: i32): void {
  const descriptor = <usize>load<u32>(args);
  const values = <usize>load<u32>(args, 4);
  const ids = <usize>load<u32>(args, 8);
  const x = <usize>load<u32>(args, 12);
  const dimensions = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const rows = load<i32>(descriptor, ROWS);
  const panels = load<i32>(descriptor, PANELS);
  const panelBytes = <usize>(load<i32>(descriptor, PANEL_WIDTH) * width) << 2;
  const pointers = <usize>load<u32>(descriptor, POINTERS);
  const indices = <usize>load<u32>(descriptor, INDICES);
  const tileBytes = <usize>(dimensions * width) << 2;
  const tiles = (columns + width - 1) / width;
  const last = (tiles * (thread + 1)) / threads;
  for (let tile = (tiles * thread) / threads; tile < last; tile++) {
    const to = x + <usize>tile * tileBytes;
    memory.fill(to, 0, tileBytes);
    const first = tile * width;
    const count = min(width, columns - first);
    for (let lane = 0; lane < count; lane++) {
      const id = <usize>load<u32>(ids + (<usize>(first + lane) << 2));
      let column = to + (<usize>lane << 2);
      let pointer = pointers + (id << 2);
      for (let panel = 0; panel < panels; panel++) {
        const end = <usize>load<u32>(pointer, 4);
        for (let k = <usize>load<u32>(pointer); k < end; k++) {
          const e = <usize>load<u16>(indices + (k << 1));
          store<f32>(column + ((e * <usize>width) << 2), load<f32>(values + (k << 2)));
        }
        column += panelBytes;
        pointer += <usize>(rows + 1) << 2;
      }
    }
  }
}

/**
 * dvalues[k] += dX[column of k, n] for every nonzero k of row ids[n], n ascending. A row belongs to one thread, by its number,
 * so that the tokens that share it are added up in order. Words: descriptor, dx, ids, dvalues, dimensions, columns, width.
 */
export function panelEmbeddingScatter(args: usize, thread: i32, threads: i32): void {
  const descriptor = <usize>load<u32>(args);
  const dx = <usize>load<u32>(args, 4);
  const ids = <usize>load<u32>(args, 8);
  const gradient = <usize>load<u32>(args, 12);
  const dimensions = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const rows = load<i32>(descriptor, ROWS);
  const panels = load<i32>(descriptor, PANELS);
  const panelBytes = <usize>(load<i32>(descriptor, PANEL_WIDTH) * width) << 2;
  const pointers = <usize>load<u32>(descriptor, POINTERS);
  const indices = <usize>load<u32>(descriptor, INDICES);
  for (let n = 0; n < columns; n++) {
    const id = load<u32>(ids + (<usize>n << 2));
    if (<i32>(id % <u32>threads) != thread) continue;
    let column = dx + (<usize>((n / width) * dimensions * width + (n % width)) << 2);
    let pointer = pointers + (<usize>id << 2);
    for (let panel = 0; panel < panels; panel++) {
      const end = <usize>load<u32>(pointer, 4);
      for (let k = <usize>load<u32>(pointer); k < end; k++) {
        const e = <usize>load<u16>(indices + (k << 1));
        const at = gradient + (k << 2);
        store<f32>(at, load<f32>(at) + load<f32>(column + ((e * <usize>width) << 2)));
      }
      column += panelBytes;
      pointer += <usize>(rows + 1) << 2;
    }
  }
}
