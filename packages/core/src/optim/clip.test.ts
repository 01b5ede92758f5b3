import { expect, it } from 'vitest';
import { clipFactor } from './clip.ts';

it('a norm above the limit is brought down to it', () => {
  expect(5 * clipFactor(5, 0.25)).toBe(0.25);
});

it('a norm up to the limit is left alone, and so is every norm where the limit is 0', () => {
  expect([clipFactor(0.2, 0.25), clipFactor(0.25, 0.25), clipFactor(0, 0.25), clipFactor(1e9, 0)]).toEqual([
    1, 1, 1, 1,
  ]);
});
