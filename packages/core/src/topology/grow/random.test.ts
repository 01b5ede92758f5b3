import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rng } from '../../base/philox.ts';
import { largestAllocation } from '../../sparsity/allocations.testing.ts';
import { random } from './random.ts';

const u32 = (...values: number[]) => Uint32Array.from(values);

function grow(indices: Uint32Array, count: number, avoid = u32(), [from, to] = [0, 16], seed = 1): number[] {
  const topology = { rows: 4, cols: 4, indices };
  return [...random.grow({ name: 'W', topology, avoid, from, to, count, stream: rng(seed, 'grow') })];
}

test('worked example: random grows three of eight positions where five weights remain and three were dropped', () => {
  // The eight weights of docs/method.md in a 4 x 4 matrix.
  const remaining = u32(0, 5, 7, 11, 12);
  const justDropped = u32(3, 9, 15);
  const empty = [1, 2, 4, 6, 8, 10, 13, 14];
  const grown = grow(remaining, 3, justDropped);
  expect(new Set(grown).size).toBe(3);
  for (const position of grown) expect(empty).toContain(position);
});

test('all empty positions are equally likely, those just dropped never grow', () => {
  const hits = new Map<number, number>();
  for (let seed = 0; seed < 4000; seed++)
    for (const at of grow(u32(0, 5, 7, 11, 12), 2, u32(3, 9, 15), [0, 16], seed)) hits.set(at, (hits.get(at) ?? 0) + 1);
  expect([...hits.keys()].sort((a, b) => a - b)).toEqual([1, 2, 4, 6, 8, 10, 13, 14]);
  // 1000 each on average, standard deviation 27.4: five of them.
  for (const count of hits.values()) expect(Math.abs(count - 1000)).toBeLessThan(137);
});

test('overflow: where other empty positions are too few all of them grow, and the rest at positions just dropped', () => {
  const remaining = u32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  const justDropped = u32(10, 11, 12, 13);
  const again = new Set<number>();
  for (let seed = 0; seed < 60; seed++) {
    const grown = grow(remaining, 3, justDropped, [0, 16], seed);
    expect(grown.slice(-2)).toEqual([14, 15]);
    expect(grown.length).toBe(3);
    again.add(grown[0]);
  }
  expect([...again].sort()).toEqual([10, 11, 12, 13]);
  expect(grow(remaining, 6, justDropped)).toEqual([10, 11, 12, 13, 14, 15]);
});

test('only positions of the block grow', () => {
  expect(grow(u32(1, 9), 3, u32(6), [4, 8])).toEqual([4, 5, 7]);
  expect(grow(u32(1, 9), 4, u32(6, 15), [4, 8])).toEqual([4, 5, 6, 7]);
});

test('grown positions are distinct, ascending, empty and as many as asked for, for any topology', () => {
  const cases = fc.record({
    state: fc.array(fc.constantFrom('active', 'avoid', 'empty'), { minLength: 1 }),
    share: fc.nat(100),
  });
  fc.assert(
    fc.property(cases, fc.nat(), ({ state, share }, seed) => {
      const at = (kind: string) => Uint32Array.from(state.flatMap((s, i) => (s === kind ? [i] : [])));
      const free = state.length - at('active').length;
      const count = Math.floor((share * free) / 100);
      const topology = { rows: 1, cols: state.length, indices: at('active') };
      const stream = rng(seed, 'grow');
      const grown = random.grow({ name: 'W', topology, avoid: at('avoid'), from: 0, to: state.length, count, stream });
      expect(grown.length).toBe(count);
      grown.forEach((position, i) => {
        expect(state[position]).not.toBe('active');
        if (i > 0) expect(position).toBeGreaterThan(grown[i - 1]);
      });
      const fresh = [...grown].filter(position => state[position] === 'empty').length;
      expect(fresh).toBe(Math.min(count, at('empty').length));
    }),
  );
});

test('memory follows the nonzeros: no array of rows x cols elements or bits', () => {
  const indices = Uint32Array.from({ length: 1000 }, (_, i) => 2_499_999 * i);
  const topology = { rows: 50_000, cols: 50_000, indices };
  let grown = 0;
  const largest = largestAllocation(() => {
    const stream = rng(1, 'grow');
    grown = random.grow({ name: 'W', topology, avoid: u32(), from: 0, to: 2.5e9, count: 500, stream }).length;
  });
  expect(grown).toBe(500);
  expect(largest).toBeLessThanOrEqual(4 * 1500);
});
