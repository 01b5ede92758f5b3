import { philox } from '../base/philox.ts';

/** Half-width of the uniform distribution of variance 1, over half the number of values that a draw can take. */
export const DRAW_SCALE = Math.sqrt(3) / 2 ** 24;

/**
 * The noise u of `Engine.rewire` at a place in canonical order: with word `place & 3` of `philox([place >> 2, 0, 0, 0], key)`, the odd number
 * `2 * floor(word / 256) + 1 - 2^24` times `sqrt(3) / 2^24`. Uniform in (-sqrt 3, sqrt 3), symmetric, never 0, of variance
 * 1 (to 2^-48).
 *
 * @param place rank of the weight in canonical order, 0 .. 2^32 - 1.
 * @param key two uint32.
 * @example
 * walkDraw(0, [1, 2]); // the same number for ever
 */
export function walkDraw(place: number, key: readonly [number, number]): number {
  const word = philox([Math.floor(place / 4), 0, 0, 0], key)[place % 4];
  return (2 * Math.floor(word / 256) + 1 - 2 ** 24) * DRAW_SCALE;
}
