// The innermost loops of the dense products: c[5, 8] += a b, with both operands read in the order in which they lie in
// memory. Every element of c is one chain of fused multiply-adds in ascending k, starting at the old value, whichever of
// these functions computes it; that is why results depend neither on the number of threads nor on where blocks begin.
// Five rows of two vectors: 10 accumulators keep both FMA units busy, and with the operands V8's 15 registers suffice.

import { WIDE } from '../pool';

/** Rows of a block. */
export const ROWS: i32 = 5;
/** Columns of a block. */
export const COLUMNS: i32 = 8;

/**
 * c[5, 8] += sum over k of a[k, 0..5) b[k, 0..8): both operands k by k, `aStep` and `bStep` bytes apart.
 * `cStep` bytes separate the rows of c. Needs k >= 1.
 */
export function block5x8(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize): void {
  let row = c;
  let c00 = v128.load(row);
  let c01 = v128.load(row, 16);
  row += cStep;
  let c10 = v128.load(row);
  let c11 = v128.load(row, 16);
  row += cStep;
  let c20 = v128.load(row);
  let c21 = v128.load(row, 16);
  row += cStep;
  let c30 = v128.load(row);
  let c31 = v128.load(row, 16);
  row += cStep;
  let c40 = v128.load(row);
  let c41 = v128.load(row, 16);
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let a0 = v128.load32_splat(a);
    c00 = f32x4.relaxed_madd(a0, b0, c00);
    c01 = f32x4.relaxed_madd(a0, b1, c01);
    a0 = v128.load32_splat(a, 4);
    c10 = f32x4.relaxed_madd(a0, b0, c10);
    c11 = f32x4.relaxed_madd(a0, b1, c11);
    a0 = v128.load32_splat(a, 8);
    c20 = f32x4.relaxed_madd(a0, b0, c20);
    c21 = f32x4.relaxed_madd(a0, b1, c21);
    a0 = v128.load32_splat(a, 12);
    c30 = f32x4.relaxed_madd(a0, b0, c30);
    c31 = f32x4.relaxed_madd(a0, b1, c31);
    a0 = v128.load32_splat(a, 16);
    c40 = f32x4.relaxed_madd(a0, b0, c40);
    c41 = f32x4.relaxed_madd(a0, b1, c41);
    a += aStep;
    b += bStep;
  } while (--k);
  row = c;
  v128.store(row, c00);
  v128.store(row, c01, 16);
  row += cStep;
  v128.store(row, c10);
  v128.store(row, c11, 16);
  row += cStep;
  v128.store(row, c20);
  v128.store(row, c21, 16);
  row += cStep;
  v128.store(row, c30);
  v128.store(row, c31, 16);
  row += cStep;
  v128.store(row, c40);
  v128.store(row, c41, 16);
}

/** Columns of a wide block. */
export const WIDE_COLUMNS: i32 = 16;

/**
 * block5x8 for 16 columns. V8's registers hold its accumulators where it makes 256-bit operations of them, or has 32 registers;
 * a control word says so. Elsewhere it is done in two halves.
 */
export function block5x16(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize): void {
  if (load<i32>(WIDE) == 0) {
    block5x8(k, a, aStep, b, bStep, c, cStep);
    block5x8(k, a, aStep, b + 32, bStep, c + 32, cStep);
    return;
  }
  wide5x16(k, a, aStep, b, bStep, c, cStep);
}

