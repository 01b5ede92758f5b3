import { expect, it } from 'vitest';
import { decayedRate } from './decay.ts';

/** Zaremba et al. (2014): small, medium, large. */
const RECIPES = [
  { factor: 0.5, after: 4, epoch: 13, rate: 0.5 ** 9 },
  { factor: 0.8, after: 6, epoch: 39, rate: 0.8 ** 33 },
  { factor: 1 / 1.15, after: 14, epoch: 55, rate: 1.15 ** -41 },
];

it.each(RECIPES)('the rate stays up to epoch $after and is $factor times that before in each one after it', recipe => {
  const { factor, after, epoch, rate } = recipe;
  expect(decayedRate(1, recipe, 1)).toBe(1);
  expect(decayedRate(1, recipe, after)).toBe(1);
  expect(decayedRate(1, recipe, after + 1)).toBe(factor);
  expect(decayedRate(2, recipe, after + 2)).toBe(2 * factor ** 2);
  expect(decayedRate(1, recipe, epoch) / rate).toBeCloseTo(1, 12);
});

it('factor 1 keeps the rate, which averaging needs', () => {
  for (const epoch of [1, 2, 500]) expect(decayedRate(40, { factor: 1, after: 0 }, epoch)).toBe(40);
});

it('after 0: the first epoch has the factor already', () => {
  expect(decayedRate(1, { factor: 0.5, after: 0 }, 1)).toBe(0.5);
});
