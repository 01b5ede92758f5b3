import { expect, test } from 'vitest';
import type { SparseWeights } from '../matrix.ts';
import { gmp } from '../methods/gmp.ts';
import { snip } from '../methods/snip.ts';
import { pruneTopology } from './prune.ts';

function dense(rows: number, cols: number, values: number[], gradient?: number[]): SparseWeights {
  return {
    name: 'W',
    topology: { rows, cols, indices: Uint32Array.from(values.keys()) },
    values: Float32Array.from(values),
    gates: 1,
    ...(gradient && { gradient: Float32Array.from(gradient) }),
  };
}

// The eight weights of docs/method.md as a dense matrix.
const eight = [0.5, -0.1, 0.3, -0.4, 0.1, 0.2, -0.6, 0.05];

const dropped = (matrices: SparseWeights[], method: typeof gmp, density: number, progress?: number) =>
  pruneTopology(matrices, method.prune!, { density, progress }).map(updated => [...updated.dropped]);

test('worked example: gmp to density .5 keeps round(4.5) = 5 of eight weights half the way, 4 at the end', () => {
  const matrix = dense(2, 4, eight);
  expect(gmp.prune!.density(0.5, 0.5)).toBe(0.5625);
  expect(dropped([matrix], gmp, 0.5, 0)).toEqual([[]]);
  expect(dropped([matrix], gmp, 0.5, 0.5)).toEqual([[1, 4, 7]]);
  expect(dropped([matrix], gmp, 0.5)).toEqual([[1, 4, 5, 7]]);
});

test('worked example: snip to density .5 drops the four of eight weights of least weight times gradient', () => {
  const gradient = [0.1, -2, 0.1, 0.1, 1, -0.1, 0.1, 2];
  // |w g|: .05, .2, .03, .04, .1, .02, .06, .1
  expect(dropped([dense(2, 4, eight, gradient)], snip, 0.5)).toEqual([[0, 2, 3, 5]]);
});

test('gmp prunes each matrix to its own count, snip lets all matrices compete for the sum of them', () => {
  const ones = Array(5).fill(1);
  const matrices = [dense(1, 5, [1, 2, 3, 4, 5], ones), dense(1, 5, [6, 7, 8, 9, 10], ones)];
  expect(dropped(matrices, gmp, 0.5)).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(dropped(matrices, snip, 0.5)).toEqual([[0, 1, 2, 3], []]);
});

test('ties: of equal scores the lower flat index goes, that of the earlier matrix first', () => {
  const ones = Array(4).fill(1);
  const matrices = [dense(2, 2, [1, -1, 1, 1], ones), dense(2, 2, [-1, 1, 1, 1], ones)];
  expect(dropped(matrices, gmp, 0.5)).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(dropped(matrices, snip, 0.375)).toEqual([[0, 1, 2, 3], []]);
});

test('a matrix that has no more weights than are due loses none', () => {
  const sparse = { ...dense(2, 4, [1, 2]), topology: { rows: 2, cols: 4, indices: Uint32Array.of(3, 6) } };
  const [updated] = pruneTopology([sparse], gmp.prune!, { density: 0.5 });
  expect(updated).toEqual({
    topology: sparse.topology,
    values: sparse.values,
    kept: Int32Array.of(0, 1),
    dropped: new Uint32Array(0),
    grown: new Uint32Array(0),
  });
});

test('a schedule that falls below the density of the run does not take the weights below it', () => {
  const steep = { ...gmp, prune: { ...gmp.prune!, density: () => 0.1 } };
  expect(dropped([dense(2, 4, eight)], steep, 0.5, 0.5)).toEqual([[1, 4, 5, 7]]);
});

test('snip without gradients, and settings out of range, are refused', () => {
  const matrix = dense(2, 4, eight);
  expect(() => dropped([matrix], snip, 0.5)).toThrow('pruning needs 8 gradients of W, got none');
  expect(() => dropped([matrix], gmp, 0)).toThrow('expected a density in (0, 1], got 0');
  expect(() => dropped([matrix], gmp, 0.5, 1.5)).toThrow('expected a progress in [0, 1], a share of the way, got 1.5');
});
