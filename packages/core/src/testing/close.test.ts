import { describe, expect, it } from 'vitest';
import { assertClose } from './close.ts';

describe('assertClose', () => {
  it('passes equal and nearly equal values', () => {
    assertClose(
      'x',
      [1, -0, Number.NaN, Number.POSITIVE_INFINITY],
      [1 + 1e-9, 0, Number.NaN, Number.POSITIVE_INFINITY],
      'simd',
    );
  });

  it.each([
    ['a difference', [1], [1.1]],
    ['NaN for a number', [Number.NaN], [1]],
    ['a number for NaN', [1], [Number.NaN]],
    ['NaN for infinity', [Number.NaN], [Number.POSITIVE_INFINITY]],
    ['an infinity of the other sign', [Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY]],
    ['a number for infinity', [1e38], [Number.POSITIVE_INFINITY]],
    ['another length', [1, 2], [1]],
  ])('refuses %s', (_title, actual, expected) => {
    expect(() => assertClose('x', actual, expected, 'simd')).toThrow(/^x: /);
  });

  it('names the worst element and the share of the budget', () => {
    expect(() => assertClose('dx', [0, 1, 2], [0, 1, 2.5], 'cpu')).toThrow('dx: element 2 of 3 is 2, expected 2.5');
  });
});
