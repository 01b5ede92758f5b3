// sigmoid and tanh of N columns, written for V8's 256-bit operations (lstmColumns.ts): the halves go in step and share each
// constant, because V8 does not move a load of a constant across a load that may trap.
import { write } from './lstmColumns';

/** Constants. */
const TABLE = memory.data<f32>([
  87.0, // 0: largest argument of exp
  -87.0, // 4: smallest
  1.44269504088896341, // 8: 1 / ln 2
  12582912.0, // 12: 1.5 * 2^23, rounds to an integer in the low bits
  0.693359375, // 16: ln 2, high bits
  -2.12194440e-4, // 20: ln 2, the rest
  // 24 .. 44: exp(r) = 1 + r + r^2 (..), |r| <= ln 2 / 2 (Cephes expf), highest power first
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
  1.0, // 48
  7.90531110763549805, // 52: from here on tanh rounds to 1
  -7.90531110763549805, // 56
  // 60 .. 84: numerator of tanh(x) / x in x^2, highest power first (Eigen's ptanh_float)
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
  6.37261928875436e-4, 4.89352455891786e-3,
  // 88 .. 100: its denominator
  1.19825839466702e-6, 1.18534705686654e-4, 2.26843463243900e-3, 4.89352518554385e-3,
  1e-30, // 104: below this, values become zero
], 16);

// @ts-ignore: decorator
@inline function constant(at: usize): v128 {
  return v128.load_splat<f32>(TABLE + at);
}

/** Stores 1 / (1 + e^-x) of N columns; relative error below 3e-7 for |x| <= 87. NaN passes through. */
// @ts-ignore: decorator
@inline export function storeSigmoid(address: usize, low: v128, high: v128, N: i32): void {
  const largest = constant(0);
  const smallest = constant(4);
  // pmin and pmax in this order of operands keep a NaN.
  const xLow = f32x4.pmax(f32x4.pmin(f32x4.neg(low), largest), smallest);
  const xHigh = f32x4.pmax(f32x4.pmin(f32x4.neg(high), largest), smallest);
  const inverse = constant(8);
  const magic = constant(12);
  const shiftedLow = f32x4.relaxed_madd(xLow, inverse, magic);
  const shiftedHigh = f32x4.relaxed_madd(xHigh, inverse, magic);
  const nLow = f32x4.sub(shiftedLow, magic);
  const nHigh = f32x4.sub(shiftedHigh, magic);
  const ln2 = constant(16);
  const ln2Rest = constant(20);
  const rLow = f32x4.relaxed_nmadd(nLow, ln2Rest, f32x4.relaxed_nmadd(nLow, ln2, xLow));
  const rHigh = f32x4.relaxed_nmadd(nHigh, ln2Rest, f32x4.relaxed_nmadd(nHigh, ln2, xHigh));
  const squareLow = f32x4.mul(rLow, rLow);
  const squareHigh = f32x4.mul(rHigh, rHigh);
  const c0 = constant(24);
  const c1 = constant(28);
  const c2 = constant(32);
  const c3 = constant(36);
  // Estrin's scheme: the chain of dependent operations is what these functions wait for.
  const p0Low = f32x4.relaxed_madd(
    f32x4.relaxed_madd(rLow, c0, c1), squareLow, f32x4.relaxed_madd(rLow, c2, c3),
  );
  const p0High = f32x4.relaxed_madd(
    f32x4.relaxed_madd(rHigh, c0, c1), squareHigh, f32x4.relaxed_madd(rHigh, c2, c3),
  );
  const c4 = constant(40);
  const c5 = constant(44);
  const one = constant(48);
  const pLow = f32x4.relaxed_madd(
    f32x4.relaxed_madd(p0Low, squareLow, f32x4.relaxed_madd(rLow, c4, c5)), squareLow, f32x4.add(rLow, one),
  );
  const pHigh = f32x4.relaxed_madd(
    f32x4.relaxed_madd(p0High, squareHigh, f32x4.relaxed_madd(rHigh, c4, c5)), squareHigh, f32x4.add(rHigh, one),
  );
  // The integer sits in the low bits of `shifted`; moved into the exponent of 1.0 it becomes 2^n.
  const eLow = f32x4.mul(pLow, i32x4.add(i32x4.shl(shiftedLow, 23), one));
  const eHigh = f32x4.mul(pHigh, i32x4.add(i32x4.shl(shiftedHigh, 23), one));
  write(address, f32x4.div(one, f32x4.add(one, eLow)), f32x4.div(one, f32x4.add(one, eHigh)), N);
}

/**
 * Stores tanh x of N columns, a quotient of two polynomials: relative error below 3e-7 everywhere, near 0 as well, at half
 * the operations of a formula with exp. NaN passes through.
 */
// @ts-ignore: decorator
@inline export function storeTanh(address: usize, low: v128, high: v128, N: i32): void {
  const largest = constant(52);
  const smallest = constant(56);
  const xLow = f32x4.pmax(f32x4.pmin(low, largest), smallest);
  const xHigh = f32x4.pmax(f32x4.pmin(high, largest), smallest);
  const sLow = f32x4.mul(xLow, xLow);
  const sHigh = f32x4.mul(xHigh, xHigh);
  const p0 = constant(60);
  const p1 = constant(64);
  let pLow = f32x4.relaxed_madd(sLow, p0, p1);
  let pHigh = f32x4.relaxed_madd(sHigh, p0, p1);
  const q0 = constant(88);
  const q1 = constant(92);
  let qLow = f32x4.relaxed_madd(sLow, q0, q1);
  let qHigh = f32x4.relaxed_madd(sHigh, q0, q1);
  const p2 = constant(68);
  pLow = f32x4.relaxed_madd(pLow, sLow, p2);
  pHigh = f32x4.relaxed_madd(pHigh, sHigh, p2);
  const q2 = constant(96);
  qLow = f32x4.relaxed_madd(qLow, sLow, q2);
  qHigh = f32x4.relaxed_madd(qHigh, sHigh, q2);
  const p3 = constant(72);
  pLow = f32x4.relaxed_madd(pLow, sLow, p3);
  pHigh = f32x4.relaxed_madd(pHigh, sHigh, p3);
  const q3 = constant(100);
  qLow = f32x4.relaxed_madd(qLow, sLow, q3);
  qHigh = f32x4.relaxed_madd(qHigh, sHigh, q3);
  const p4 = constant(76);
  pLow = f32x4.relaxed_madd(pLow, sLow, p4);
  pHigh = f32x4.relaxed_madd(pHigh, sHigh, p4);
  const p5 = constant(80);
  pLow = f32x4.relaxed_madd(pLow, sLow, p5);
  pHigh = f32x4.relaxed_madd(pHigh, sHigh, p5);
  const p6 = constant(84);
  pLow = f32x4.relaxed_madd(pLow, sLow, p6);
  pHigh = f32x4.relaxed_madd(pHigh, sHigh, p6);
  write(address, f32x4.div(f32x4.mul(pLow, xLow), qLow), f32x4.div(f32x4.mul(pHigh, xHigh), qHigh), N);
}

/** The threshold of `flush`; to be loaded before the first store, so that no load stands between the stores. */
// @ts-ignore: decorator
@inline export function tiny(): v128 {
  return constant(104);
}

/** Zero where |x| < threshold, as flushV of math.ts. */
// @ts-ignore: decorator
@inline export function flush(x: v128, threshold: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), threshold));
}