function wide5x16(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize): void {
  let row = c;
  let c00 = v128.load(row);
  let c01 = v128.load(row, 16);
  let c02 = v128.load(row, 32);
  let c03 = v128.load(row, 48);
  row += cStep;
  let c10 = v128.load(row);
  let c11 = v128.load(row, 16);
  let c12 = v128.load(row, 32);
  let c13 = v128.load(row, 48);
  row += cStep;
  let c20 = v128.load(row);
  let c21 = v128.load(row, 16);
  let c22 = v128.load(row, 32);
  let c23 = v128.load(row, 48);
  row += cStep;
  let c30 = v128.load(row);
  let c31 = v128.load(row, 16);
  let c32 = v128.load(row, 32);
  let c33 = v128.load(row, 48);
  row += cStep;
  let c40 = v128.load(row);
  let c41 = v128.load(row, 16);
  let c42 = v128.load(row, 32);
  let c43 = v128.load(row, 48);
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    let w = v128.load32_splat(a);
    c00 = f32x4.relaxed_madd(w, b0, c00);
    c01 = f32x4.relaxed_madd(w, b1, c01);
    c02 = f32x4.relaxed_madd(w, b2, c02);
    c03 = f32x4.relaxed_madd(w, b3, c03);
    w = v128.load32_splat(a, 4);
    c10 = f32x4.relaxed_madd(w, b0, c10);
    c11 = f32x4.relaxed_madd(w, b1, c11);
    c12 = f32x4.relaxed_madd(w, b2, c12);
    c13 = f32x4.relaxed_madd(w, b3, c13);
    w = v128.load32_splat(a, 8);
    c20 = f32x4.relaxed_madd(w, b0, c20);
    c21 = f32x4.relaxed_madd(w, b1, c21);
    c22 = f32x4.relaxed_madd(w, b2, c22);
    c23 = f32x4.relaxed_madd(w, b3, c23);
    w = v128.load32_splat(a, 12);
    c30 = f32x4.relaxed_madd(w, b0, c30);
    c31 = f32x4.relaxed_madd(w, b1, c31);
    c32 = f32x4.relaxed_madd(w, b2, c32);
    c33 = f32x4.relaxed_madd(w, b3, c33);
    w = v128.load32_splat(a, 16);
    c40 = f32x4.relaxed_madd(w, b0, c40);
    c41 = f32x4.relaxed_madd(w, b1, c41);
    c42 = f32x4.relaxed_madd(w, b2, c42);
    c43 = f32x4.relaxed_madd(w, b3, c43);
    a += aStep;
    b += bStep;
  } while (--k);
  row = c;
  v128.store(row, c00);
  v128.store(row, c01, 16);
  v128.store(row, c02, 32);
  v128.store(row, c03, 48);
  row += cStep;
  v128.store(row, c10);
  v128.store(row, c11, 16);
  v128.store(row, c12, 32);
  v128.store(row, c13, 48);
  row += cStep;
  v128.store(row, c20);
  v128.store(row, c21, 16);
  v128.store(row, c22, 32);
  v128.store(row, c23, 48);
  row += cStep;
  v128.store(row, c30);
  v128.store(row, c31, 16);
  v128.store(row, c32, 32);
  v128.store(row, c33, 48);
  row += cStep;
  v128.store(row, c40);
  v128.store(row, c41, 16);
  v128.store(row, c42, 32);
  v128.store(row, c43, 48);
}

/**
 * block5x16 for a block with fewer rows or columns, of which nothing else may be written: runs on a copy in `spare` (320
 * bytes). The operands must be readable in full, but what lies past the edge does not count.
 */
export function edgeBlock(
  rows: i32,
  columns: i32,
  spare: usize,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStep: usize,
): void {
  memory.fill(spare, 0, <usize>(ROWS * WIDE_COLUMNS * 4));
  for (let r = 0; r < rows; r++) memory.copy(spare + (<usize>r << 6), c + <usize>r * cStep, <usize>columns << 2);
  block5x16(k, a, aStep, b, bStep, spare, 64);
  for (let r = 0; r < rows; r++) memory.copy(c + <usize>r * cStep, spare + (<usize>r << 6), <usize>columns << 2);
}

/**
 * c[5, 8] += sum over k of a[0..5, k] b[k, 0..8), with the rows of a contiguous in k and `aStep` bytes apart: for an a
 * that is used too seldom to be worth rearranging. Needs k >= 1.
 */
