// Rows of a dense embedding table [V, E] as columns of X [E, N], in tiles of `width` columns; a row-major X is one tile of
// width N. Threads split E, so that the tokens that share a row are added up by one thread, in order.

/** First of a thread's embedding dimensions: a multiple of four. */
// @ts-ignore: decorator
@inline function firstDimension(dimensions: i32, thread: i32, threads: i32): i32 {
  return min(dimensions, ((((dimensions + 3) >> 2) * thread) / threads) << 2);
}

/** Byte offset of column n's first element. */
// @ts-ignore: decorator
@inline function columnOffset(dimensions: i32, width: i32, n: i32): usize {
  return <usize>((n / width) * dimensions * width + (n % width)) << 2;
}

/** X[:, n] = table[ids[n], :], padding 0. Words: table, ids, x, dimensions (E), columns (N), width. */
export function embeddingGather(args: usize, thread: i32, threads: i32): void {
  const table = <usize>load<u32>(args);
  const ids = <usize>load<u32>(args, 4);
  const x = <usize>load<u32>(args, 8);
  const dimensions = load<i32>(args, 12);
  const columns = load<i32>(args, 16);
  const width = load<i32>(args, 20);
  const step = <usize>width << 2;
  const rowBytes = <usize>dimensions << 2;
  const first = firstDimension(dimensions, thread, threads);
  const last = firstDimension(dimensions, thread + 1, threads);
  let n = 0;
  while (n < columns) {
    let to = x + columnOffset(dimensions, width, n) + <usize>first * step;
    const row0 = table + <usize>load<u32>(ids + (<usize>n << 2)) * rowBytes;
    let e = first;
    if (n + 4 <= columns && (n % width) + 4 <= width) {
      const row1 = table + <usize>load<u32>(ids + (<usize>n << 2), 4) * rowBytes;
      const row2 = table + <usize>load<u32>(ids + (<usize>n << 2), 8) * rowBytes;
      const row3 = table + <usize>load<u32>(ids + (<usize>n << 2), 12) * rowBytes;
      for (; e + 4 <= last; e += 4) {
        const at = <usize>e << 2;
        const r0 = v128.load(row0 + at);
        const r1 = v128.load(row1 + at);
        const r2 = v128.load(row2 + at);
        const r3 = v128.load(row3 + at);
        const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
        v128.store(to + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
        v128.store(to + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
        v128.store(to + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
        to += 4 * step;
      }
      for (; e < last; e++) {
        const at = <usize>e << 2;
        store<f32>(to, load<f32>(row0 + at));
        store<f32>(to, load<f32>(row1 + at), 4);
        store<f32>(to, load<f32>(row2 + at), 8);
        store<f32>(to, load<f32>(row3 + at), 12);
        to += step;
      }
      n += 4;
    } else {
      for (; e < last; e++) {
        store<f32>(to, load<f32>(row0 + (<usize>e << 2)));
        to += step;
      }
      n++;
    }
  }
  const left = columns % width;
  if (left == 0) return;
  for (let e = first; e < last; e++) {
    memory.fill(x + columnOffset(dimensions, width, columns) + <usize>e * step, 0, <usize>(width - left) << 2);
  }
}

/**
 * dtable = 0, then dtable[ids[n], :] += dX[:, n] for n ascending.
 * Words: dx, ids, dtable, rows (V), dimensions (E), columns (N), width.
 */
export function embeddingScatter(args: usize, thread: i32, threads: i32): void {
  const dx = <usize>load<u32>(args);
  const ids = <usize>load<u32>(args, 4);
  const table = <usize>load<u32>(args, 8);
  const rows = load<i32>(args, 12);
  const dimensions = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const width = load<i32>(args, 24);
  const step = <usize>width << 2;
  const rowBytes = <usize>dimensions << 2;
  const first = firstDimension(dimensions, thread, threads);
  const last = firstDimension(dimensions, thread + 1, threads);
  const share = <usize>(last - first) << 2;
  for (let v = 0; v < rows; v++) memory.fill(table + <usize>v * rowBytes + (<usize>first << 2), 0, share);
  let n = 0;
  while (n < columns) {
    let from = dx + columnOffset(dimensions, width, n) + <usize>first * step;
    const row0 = table + <usize>load<u32>(ids + (<usize>n << 2)) * rowBytes;
    let e = first;
    if (n + 4 <= columns && (n % width) + 4 <= width) {
      const row1 = table + <usize>load<u32>(ids + (<usize>n << 2), 4) * rowBytes;
      const row2 = table + <usize>load<u32>(ids + (<usize>n << 2), 8) * rowBytes;
      const row3 = table + <usize>load<u32>(ids + (<usize>n << 2), 12) * rowBytes;
      for (; e + 4 <= last; e += 4) {
        const at = <usize>e << 2;
        const r0 = v128.load(from);
        const r1 = v128.load(from + step);
        const r2 = v128.load(from + 2 * step);
        const r3 = v128.load(from + 3 * step);
        const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        // One after another: the four tokens may share a row.
        v128.store(row0 + at, f32x4.add(v128.load(row0 + at), v128.shuffle<f32>(low01, low23, 0, 1, 4, 5)));
        v128.store(row1 + at, f32x4.add(v128.load(row1 + at), v128.shuffle<f32>(low01, low23, 2, 3, 6, 7)));
        v128.store(row2 + at, f32x4.add(v128.load(row2 + at), v128.shuffle<f32>(high01, high23, 0, 1, 4, 5)));
        v128.store(row3 + at, f32x4.add(v128.load(row3 + at), v128.shuffle<f32>(high01, high23, 2, 3, 6, 7)));
        from += 4 * step;
      }
      for (; e < last; e++) {
        const at = <usize>e << 2;
        store<f32>(row0 + at, load<f32>(row0 + at) + load<f32>(from));
        store<f32>(row1 + at, load<f32>(row1 + at) + load<f32>(from, 4));
        store<f32>(row2 + at, load<f32>(row2 + at) + load<f32>(from, 8));
        store<f32>(row3 + at, load<f32>(row3 + at) + load<f32>(from, 12));
        from += step;
      }
      n += 4;
    } else {
      for (; e < last; e++) {
        const at = row0 + (<usize>e << 2);
        store<f32>(at, load<f32>(at) + load<f32>(from));
        from += step;
      }
      n++;
    }
  }
}
