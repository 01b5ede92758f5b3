/**
 * Philox4x32-10, the counter-based generator of Salmon et al. 2011 ("Parallel random numbers: as easy as 1, 2, 3"): four
 * random 32-bit words as a function of a 128-bit counter and a 64-bit key. No state, so any element can be had in any
 * order, on any thread.
 */
export function philox(counter: readonly number[], key: readonly number[]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    const high0 = mulHigh(MULTIPLIER_0, c0);
    const high1 = mulHigh(MULTIPLIER_1, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = (b >>> 16) & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 65536);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/** Where a stream stands, as JSON. */
export interface StreamState {
  key: [number, number];
  /** Words handed out so far. */
  position: number;
}

/**
 * A stream of random numbers with a name. The seed and the names make the key, a running count the counter: streams of
 * different names are independent, and a stream does not depend on what others have drawn.
 */
export class RandomStream {
  private readonly key: [number, number];
  private position = 0;
  private block: [number, number, number, number] = [0, 0, 0, 0];

  constructor(seed: number, ...names: (string | number)[]) {
    this.key = hashNames(seed, names);
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    const word = this.position % 4;
    if (word === 0) {
      const index = this.position / 4;
      this.block = philox([index >>> 0, Math.floor(index / 2 ** 32), 0, 0], this.key);
    }
    this.position++;
    return this.block[word];
  }

  /** A uniform number in [0, 1) with 24 random bits: exact in float32. */
  float(): number {
    return (this.uint32() >>> 8) / 2 ** 24;
  }

  /** A standard normal number (Box-Muller, from two words with 53 random bits between them). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.uint32() + 1) / 2 ** 32));
    return radius * Math.cos(2 * Math.PI * (this.uint32() / 2 ** 32));
  }

  /** A uniform integer in [0, n), n from 1 to 2^32, without bias: words that would favour small results are passed over. */
  integer(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
      throw new RangeError(`RandomStream.integer: expected n as an integer from 1 to 2^32, got ${n}.`);
    }
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  state(): StreamState {
    return { key: [...this.key], position: this.position };
  }

  /** A stream that goes on where `state` was taken. */
  static restore({ key, position }: StreamState): RandomStream {
    const stream = new RandomStream(0);
    stream.key[0] = key[0];
    stream.key[1] = key[1];
    stream.position = position;
    const index = Math.floor(position / 4);
    if (position % 4 !== 0) stream.block = philox([index >>> 0, Math.floor(index / 2 ** 32), 0, 0], key);
    return stream;
  }
}

/** The stream of a seed and names, such as `rng(seed, 'grow', layer, step)`. */
export function rng(seed: number, ...names: (string | number)[]): RandomStream {
  return new RandomStream(seed, ...names);
}

/**
 * A 64-bit key from a seed and names: two 32-bit FNV-1a hashes of their text with different offsets, each finished by
 * murmur3's mixer. The text keeps names apart (`['a', 1]` is not `['a1']`) and numbers from strings.
 */
function hashNames(seed: number, names: readonly (string | number)[]): [number, number] {
  const text = JSON.stringify([seed, ...names]);
  const hash = (offset: number) => {
    let h = offset;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  return [hash(0x811c9dc5), hash(0x9dc5811c)];
}
