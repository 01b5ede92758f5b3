import { expect, test } from 'vitest';
import { ceilShare, roundShare } from './rounding.ts';

test.each([
  [0, 8, 0],
  [1, 8, 8],
  [0.25, 8, 2],
  [0.26, 8, 3],
  [1e-9, 8, 1],
  [0.5, 0, 0],
])('ceil(%d * %d) = %d', (share, count, expected) => {
  expect(ceilShare(share, count)).toBe(expected);
});

test('a product that is above a whole number by floating-point error alone is not rounded up', () => {
  expect(0.07 * 100).toBeGreaterThan(7);
  expect(ceilShare(0.07, 100)).toBe(7);
  for (let percent = 0; percent <= 100; percent++) expect(ceilShare(percent / 100, 100)).toBe(percent);
  for (let permille = 0; permille <= 1000; permille++)
    expect(ceilShare(permille / 1000, 15_000_000)).toBe(permille * 15_000);
});

test.each([
  [0.1, 25, 3],
  [0.1, 24, 2],
  [0.5, 1, 1],
  [0.49, 1, 0],
  [1, 7, 7],
])('round(%d * %d) = %d, half away from zero', (share, count, expected) => {
  expect(roundShare(share, count)).toBe(expected);
});

test('a half that floating-point error puts below the half is rounded up as well', () => {
  expect(0.145 * 100).toBeLessThan(14.5);
  expect(roundShare(0.145, 100)).toBe(15);
});
