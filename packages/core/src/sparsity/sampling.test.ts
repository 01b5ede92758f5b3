import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rng } from '../base/philox.ts';
import { complement, sampleIntegers } from './sampling.ts';

test('the sample has exactly the count asked for, ascending, distinct, in range', () => {
  const sizes = fc.integer({ min: 1, max: 3000 }).chain(n => fc.tuple(fc.constant(n), fc.nat(n)));
  fc.assert(
    fc.property(sizes, fc.nat(), ([population, count], seed) => {
      const sample = sampleIntegers(population, count, rng(seed, 'sample'));
      expect(sample.length).toBe(count);
      expect([...new Set(sample)]).toEqual([...sample].sort((a, b) => a - b));
      if (count > 0) expect(sample[count - 1]).toBeLessThan(population);
    }),
  );
});

test('the same stream gives the same sample, another one another', () => {
  const sample = (seed: number) => [...sampleIntegers(1_000_000, 50, rng(seed, 'sample'))];
  expect(sample(1)).toEqual(sample(1));
  expect(sample(1)).not.toEqual(sample(2));
});

// Chi-square over all subsets: 0.001 critical values for 9 and 14 degrees of freedom.
test.each([
  [5, 2, 10, 27.9],
  [5, 3, 10, 27.9],
  [6, 4, 15, 36.1],
  [6, 2, 15, 36.1],
])('every subset of %d is equally likely when %d are taken', (population, count, subsets, critical) => {
  const draws = 20_000;
  const seen = new Map<string, number>();
  const stream = rng(7, 'subsets', population, count);
  for (let i = 0; i < draws; i++) {
    const key = sampleIntegers(population, count, stream).join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  expect(seen.size).toBe(subsets);
  const mean = draws / subsets;
  expect([...seen.values()].reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0)).toBeLessThan(critical);
});

test('positions up to 2^32 are reached', () => {
  const sample = sampleIntegers(2 ** 32, 4000, rng(3, 'wide'));
  expect(sample[0]).toBeLessThan(2 ** 24);
  expect(sample[3999]).toBeGreaterThan(2 ** 32 - 2 ** 24);
});

test('the complement is all the other integers', () => {
  expect([...complement(Uint32Array.of(0, 2, 5), 7)]).toEqual([1, 3, 4, 6]);
  expect([...complement(new Uint32Array(0), 3)]).toEqual([0, 1, 2]);
  expect([...complement(Uint32Array.of(0, 1, 2), 3)]).toEqual([]);
});

test('more than there is cannot be taken', () => {
  expect(() => sampleIntegers(3, 4, rng(1, 'sample'))).toThrow('cannot take 4 of 3 without replacement');
});
