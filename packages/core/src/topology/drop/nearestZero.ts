/** Which weights are looked at: all, those that are zero or above, or those below zero. Both zeros are nonnegative. */
export type Sign = 'all' | 'nonnegative' | 'negative';

const MAGNITUDE = 0x7fffffff;
const SIGN_BIT = 0x80000000;
const LOW_BITS = 15;

/**
 * The `count` weights of least magnitude among those of a sign, over one or several arrays together.
 *
 * Ties: of equal magnitudes the earlier is taken, that is the one in the earlier array, and within an array the one at
 * the lower rank. NaN counts as larger than infinity.
 *
 * Selection by radix on the bits of the floats (their order as integers is the order of magnitudes): three passes over the
 * weights, 256 KiB of counters, and no copy of the weights.
 *
 * @param arrays Values in canonical order.
 * @param count How many to take over all arrays; at most the number of weights of that sign.
 * @returns For each array the ranks that were taken, strictly ascending.
 */
export function nearestZero(arrays: readonly Float32Array[], count: number, sign: Sign = 'all'): Uint32Array[] {
  const words = arrays.map(values => new Uint32Array(values.buffer, values.byteOffset, values.length));
  if (count === 0) return words.map(() => new Uint32Array(0));
  const high = new Uint32Array(1 << 16);
  for (const bits of words) {
    for (let i = 0; i < bits.length; i++) if (hasSign(bits[i], sign)) high[(bits[i] & MAGNITUDE) >>> LOW_BITS]++;
  }
  const bucket = bucketOf(high, count);
  const low = new Uint32Array(1 << LOW_BITS);
  for (const bits of words) {
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i] & MAGNITUDE;
      if (magnitude >>> LOW_BITS === bucket.index && hasSign(bits[i], sign)) low[magnitude & ((1 << LOW_BITS) - 1)]++;
    }
  }
  const exact = bucketOf(low, count - bucket.below);
  const threshold = bucket.index * 2 ** LOW_BITS + exact.index;
  let ties = count - bucket.below - exact.below;
  return words.map(bits => {
    const taken = new Uint32Array(Math.min(count, bits.length));
    let size = 0;
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i] & MAGNITUDE;
      if (magnitude > threshold || !hasSign(bits[i], sign)) continue;
      if (magnitude === threshold && ties-- <= 0) continue;
      taken[size++] = i;
    }
    return taken.slice(0, size);
  });
}

/** The number of weights of a sign. */
export function countSign(values: Float32Array, sign: Sign): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let count = 0;
  for (let i = 0; i < bits.length; i++) if (hasSign(bits[i], sign)) count++;
  return count;
}

function hasSign(bits: number, sign: Sign): boolean {
  if (sign === 'all') return true;
  // Above the sign bit alone, which is minus zero, lie the negative numbers.
  return bits > SIGN_BIT === (sign === 'negative');
}

/** The first bucket with which the running sum of counters reaches `count`, and the sum before it. */
export function bucketOf(counters: Uint32Array, count: number): { index: number; below: number } {
  let below = 0;
  for (let index = 0; index < counters.length; index++) {
    if (below + counters[index] >= count) return { index, below };
    below += counters[index];
  }
  throw new RangeError(`cannot take ${count} of ${below} weights`);
}
