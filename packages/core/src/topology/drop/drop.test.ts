import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SparseWeights } from '../matrix.ts';
import { anyShare } from '../random.testing.ts';
import { globalMagnitude } from './globalMagnitude.ts';
import { magnitude } from './magnitude.ts';
import { magnitudeGate } from './magnitudeGate.ts';
import { nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';
import { set } from './set.ts';
import { setMisread } from './setMisread.ts';
import { threshold } from './threshold.ts';
import { zero } from './zero.ts';

function matrix(values: number[], gates = 1): SparseWeights {
  const indices = Uint32Array.from(values, (_, i) => 2 * i + 1);
  return { name: 'W', topology: { rows: 4, cols: values.length, indices }, values: Float32Array.from(values), gates };
}

const dropped = (rule: DropRule, values: number[], rate: number) => [...rule.select([matrix(values)], rate).ranks[0]];

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

test('worked example: magnitude-gate at p = .3 drops ceil(1.2) = 2 of the four weights of each of two gates', () => {
  const topology = { rows: 4, cols: 4, indices: Uint32Array.of(0, 3, 5, 7, 9, 11, 12, 15) };
  const [ranks] = magnitudeGate.select([{ ...matrix(eight, 2), topology }], 0.3).ranks;
  expect([...ranks]).toEqual([1, 2, 4, 7]);
});

test('worked example: global-magnitude at p = .3 drops ceil(2.4) = 3 of the eight weights of two matrices, one and two', () => {
  const halves = [matrix(eight.slice(0, 4)), matrix(eight.slice(4))];
  const ranks = (rate: number) => globalMagnitude.select(halves, rate).ranks.map(each => [...each]);
  expect(ranks(0.3)).toEqual([[1], [0, 3]]);
  // -.1 and .1 tie for second place: the one in the earlier matrix goes
  expect(ranks(0.25)).toEqual([[1], [3]]);
});

test('worked example: set-misread at p = .3 drops the two positive weights nearest zero and the most negative one', () => {
  expect(dropped(setMisread, eight, 0.3)).toEqual([4, 6, 7]);
  expect(dropped(setMisread, eight, 0.5)).toEqual([3, 4, 5, 6, 7]);
});

test('set-misread: of equal values of one sign the lower flat index is dropped, minus zero is no negative weight', () => {
  expect(dropped(setMisread, [-0.2, -0.3, -0.3, -0.3, -0.2], 0.4)).toEqual([1, 2]);
  expect(dropped(setMisread, [-0, -1e-40, -0.1, 0], 0.5)).toEqual([0, 2]);
});

test('worked example: threshold at p = .3 starts at .2, below which three weights are', () => {
  const { ranks, memory } = threshold.select([matrix(eight)], 0.3);
  expect([...ranks[0]]).toEqual([1, 4, 7]);
  expect(memory).toEqual({ threshold: Math.fround(0.2) });
});

test('worked example: threshold .5 drops six of eight weights and halves, .05 drops none and doubles, .15 stays', () => {
  const at = (height: number) => threshold.select([matrix(eight)], 0.3, { threshold: height });
  expect(at(Math.fround(0.5)).ranks.map(ranks => [...ranks])).toEqual([[1, 2, 3, 4, 5, 7]]);
  expect(at(0.5).memory).toEqual({ threshold: 0.25 });
  expect(at(Math.fround(0.05)).ranks[0].length).toBe(0);
  expect(at(0.05).memory).toEqual({ threshold: 0.1 });
  expect(at(0.15).memory).toEqual({ threshold: 0.15 });
});

test('threshold: one for all matrices, and within a tenth of the target it stays', () => {
  const ramp = (from: number) => matrix(Array.from({ length: 50 }, (_, i) => (from + i) / 128));
  const select = (height: number) => threshold.select([ramp(1), ramp(51)], 0.5, { threshold: height / 128 });
  for (const [height, factor] of [
    [45, 2],
    [46, 1],
    [56, 1],
    [57, 0.5],
  ]) {
    const { ranks, memory } = select(height);
    expect(ranks[0].length + ranks[1].length).toBe(height - 1);
    expect(memory).toEqual({ threshold: (factor * height) / 128 });
  }
});

test('threshold: without a weight above zero, or beyond what 32 bits hold, it is still a number that can change', () => {
  const start = (values: number[], rate: number) => threshold.select([matrix(values)], rate).memory!.threshold;
  expect(start([], 0.5)).toBe(2 ** -126);
  expect(start([0, 0, -0], 0.5)).toBeGreaterThan(0);
  expect(start([0.25, 0.5], 1)).toBe(1);
  expect(start([0, 0, 0.25], 0.3)).toBe(0.125);
  const largest = threshold.select([matrix([3e38])], 1, { threshold: 2 ** 127 });
  expect(largest.memory).toEqual({ threshold: 2 ** 127 });
});

test('worked example: zero drops the two weights that have reached zero, whatever the rate', () => {
  const walked = eight.with(1, 0).with(5, -0);
  for (const rate of [0, 0.3, 1]) expect(dropped(zero, walked, rate)).toEqual([1, 5]);
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
  for (const rule of [magnitude, set]) expect([...rule.select([stacked], 0.5).ranks[0]]).toEqual([0, 1]);
});

test('each matrix loses its own share', () => {
  for (const rule of [magnitude, set]) {
    const { ranks } = rule.select([matrix([9, 8, 7, 6]), matrix([0.1, 0.2])], 0.5);
    expect(ranks.map(r => [...r])).toEqual([[2, 3], [0]]);
  }
});

test.each([magnitude, magnitudeGate, globalMagnitude, set, setMisread])(
  'rate 0 drops nothing and rate 1 all: $name',
  rule => {
    expect(dropped(rule, eight, 0)).toEqual([]);
    expect(dropped(rule, eight, 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  },
);

const value = fc.oneof(
  fc.float({ noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 1e-40, -1e-40, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

test('nearestZero equals a stable sort by magnitude, over several arrays, earlier first among equals', () => {
  fc.assert(
    fc.property(fc.array(fc.array(value, { maxLength: 40 }), { maxLength: 4 }), anyShare, (lists, p) => {
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
    }),
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
