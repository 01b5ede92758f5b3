/** Constants, four copies each: on x64 a 16-byte load is cheaper than a splat. */
const TABLE = memory.data<f32>([
  7.90531110763549805, 7.90531110763549805, 7.90531110763549805, 7.90531110763549805, // 0: tanh rounds to 1 from here on
  -7.90531110763549805, -7.90531110763549805, -7.90531110763549805, -7.90531110763549805, // 16
  // 32 .. 128: numerator / x, in x^2, highest power first
  -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16,
  2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13,
  -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11,
  5.12229709037114e-8, 5.12229709037114e-8, 5.12229709037114e-8, 5.12229709037114e-8,
  1.48572235717979e-5, 1.48572235717979e-5, 1.48572235717979e-5, 1.48572235717979e-5,
  6.37261928875436e-4, 6.37261928875436e-4, 6.37261928875436e-4, 6.37261928875436e-4,
  4.89352455891786e-3, 4.89352455891786e-3, 4.89352455891786e-3, 4.89352455891786e-3,
  // 144 .. 192: denominator
  1.19825839466702e-6, 1.19825839466702e-6, 1.19825839466702e-6, 1.19825839466702e-6,
  1.18534705686654e-4, 1.18534705686654e-4, 1.18534705686654e-4, 1.18534705686654e-4,
  2.26843463243900e-3, 2.26843463243900e-3, 2.26843463243900e-3, 2.26843463243900e-3,
  4.89352518554385e-3, 4.89352518554385e-3, 4.89352518554385e-3, 4.89352518554385e-3,
], 16);

/**
 * tanh x as a quotient of two polynomials (Eigen's ptanh_float): relative error below 3e-7 everywhere, near 0 as well, at
 * less than half the operations of a formula with exp. NaN passes through.
 */
// @ts-ignore: decorator
@inline export function tanhV(x: v128): v128 {
  // pmin and pmax in this order of operands keep a NaN.
  x = f32x4.pmax(f32x4.pmin(x, v128.load(TABLE)), v128.load(TABLE, 16));
  const square = f32x4.mul(x, x);
  let p = f32x4.relaxed_madd(square, v128.load(TABLE, 32), v128.load(TABLE, 48));
  let q = f32x4.relaxed_madd(square, v128.load(TABLE, 144), v128.load(TABLE, 160));
  p = f32x4.relaxed_madd(p, square, v128.load(TABLE, 64));
  q = f32x4.relaxed_madd(q, square, v128.load(TABLE, 176));
  p = f32x4.relaxed_madd(p, square, v128.load(TABLE, 80));
  q = f32x4.relaxed_madd(q, square, v128.load(TABLE, 192));
  p = f32x4.relaxed_madd(p, square, v128.load(TABLE, 96));
  p = f32x4.relaxed_madd(p, square, v128.load(TABLE, 112));
  p = f32x4.relaxed_madd(p, square, v128.load(TABLE, 128));
  return f32x4.div(f32x4.mul(p, x), q);
}
