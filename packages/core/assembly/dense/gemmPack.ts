// Rearranges parts of the dense products' operands into the order in which the innermost loop (gemm.ts) reads them:
// panels [k, 5] of the one operand and strips [k, 16] of the other. What lies past an edge becomes zero.
import { ROWS, WIDE_COLUMNS } from './gemm';

/** panel[k, r] = source[r, k] for `rows` <= 5 rows, contiguous in k and `step` bytes apart. Returns the panel's end. */
export function panelOfRows(source: usize, step: usize, rows: i32, count: i32, panel: usize): usize {
  const end = panel + <usize>(count * ROWS * 4);
  if (rows < ROWS) {
    memory.fill(panel, 0, end - panel);
    for (let r = 0; r < rows; r++) panelRow(source + <usize>r * step, panel + (<usize>r << 2), end);
    return end;
  }
  let from = source;
  let to = panel;
  for (; to + 80 <= end; to += 80) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + step);
    const r2 = v128.load(from + 2 * step);
    const r3 = v128.load(from + 3 * step);
    const r4 = v128.load(from + 4 * step);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store32_lane(to, r4, 0, 16);
    v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 20);
    v128.store32_lane(to, r4, 1, 36);
    v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 40);
    v128.store32_lane(to, r4, 2, 56);
    v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 60);
    v128.store32_lane(to, r4, 3, 76);
    from += 16;
  }
  for (let r = 0; r < ROWS; r++) panelRow(from + <usize>r * step, to + (<usize>r << 2), end);
  return end;
}

/** One row's values to their places in a panel. */
// @ts-ignore: decorator
@inline function panelRow(from: usize, to: usize, end: usize): void {
  for (; to < end; to += ROWS * 4) {
    store<f32>(to, load<f32>(from));
    from += 4;
  }
}

/**
 * panel_p[k, r] = source[k, 5 p + r] for all panels of `columns` columns, the rows of the source `step` bytes apart. Goes
 * row by row, because every row lies on another page.
 */
export function panelsOfColumns(source: usize, step: usize, columns: i32, count: i32, panels: usize): void {
  const panelBytes = <usize>(count * ROWS * 4);
  const whole = columns / ROWS;
  const left = columns % ROWS;
  for (let k = 0; k < count; k++) {
    let from = source;
    let to = panels + <usize>(k * ROWS * 4);
    for (let p = 0; p < whole; p++) {
      v128.store(to, v128.load(from));
      store<f32>(to, load<f32>(from, 16), 16);
      from += ROWS * 4;
      to += panelBytes;
    }
    if (left > 0) {
      for (let r = 0; r < ROWS; r++) {
        store<f32>(to + (<usize>r << 2), r < left ? load<f32>(from + (<usize>r << 2)) : 0);
      }
    }
    source += step;
  }
}

/** strip[k, 0..16) = source[k, 0..columns), the rows of the source `step` bytes apart. */
export function stripOfRows(source: usize, step: usize, columns: i32, count: i32, strip: usize): void {
  if (columns < WIDE_COLUMNS) memory.fill(strip, 0, <usize>count << 6);
  for (let k = 0; k < count; k++) {
    if (columns >= WIDE_COLUMNS) {
      v128.store(strip, v128.load(source));
      v128.store(strip, v128.load(source, 16), 16);
      v128.store(strip, v128.load(source, 32), 32);
      v128.store(strip, v128.load(source, 48), 48);
    } else {
      for (let c = 0; c < columns; c++) store<f32>(strip + (<usize>c << 2), load<f32>(source + (<usize>c << 2)));
    }
    source += step;
    strip += 64;
  }
}

/** strip[k, c] = source[c, k] for `columns` <= 16 rows of the source, contiguous in k (a multiple of 4), `step` bytes apart. */
export function stripOfColumns(source: usize, step: usize, columns: i32, count: i32, strip: usize): void {
  const bytes = <usize>count << 6;
  if (columns < WIDE_COLUMNS) memory.fill(strip, 0, bytes);
  let c = 0;
  for (; c + 4 <= columns; c += 4) {
    let from = source + <usize>c * step;
    const end = strip + bytes;
    for (let to = strip + (<usize>c << 2); to < end; to += 256) {
      const r0 = v128.load(from);
      const r1 = v128.load(from + step);
      const r2 = v128.load(from + 2 * step);
      const r3 = v128.load(from + 3 * step);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 64);
      v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 128);
      v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 192);
      from += 16;
    }
  }
  for (; c < columns; c++) {
    let from = source + <usize>c * step;
    const end = strip + bytes;
    for (let to = strip + (<usize>c << 2); to < end; to += 64) {
      store<f32>(to, load<f32>(from));
      from += 4;
    }
  }
}
