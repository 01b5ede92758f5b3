import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocateNonzeros } from './densities.ts';

const shapes = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 400 }), cols: fc.integer({ min: 1, max: 400 }) }), {
  minLength: 1,
  maxLength: 7,
});
// Evenly: most of what fc.double draws is near the least.
const densities = fc.integer({ min: 1, max: 10_000 }).map(n => n / 10_000);

test('uniform: round(density * rows * cols) in every matrix, half away from zero', () => {
  const matrices = [
    { rows: 5, cols: 5 },
    { rows: 4, cols: 6 },
    { rows: 100, cols: 1 },
  ];
  expect(allocateNonzeros({ matrices, density: 0.1, distribution: 'uniform' })).toEqual([3, 2, 10]);
});

test('er: counts are proportional to rows + cols and sum to the uniform budget', () => {
  const matrices = [
    { rows: 10, cols: 10 },
    { rows: 30, cols: 10 },
  ];
  expect(allocateNonzeros({ matrices, density: 0.15, distribution: 'er' })).toEqual([20, 40]);
});

test('er: the unit that rounding leaves over goes to the largest fractional part', () => {
  const matrices = [
    { rows: 4, cols: 4 },
    { rows: 8, cols: 8 },
  ];
  // 20 * [8, 16] / 24 = [6.67, 13.33]
  expect(allocateNonzeros({ matrices, density: 0.25, distribution: 'er' })).toEqual([7, 13]);
});

test('er: equal fractional parts, the matrix that comes first gets the unit', () => {
  const matrices = [
    { rows: 3, cols: 3 },
    { rows: 3, cols: 3 },
    { rows: 2, cols: 1 },
  ];
  // The budget is 3 + 3 + 1 = 7; 7 * [6, 6, 3] / 15 = [2.8, 2.8, 1.4]
  expect(allocateNonzeros({ matrices, density: 0.34, distribution: 'er' })).toEqual([3, 3, 1]);
  // The budget is 4 + 4 + 1 = 9; 9 * [6, 6, 3] / 15 = [3.6, 3.6, 1.8]: the last unit but one is contested
  expect(allocateNonzeros({ matrices, density: 0.4, distribution: 'er' })).toEqual([4, 3, 2]);
});

test('er: a matrix that would exceed its size becomes dense and the others share the rest', () => {
  const matrices = [
    { rows: 2, cols: 2 },
    { rows: 20, cols: 20 },
    { rows: 20, cols: 20 },
  ];
  // The budget is 2 + 200 + 200; eps (2 + 2) would be 19.1 of 4 positions.
  expect(allocateNonzeros({ matrices, density: 0.5, distribution: 'er' })).toEqual([4, 199, 199]);
});

test('er: the density of each matrix is eps (r + c) / (r c) to within one nonzero, for one eps', () => {
  fc.assert(
    fc.property(shapes, densities, (matrices, density) => {
      const counts = allocateNonzeros({ matrices, density, distribution: 'er' });
      const open = matrices.flatMap(({ rows, cols }, i) =>
        counts[i] < rows * cols ? [{ size: rows + cols, count: counts[i] }] : [],
      );
      // One eps must exist with eps * size in [count - 1, count + 1] for all matrices that are not full.
      const low = Math.max(...open.map(m => (m.count - 1) / m.size));
      const high = Math.min(...open.map(m => (m.count + 1) / m.size));
      if (open.length > 0) expect(low).toBeLessThanOrEqual(high * (1 + 1e-12));
    }),
  );
});

test('er and uniform spend the same budget, and no matrix exceeds its size', () => {
  fc.assert(
    fc.property(shapes, densities, (matrices, density) => {
      const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
      const er = allocateNonzeros({ matrices, density, distribution: 'er' });
      expect(sum(er)).toBe(sum(allocateNonzeros({ matrices, density, distribution: 'uniform' })));
      er.forEach((count, i) => {
        expect(count).toBeLessThanOrEqual(matrices[i].rows * matrices[i].cols);
      });
    }),
  );
});

test('density 1 fills every matrix', () => {
  const matrices = [
    { rows: 3, cols: 7 },
    { rows: 5, cols: 2 },
  ];
  for (const distribution of ['uniform', 'er'] as const)
    expect(allocateNonzeros({ matrices, density: 1, distribution })).toEqual([21, 10]);
});

test.each([0, -0.1, 1.01, Number.NaN, Number.POSITIVE_INFINITY])('density %d is refused', density => {
  expect(() => allocateNonzeros({ matrices: [{ rows: 2, cols: 2 }], density, distribution: 'uniform' })).toThrow(
    `expected a density in (0, 1], got ${density}`,
  );
});

test('a shape that is not whole, empty or too large is refused', () => {
  for (const [rows, cols] of [
    [0, 3],
    [2.5, 2],
    [65537, 65536],
  ])
    expect(() => allocateNonzeros({ matrices: [{ rows, cols }], density: 0.5, distribution: 'er' })).toThrow(
      'expected a matrix of at least 1 row and 1 column, at most 2^32 positions',
    );
});