export function rows5x8(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize): void {
  let a1 = a + aStep;
  let a2 = a1 + aStep;
  let a3 = a2 + aStep;
  let a4 = a3 + aStep;
  let row = c;
  let c00 = v128.load(row);
  let c01 = v128.load(row, 16);
  row += cStep;
  let c10 = v128.load(row);
  let c11 = v128.load(row, 16);
  row += cStep;
  let c20 = v128.load(row);
  let c21 = v128.load(row, 16);
  row += cStep;
  let c30 = v128.load(row);
  let c31 = v128.load(row, 16);
  row += cStep;
  let c40 = v128.load(row);
  let c41 = v128.load(row, 16);
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let w = v128.load32_splat(a);
    c00 = f32x4.relaxed_madd(w, b0, c00);
    c01 = f32x4.relaxed_madd(w, b1, c01);
    w = v128.load32_splat(a1);
    c10 = f32x4.relaxed_madd(w, b0, c10);
    c11 = f32x4.relaxed_madd(w, b1, c11);
    w = v128.load32_splat(a2);
    c20 = f32x4.relaxed_madd(w, b0, c20);
    c21 = f32x4.relaxed_madd(w, b1, c21);
    w = v128.load32_splat(a3);
    c30 = f32x4.relaxed_madd(w, b0, c30);
    c31 = f32x4.relaxed_madd(w, b1, c31);
    w = v128.load32_splat(a4);
    c40 = f32x4.relaxed_madd(w, b0, c40);
    c41 = f32x4.relaxed_madd(w, b1, c41);
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    b += bStep;
  } while (--k);
  row = c;
  v128.store(row, c00);
  v128.store(row, c01, 16);
  row += cStep;
  v128.store(row, c10);
  v128.store(row, c11, 16);
  row += cStep;
  v128.store(row, c20);
  v128.store(row, c21, 16);
  row += cStep;
  v128.store(row, c30);
  v128.store(row, c31, 16);
  row += cStep;
  v128.store(row, c40);
  v128.store(row, c41, 16);
}

/** rows5x8 for four columns. */
export function rows5x4(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize): void {
  let a1 = a + aStep;
  let a2 = a1 + aStep;
  let a3 = a2 + aStep;
  let a4 = a3 + aStep;
  let c0 = v128.load(c);
  let c1 = v128.load(c + cStep);
  let c2 = v128.load(c + 2 * cStep);
  let c3 = v128.load(c + 3 * cStep);
  let c4 = v128.load(c + 4 * cStep);
  do {
    const b0 = v128.load(b);
    c0 = f32x4.relaxed_madd(v128.load32_splat(a), b0, c0);
    c1 = f32x4.relaxed_madd(v128.load32_splat(a1), b0, c1);
    c2 = f32x4.relaxed_madd(v128.load32_splat(a2), b0, c2);
    c3 = f32x4.relaxed_madd(v128.load32_splat(a3), b0, c3);
    c4 = f32x4.relaxed_madd(v128.load32_splat(a4), b0, c4);
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    b += bStep;
  } while (--k);
  v128.store(c, c0);
  v128.store(c + cStep, c1);
  v128.store(c + 2 * cStep, c2);
  v128.store(c + 3 * cStep, c3);
  v128.store(c + 4 * cStep, c4);
}

/** rows5x8 for one row and four columns. */
export function row1x4(k: i32, a: usize, b: usize, bStep: usize, c: usize): void {
  let c0 = v128.load(c);
  do {
    c0 = f32x4.relaxed_madd(v128.load32_splat(a), v128.load(b), c0);
    a += 4;
    b += bStep;
  } while (--k);
  v128.store(c, c0);
}

/** rows5x8 for three rows and 12 columns. */
export function rows3x12(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize): void {
  let a1 = a + aStep;
  let a2 = a1 + aStep;
  const d = c + cStep;
  const e = d + cStep;
  let c0 = v128.load(c);
  let c1 = v128.load(c, 16);
  let c2 = v128.load(c, 32);
  let d0 = v128.load(d);
  let d1 = v128.load(d, 16);
  let d2 = v128.load(d, 32);
  let e0 = v128.load(e);
  let e1 = v128.load(e, 16);
  let e2 = v128.load(e, 32);
  do {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    let w = v128.load32_splat(a);
    c0 = f32x4.relaxed_madd(w, b0, c0);
    c1 = f32x4.relaxed_madd(w, b1, c1);
    c2 = f32x4.relaxed_madd(w, b2, c2);
    w = v128.load32_splat(a1);
    d0 = f32x4.relaxed_madd(w, b0, d0);
    d1 = f32x4.relaxed_madd(w, b1, d1);
    d2 = f32x4.relaxed_madd(w, b2, d2);
    w = v128.load32_splat(a2);
    e0 = f32x4.relaxed_madd(w, b0, e0);
    e1 = f32x4.relaxed_madd(w, b1, e1);
    e2 = f32x4.relaxed_madd(w, b2, e2);
    a += 4;
    a1 += 4;
    a2 += 4;
    b += bStep;
  } while (--k);
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(d, d0);
  v128.store(d, d1, 16);
  v128.store(d, d2, 32);
  v128.store(e, e0);
  v128.store(e, e1, 16);
  v128.store(e, e2, 32);
}
