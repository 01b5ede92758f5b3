import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SparseWeights } from '../matrix.ts';
import { magnitude } from './magnitude.ts';
import { nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';
import { set } from './set.ts';

function matrix(values: number[], gates = 1): SparseWeights {
  const indices = Uint32Array.from(values, (_, i) => 2 * i + 1);
  return { name: 'W', topology: { rows: 4, cols: values.length, indices }, values: Float32Array.from(values), gates };
}

const dropped = (rule: DropRule, values: number[], rate: number) => [...rule.select([matrix(values)], rate)[0]];

// The eight weights of docs/method.md.
const eight = [0.5, -0.1, 0.3, -0.4, 0.1, 0.2, -0.6, 0.05];

test('worked example: magnitude at p = .3 drops ceil(2.4) = 3 weights of least magnitude, the tie to the lower index', () => {
  // .05, then -.1 and .1 tie for second and third place
  expect(dropped(magnitude, eight, 0.3)).toEqual([1, 4, 7]);
  expect(dropped(magnitude, eight, 0.25)).toEqual([1, 7]);
});

test('worked example: set at p = .3 drops ceil(1.5) = 2 of 5 positive and ceil(.9) = 1 of 3 negative weights', () => {
  expect(dropped(set, eight, 0.3)).toEqual([1, 4, 7]);
  expect(dropped(set, eight, 0.5)).toEqual([1, 3, 4, 5, 7]);
});

test('magnitude: of equal magnitudes the lower flat index is dropped', () => {
  expect(dropped(magnitude, [0.2, -0.2, 0.2, -0.2, 0.1, 0.2], 0.5)).toEqual([0, 1, 4]);
});

test('set: of equal values of one sign the lower flat index is dropped', () => {
  expect(dropped(set, [0.2, -0.2, 0.2, -0.2, 0.2, -0.2], 0.6)).toEqual([0, 1, 2, 3]);
});

test('set: a zero of either sign bit counts as positive, and goes first', () => {
  // Four count as positive: .1, 0, -0, .3
  expect(dropped(set, [0.1, 0, -0.1, -0, 0.3], 0.5)).toEqual([1, 2, 3]);
  expect(dropped(set, [-0, -0, -0, -0], 0.5)).toEqual([0, 1]);
});

test('set: a sign without weights drops none', () => {
  expect(dropped(set, [-0.1, -0.2, -0.3, -0.4], 0.5)).toEqual([0, 1]);
  expect(dropped(set, [], 0.5)).toEqual([]);
});

test('all gates of a stacked matrix compete', () => {
  const stacked = matrix([0.1, 0.2, 0.8, 0.9], 2);
  for (const rule of [magnitude, set]) expect([...rule.select([stacked], 0.5)[0]]).toEqual([0, 1]);
});

test('each matrix loses its own share', () => {
  for (const rule of [magnitude, set]) {
    const ranks = rule.select([matrix([9, 8, 7, 6]), matrix([0.1, 0.2])], 0.5);
    expect(ranks.map(r => [...r])).toEqual([[2, 3], [0]]);
  }
});

test.each([magnitude, set])('rate 0 drops nothing and rate 1 all: $name', rule => {
  expect(dropped(rule, eight, 0)).toEqual([]);
  expect(dropped(rule, eight, 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

const value = fc.oneof(
  fc.float({ noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 1e-40, -1e-40, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

test('nearestZero equals a stable sort by magnitude, over several arrays, earlier first among equals', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(value, { maxLength: 40 }), { maxLength: 4 }),
      fc.float({ min: 0, max: 1 }),
      (lists, p) => {
        const arrays = lists.map(list => Float32Array.from(list));
        for (const sign of ['all', 'nonnegative', 'negative'] as const) {
          const candidates = arrays
            .flatMap((array, a) => [...array].map((v, rank) => ({ a, rank, v })))
            .filter(({ v }) => sign === 'all' || v < 0 === (sign === 'negative'))
            .sort((x, y) => (Math.abs(x.v) < Math.abs(y.v) ? -1 : Math.abs(x.v) > Math.abs(y.v) ? 1 : 0));
          const count = Math.floor(p * candidates.length);
          const chosen = candidates.slice(0, count);
          const wanted = arrays.map((_, a) =>
            chosen
              .filter(c => c.a === a)
              .map(c => c.rank)
              .sort((x, y) => x - y),
          );
          expect(nearestZero(arrays, count, sign).map(ranks => [...ranks])).toEqual(wanted);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('nearestZero takes NaN last', () => {
  expect([...nearestZero([Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1)], 2)[0]]).toEqual([1, 2]);
});

test('nearestZero reads a view that does not start its buffer', () => {
  const values = Float32Array.of(0, 0, 3, 1, 2, 0).subarray(2, 5);
  expect([...nearestZero([values], 2)[0]]).toEqual([1, 2]);
});

test('more than there is cannot be taken', () => {
  expect(() => nearestZero([Float32Array.of(1, -1)], 2, 'negative')).toThrow('cannot take 2 of 1 weights');
});
