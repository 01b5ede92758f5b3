// exp of four floats at a time, to a relative error below 3e-7 (about two units in the last place); sigmoid and tanh are in
// lstmActivate.ts. NaN passes through; arguments beyond +-87 count as +-87, so that no result is infinite or denormal.

/** Constants, four copies each: on x64 a 16-byte load is cheaper than a splat. */
const TABLE = memory.data<f32>([
  87.0, 87.0, 87.0, 87.0, // 0: largest argument
  -87.0, -87.0, -87.0, -87.0, // 16: smallest argument
  1.44269504088896341, 1.44269504088896341, 1.44269504088896341, 1.44269504088896341, // 32: 1 / ln 2
  12582912.0, 12582912.0, 12582912.0, 12582912.0, // 48: 1.5 * 2^23, rounds to an integer in the low bits
  0.693359375, 0.693359375, 0.693359375, 0.693359375, // 64: ln 2, high bits
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, // 80: ln 2, the rest
  // 96 .. 176: exp(r) = 1 + r + r^2 (..), |r| <= ln 2 / 2 (Cephes expf)
  1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4,
  1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3,
  8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3,
  4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2,
  1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1,
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1,
  1.0, 1.0, 1.0, 1.0, // 192
  1e-30, 1e-30, 1e-30, 1e-30, // 208: flush
], 16);

/** Number `k` of the table, in all lanes: an argument of `expOf`. */
// @ts-ignore: decorator
@inline export function expConstant(k: i32): v128 {
  return v128.load_splat<f32>(TABLE + (<usize>k << 4));
}

/**
 * e^x by the table's constants, in order, as values: V8 makes one 256-bit operation of two only where no load of a constant
 * stands between them (runtime.ts).
 */
// @ts-ignore: decorator
@inline export function expOf(
  x: v128, largest: v128, smallest: v128, inverse: v128, magic: v128, ln2: v128, ln2Rest: v128,
  c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, one: v128,
): v128 {
  // pmin and pmax in this order of operands keep a NaN.
  x = f32x4.pmax(f32x4.pmin(x, largest), smallest);
  const shifted = f32x4.relaxed_madd(x, inverse, magic);
  const n = f32x4.sub(shifted, magic);
  const r = f32x4.relaxed_nmadd(n, ln2Rest, f32x4.relaxed_nmadd(n, ln2, x));
  let p = f32x4.relaxed_madd(r, c0, c1);
  p = f32x4.relaxed_madd(p, r, c2);
  p = f32x4.relaxed_madd(p, r, c3);
  p = f32x4.relaxed_madd(p, r, c4);
  p = f32x4.relaxed_madd(p, r, c5);
  p = f32x4.relaxed_madd(p, f32x4.mul(r, r), f32x4.add(r, one));
  // The integer sits in the low bits of `shifted`; moved into the exponent of 1.0 it becomes 2^n.
  return f32x4.mul(p, i32x4.add(i32x4.shl(shifted, 23), one));
}

/** e^x. */
// @ts-ignore: decorator
@inline export function expV(x: v128): v128 {
  return expOf(
    x, v128.load(TABLE), v128.load(TABLE, 16), v128.load(TABLE, 32), v128.load(TABLE, 48), v128.load(TABLE, 64),
    v128.load(TABLE, 80), v128.load(TABLE, 96), v128.load(TABLE, 112), v128.load(TABLE, 128), v128.load(TABLE, 144),
    v128.load(TABLE, 160), v128.load(TABLE, 176), v128.load(TABLE, 192),
  );
}

/**
 * Zero where |x| < 1e-30, x elsewhere, NaN included. WebAssembly cannot flush denormals by itself, and an operation on
 * one costs a hundred others, so that whatever decays towards zero passes through here.
 */
// @ts-ignore: decorator
@inline export function flushV(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), v128.load(TABLE, 208)));
}
