// 0.07 * 100 is 7.000000000000001 in binary floating point, and its ceiling 8. A product that is off a whole number, or a
// half, by no more than this relative error is meant to be that number.
const SLACK = 4 * Number.EPSILON;

/**
 * `ceil(share * count)`: how many of `count` weights a rule takes that takes at least the share asked for.
 *
 * @param share In [0, 1].
 * @param count A whole number.
 */
export function ceilShare(share: number, count: number): number {
  return Math.ceil(share * count * (1 - SLACK));
}

/** `share * count` rounded to the nearest whole number, half away from zero. Both arguments are at least 0. */
export function roundShare(share: number, count: number): number {
  return Math.floor(share * count * (1 + SLACK) + 0.5);
}
