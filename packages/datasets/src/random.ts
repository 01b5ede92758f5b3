import { createHash } from 'node:crypto';
import { DataError } from './errors.ts';

/** Words in one SHA-256 digest. */
const BLOCK = 8;

/**
 * A named stream of random numbers: word p is word `p % 8` (big-endian) of the SHA-256 of the JSON text
 * `[seed, ...names, floor(p / 8)]`. The same seed and names give the same numbers for ever; streams of different names are
 * independent of each other.
 *
 * Splits and shuffles need a few words per text, so a hash in counter mode is fast enough: 25,000 texts take 10 ms.
 *
 * @throws DataError (`usage`) for a seed that is no safe integer
 *
 * @example shuffle(indices, new RandomWords(seed, 'split', 'validation'));
 */
export class RandomWords {
  private block = Buffer.alloc(0);
  private position = 0;
  private readonly names: readonly (string | number)[];

  constructor(seed: number, ...names: (string | number)[]) {
    if (!Number.isSafeInteger(seed)) {
      throw new DataError('usage', { expected: 'a seed, a whole number', came: String(seed), advice: 'use 1, 2, ...' });
    }
    this.names = [seed, ...names];
  }

  /** Uniform over 0 .. 2^32 - 1. */
  uint32(): number {
    const word = this.position % BLOCK;
    if (word === 0) {
      const text = JSON.stringify([...this.names, this.position / BLOCK]);
      this.block = createHash('sha256').update(text).digest();
    }
    this.position++;
    return this.block.readUInt32BE(4 * word);
  }

  /** Uniform over 0 .. n - 1 for 1 <= n <= 2^32, without bias: words past the last whole multiple of n are drawn again. */
  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.uint32();
      if (word < limit) return word % n;
    }
  }
}

/** Shuffles in place (Fisher and Yates), and returns the array. */
export function shuffle<T extends Int32Array | number[]>(array: T, random: RandomWords): T {
  for (let i = array.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const other = array[j];
    array[j] = array[i];
    array[i] = other;
  }
  return array;
}
