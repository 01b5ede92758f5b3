import { bucketOf } from '../drop/nearestZero.ts';

const MAGNITUDE = 0x7fffffff;
const LOW_BITS = 15;

/** Room beyond the capacity, so that a small pool is not sorted out at every candidate. */
const SPARE = 1 << 14;

/**
 * The positions of the `capacity` largest magnitudes among those offered; of equal magnitudes the lower position.
 *
 * Candidates are gathered in twice the room. When it is full, a selection by radix keeps the best half, and its worst
 * becomes the bound below which nothing is taken. (Magnitude, position) is a total order, so what is kept does not depend
 * on the order of the offers.
 */
export class Pool {
  /** MAGNITUDE minus the magnitude of each candidate: the best have the lowest keys. */
  private readonly keys: Uint32Array;
  private readonly positions: Uint32Array;
  private size = 0;
  /** The worst of the best when the pool was last sorted out; before that, anything is better. */
  private boundKey = MAGNITUDE;
  private boundPosition = Number.POSITIVE_INFINITY;

  constructor(readonly capacity: number) {
    const room = capacity === 0 ? 0 : capacity + Math.max(capacity, SPARE);
    this.keys = new Uint32Array(room);
    this.positions = new Uint32Array(room);
  }

  /**
   * Offers the positions `from .. to - 1`.
   *
   * @param words The bits of the scores, that of position p at `p - start`. As integers the bits of floats without their
   * signs are in the order of magnitudes.
   */
  offer(from: number, to: number, words: Uint32Array, start: number): void {
    if (this.capacity === 0) return;
    let bound = this.boundKey;
    for (let position = from; position < to; position++) {
      const key = MAGNITUDE - (words[position - start] & MAGNITUDE);
      if (key > bound || (key === bound && position > this.boundPosition)) continue;
      this.keys[this.size] = key;
      this.positions[this.size++] = position;
      if (this.size === this.keys.length) {
        this.sortOut();
        bound = this.boundKey;
      }
    }
  }

  /** The best positions, in the order of their offers: as many as the capacity, or all offered if they were fewer. */
  best(): Uint32Array {
    if (this.size > this.capacity) this.sortOut();
    return this.positions.subarray(0, this.size);
  }

  /** Keeps the best in their order and forgets the others. */
  private sortOut(): void {
    const { keys, positions } = this;
    const { key: bound, ties } = this.worstOfBest();
    const tied = positions.subarray(0, this.size).filter((_, i) => keys[i] === bound);
    const last = tied.length === ties ? Number.POSITIVE_INFINITY : tied.sort()[ties - 1];
    let kept = 0;
    for (let i = 0; i < this.size; i++) {
      if (keys[i] > bound || (keys[i] === bound && positions[i] > last)) continue;
      keys[kept] = keys[i];
      positions[kept++] = positions[i];
    }
    this.size = kept;
    this.boundKey = bound;
    this.boundPosition = last;
  }

  /** The key of rank `capacity`, and how many of that key belong to the best. */
  private worstOfBest(): { key: number; ties: number } {
    const { keys, size, capacity } = this;
    const high = new Uint32Array(1 << 16);
    for (let i = 0; i < size; i++) high[keys[i] >>> LOW_BITS]++;
    const bucket = bucketOf(high, capacity);
    const low = new Uint32Array(1 << LOW_BITS);
    for (let i = 0; i < size; i++) if (keys[i] >>> LOW_BITS === bucket.index) low[keys[i] & ((1 << LOW_BITS) - 1)]++;
    const exact = bucketOf(low, capacity - bucket.below);
    return { key: bucket.index * 2 ** LOW_BITS + exact.index, ties: capacity - bucket.below - exact.below };
  }
}
