import { expect, test } from 'vitest';
import type { SparseWeights } from '../matrix.ts';
import { REDISTRIBUTE_RULES } from '../rules.ts';
import { magnitude } from './magnitude.ts';
import { momentum } from './momentum.ts';
import { none } from './none.ts';
import { nonzeros } from './nonzeros.ts';
import type { DroppedMatrix } from './rule.ts';

/** A 2 x 4 matrix after a drop. */
function left(values: number[], dropped: number, smoothed: number[] = []): DroppedMatrix {
  const weights: SparseWeights = {
    name: 'W',
    topology: { rows: 2, cols: 4, indices: Uint32Array.from(values.keys()) },
    values: Float32Array.from(values),
    momentum: Float32Array.from(smoothed),
    gates: 1,
  };
  return { ...weights, dropped };
}

// The eight weights of docs/method.md, four in each of two matrices, after global-magnitude at p = .5.
const example = [left([0.5, 0.3, -0.4], 1, [0.2, -0.2, 0.2]), left([-0.6], 3, [-0.6])];

test('worked example: of four weights none gives 1 and 3, magnitude 2 and 2, nonzeros 3 and 1, momentum 1 and 3', () => {
  // Mean magnitudes .4 and .6: 1.6 and 2.4; nonzeros 3 and 1; mean momenta .2 and .6: 1 and 3
  expect(none.share(example)).toEqual([1, 3]);
  expect(magnitude.share(example)).toEqual([2, 2]);
  expect(nonzeros.share(example)).toEqual([3, 1]);
  expect(momentum.share(example)).toEqual([1, 3]);
});

test('magnitude and momentum take means, not sums, and magnitudes, not values', () => {
  const matrices = [left([0.1, -0.1, 0.1, -0.1], 2, [-0.3, -0.3, -0.3, -0.3]), left([-0.3], 2, [0.1])];
  expect(magnitude.share(matrices)).toEqual([1, 3]);
  expect(momentum.share(matrices)).toEqual([3, 1]);
});

test('overflow: what exceeds the empty positions of a matrix goes to the others', () => {
  const full = left([9, 9, 9, 9, 9, 9, 9], 1, [9, 9, 9, 9, 9, 9, 9]);
  for (const rule of [magnitude, nonzeros, momentum]) {
    expect(rule.share([left([0.1], 2, [0.1]), full, left([0.1], 1, [0.1])])).toEqual([2, 1, 1]);
  }
});

test('equal fractional parts: the matrix that comes first gets the unit', () => {
  const two = [left([0.5, 0.5], 1, [1, 1]), left([-0.5, 0.5], 2, [1, -1])];
  for (const rule of [magnitude, nonzeros, momentum]) expect(rule.share(two)).toEqual([2, 1]);
});

test.each([...REDISTRIBUTE_RULES.values()])(
  'where nothing is left in any matrix the budget is still shared: $name',
  rule => {
    const shares = rule.share([left([], 3), left([], 5)]);
    expect(shares[0] + shares[1]).toBe(8);
    expect(Math.max(...shares)).toBeLessThanOrEqual(8);
  },
);
