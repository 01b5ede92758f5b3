import type { RandomStream } from '../base/philox.ts';

/**
 * `count` different integers of `0 .. population - 1`, every such set equally likely, in ascending order.
 *
 * Time O(count log count), memory O(count) whatever the population: what is missing is drawn, sorted and merged until
 * nothing is missing. Integers drawn one after another with repeats ignored are a uniform sample without replacement, so
 * this is exact. More than half the population is sampled as the complement of the rest.
 *
 * @param population At most 2^32.
 * @param count A whole number, at most the population.
 * @param stream Where the random integers come from; how many are taken from it is not fixed.
 */
export function sampleIntegers(population: number, count: number, stream: RandomStream): Uint32Array {
  if (count > population) throw new RangeError(`cannot take ${count} of ${population} without replacement`);
  if (count > population / 2) return complement(sampleIntegers(population, population - count, stream), population);
  const chosen = new Uint32Array(count);
  let size = 0;
  while (size < count) {
    const drawn = new Uint32Array(count - size);
    for (let i = 0; i < drawn.length; i++) drawn[i] = stream.integer(population);
    size = mergeInto(chosen, size, drawn.sort());
  }
  return chosen;
}

/** Merges those of `drawn` (ascending, may repeat) that are new into `chosen[0 .. size)` in place; returns the new size. */
function mergeInto(chosen: Uint32Array, size: number, drawn: Uint32Array): number {
  let fresh = 0;
  for (let i = 0, at = 0; i < drawn.length; i++) {
    const value = drawn[i];
    if (i > 0 && value === drawn[i - 1]) continue;
    while (at < size && chosen[at] < value) at++;
    if (at === size || chosen[at] !== value) drawn[fresh++] = value;
  }
  // Backwards, so that nothing is overwritten before it has moved.
  for (let to = size + fresh - 1, from = size - 1, next = fresh - 1; next >= 0; to--)
    chosen[to] = from >= 0 && chosen[from] > drawn[next] ? chosen[from--] : drawn[next--];
  return size + fresh;
}

/** The integers of `0 .. population - 1` that are not in `sorted`, which is strictly ascending. */
export function complement(sorted: Uint32Array, population: number): Uint32Array {
  const others = new Uint32Array(population - sorted.length);
  let value = 0;
  let size = 0;
  for (let i = 0; i < sorted.length; i++) {
    while (value < sorted[i]) others[size++] = value++;
    value++;
  }
  while (size < others.length) others[size++] = value++;
  return others;
}
