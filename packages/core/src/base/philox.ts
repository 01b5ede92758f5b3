import { expected } from './errors.ts';

/** Multipliers and key increments of Philox4x32. */
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of a * b. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const other = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) >>> 0;
}

function philoxInto(out: Uint32Array, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(M0, c0);
    const low0 = Math.imul(M0, c0);
    const high1 = multiplyHigh(M1, c2);
    const low1 = Math.imul(M1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * Philox4x32-10: four random 32-bit words as a function of a counter and a key, without any state.
 *
 * @param counter Four uint32.
 * @param key Two uint32.
 * @returns Four uint32.
 * @see Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011.
 * @example
 * philox([0, 0, 0, 0], [0, 0]); // [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(4);
  const [c0, c1, c2, c3] = counter;
  philoxInto(out, c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0, key[0] >>> 0, key[1] >>> 0);
  return out;
}

const MASK = (1n << 64n) - 1n;

/**
 * The Philox key of a seed and names: FNV-1a (64 bits) over the JSON text of `[seed, ...names]` in UTF-8, then the
 * finalizer of MurmurHash3, as [low, high] words. JSON keeps 1 and '1', and ('ab') and ('a', 'b'), apart.
 */
function keyOf(seed: number, names: readonly (string | number)[]): [number, number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(JSON.stringify([seed, ...names]))) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  }
  hash = ((hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
  hash = ((hash ^ (hash >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
  hash ^= hash >> 33n;
  return [Number(hash & 0xffffffffn), Number(hash >> 32n)];
}

/** Where a stream stands; survives JSON. */
export interface RandomStreamState {
  /** Two uint32. */
  readonly key: readonly [number, number];
  /** 32-bit words taken so far. */
  readonly position: number;
}

/**
 * A named stream of random numbers. Word p of the stream is word `p & 3` of `philox([p >> 2, p >> 34, 0, 0], key)`, with
 * the key a hash of seed and names: streams of different names are independent, whatever is drawn from the others and in
 * whatever order, and a stream can be stopped and resumed anywhere.
 *
 * @param seed A safe integer.
 * @param names What the numbers are for: strings and finite numbers.
 * @throws {InputError} When the seed or a number among the names is not usable.
 * @example
 * const stream = new RandomStream(1, 'grow', 'layer0.Wh', 500);
 * stream.integer(10); // 0 .. 9
 */
export class RandomStream {
  private key: readonly [number, number];
  private position = 0;
  private readonly words = new Uint32Array(4);

  constructor(seed: number, ...names: (string | number)[]) {
    if (!Number.isSafeInteger(seed)) throw expected('a seed that is a safe integer', seed);
    for (const name of names) {
      if (typeof name === 'number' && !Number.isFinite(name)) throw expected('finite numbers in a stream name', name);
    }
    this.key = keyOf(seed, names);
  }

  /** Uniform over 0 .. 2^32 - 1. Takes one word. */
  uint32(): number {
    const word = this.position & 3;
    if (word === 0) this.fill();
    this.position++;
    return this.words[word];
  }

  /** Uniform in [0, 1), a multiple of 2^-53. Takes two words. */
  float(): number {
    const high = this.uint32() >>> 5;
    return (high * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** Standard normal (Box and Muller 1958, the cosine alone, so that no half of a pair is state). Takes four words. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.float()));
    return radius * Math.cos(2 * Math.PI * this.float());
  }

  /**
   * Uniform over 0 .. n - 1, without bias: words past the last whole multiple of n are drawn again. Takes one word at a
   * time up to n = 2^32, two above.
   *
   * @param n A whole number from 1 to 2^53.
   */
  integer(n: number): number {
    if (!(n >= 1 && n <= 2 ** 53 && Number.isInteger(n))) throw expected('a whole number from 1 to 2^53', n);
    const range = n <= 2 ** 32 ? 2 ** 32 : 2 ** 53;
    const limit = range - (range % n);
    while (true) {
      const drawn = range === 2 ** 32 ? this.uint32() : this.float() * 2 ** 53;
      if (drawn < limit) return drawn % n;
    }
  }

  /** What `restore` needs to go on from here. */
  state(): RandomStreamState {
    return { key: [...this.key], position: this.position };
  }

  /** The stream whose state this is. */
  static restore(state: RandomStreamState): RandomStream {
    const { key, position } = state;
    const isUint32 = (value: unknown) => typeof value === 'number' && value >>> 0 === value;
    if (!Array.isArray(key) || key.length !== 2 || !key.every(isUint32)) throw expected('a key of two uint32', key);
    if (!Number.isSafeInteger(position) || position < 0) throw expected('a position that is a whole number', position);
    const stream = new RandomStream(0);
    stream.key = [key[0], key[1]];
    stream.position = position;
    if ((position & 3) !== 0) stream.fill();
    return stream;
  }

  /** The block of four words that `position` lies in. */
  private fill(): void {
    const block = Math.floor(this.position / 4);
    philoxInto(this.words, block >>> 0, Math.floor(block / 2 ** 32), 0, 0, this.key[0], this.key[1]);
  }
}

/**
 * The random stream of a seed and names; the same arguments give the same numbers for ever, on every machine.
 *
 * @example
 * const values = rng(seed, 'values', 'layer0.Wx');
 */
export function rng(seed: number, ...names: (string | number)[]): RandomStream {
  return new RandomStream(seed, ...names);
}
