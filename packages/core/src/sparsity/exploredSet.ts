import { expected } from '../base/errors.ts';
import { checkShape } from './densities.ts';

/** Positions per chunk: what an unsigned 16-bit integer tells apart. */
const CHUNK = 65536;
const BITMAP_BYTES = CHUNK / 8;
/** A sorted array of more than this many 16-bit integers would be larger than the chunk's bitmap. */
const ARRAY_LIMIT = BITMAP_BYTES / 2;

/**
 * The positions of a matrix that were active at some time: what training has explored (its in-time
 * over-parameterisation).
 *
 * Compressed by chunks of 65,536 positions, each a sorted array of 16-bit integers while it holds at most 4,096
 * positions and a bitmap of 8 KiB above. Content takes 2 bytes a position, and never more than 1 bit for each position
 * of the matrix: at most `ceil(rows * cols / 65536) * 8192` bytes. The form depends on what is in the set alone, not on the
 * order in which it came, so equal sets serialise to equal bytes.
 */
export class ExploredSet {
  readonly rows: number;
  readonly cols: number;
  readonly #chunks: (Uint16Array | Uint8Array | undefined)[];
  #size = 0;

  /** An empty set of positions of a `[rows, cols]` matrix, rows * cols at most 2^32. */
  constructor(rows: number, cols: number) {
    checkShape(rows, cols);
    this.rows = rows;
    this.cols = cols;
    this.#chunks = new Array(Math.ceil((rows * cols) / CHUNK));
  }

  /** The number of positions in the set. */
  get size(): number {
    return this.#size;
  }

  /** The share of all rows * cols positions that are in the set. */
  get share(): number {
    return this.#size / (this.rows * this.cols);
  }

  /** Bytes of the compressed content now. */
  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk?.byteLength ?? 0), 0);
  }

  /** Adds flat indices, which are ascending and below rows * cols. */
  add(indices: Uint32Array): void {
    for (let start = 0; start < indices.length; ) {
      const number = Math.floor(indices[start] / CHUNK);
      if (number >= this.#chunks.length)
        throw new RangeError(`${indices[start]} is outside ${this.rows} x ${this.cols}`);
      let end = start + 1;
      while (end < indices.length && Math.floor(indices[end] / CHUNK) === number) end++;
      // Storing into 16 bits takes the index modulo 65536: its place in the chunk.
      const places = Uint16Array.from(indices.subarray(start, end));
      const before = this.#chunks[number];
      this.#size -= count(before);
      const after = union(before, places);
      this.#chunks[number] = after;
      this.#size += count(after);
      start = end;
    }
  }

  /** Whether a flat index is in the set. */
  has(index: number): boolean {
    const chunk = this.#chunks[Math.floor(index / CHUNK)];
    const place = index % CHUNK;
    if (chunk === undefined) return false;
    return chunk instanceof Uint8Array ? (chunk[place >> 3] & (1 << (place & 7))) !== 0 : chunk.includes(place);
  }

  /**
   * The set as bytes, all integers little-endian: rows and cols (32 bits each), then for each chunk its count (32 bits)
   * and its content, 2 bytes a position or 8,192 bytes of bitmap as the count tells.
   */
  serialise(): Uint8Array {
    const total = this.#chunks.length * 4 + 8 + this.bytes;
    const out = new Uint8Array(total);
    const view = new DataView(out.buffer);
    view.setUint32(0, this.rows, true);
    view.setUint32(4, this.cols, true);
    let at = 8;
    // Not forEach, which passes over the holes of chunks that hold nothing.
    for (let number = 0; number < this.#chunks.length; number++) {
      const chunk = this.#chunks[number];
      view.setUint32(at, count(chunk), true);
      at += 4;
      if (chunk instanceof Uint8Array) out.set(chunk, at);
      else if (chunk !== undefined) for (let i = 0; i < chunk.length; i++) view.setUint16(at + 2 * i, chunk[i], true);
      at += chunk?.byteLength ?? 0;
    }
    return out;
  }

  /**
   * The set that `serialise` wrote.
   *
   * @throws {InputError} If the bytes are not a set of this form, or counts and content disagree.
   */
  static restore(bytes: Uint8Array): ExploredSet {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const take = (length: number) => {
      if (at + length > bytes.length)
        throw damaged(`${bytes.length} bytes`, `at least ${at + length} bytes of explored positions`);
      at += length;
      return at - length;
    };
    const set = new ExploredSet(view.getUint32(take(4), true), view.getUint32(take(4), true));
    for (let number = 0; number < set.#chunks.length; number++) {
      const size = view.getUint32(take(4), true);
      if (size === 0) continue;
      const positions = Math.min(CHUNK, set.rows * set.cols - number * CHUNK);
      if (size > positions) throw damaged(size, `at most ${positions} explored positions in chunk ${number}`);
      const chunk = size > ARRAY_LIMIT ? bytes.slice(take(BITMAP_BYTES), at) : readPlaces(view, take(2 * size), size);
      if (count(chunk) !== size || last(chunk) >= positions || !ascending(chunk))
        throw damaged('others', `${size} explored positions below ${positions}, in order, in chunk ${number}`);
      set.#chunks[number] = chunk;
      set.#size += size;
    }
    if (at !== bytes.length) throw damaged(`${bytes.length} bytes`, `${at} bytes of explored positions`);
    return set;
  }
}

function damaged(came: unknown, what: string): Error {
  return expected(what, came, 'the data is damaged: use an earlier checkpoint');
}

function readPlaces(view: DataView, at: number, size: number): Uint16Array {
  const places = new Uint16Array(size);
  for (let i = 0; i < size; i++) places[i] = view.getUint16(at + 2 * i, true);
  return places;
}

function ascending(chunk: Uint16Array | Uint8Array): boolean {
  return chunk instanceof Uint8Array || chunk.every((place, i) => i === 0 || place > chunk[i - 1]);
}

function last(chunk: Uint16Array | Uint8Array): number {
  if (chunk instanceof Uint16Array) return chunk[chunk.length - 1];
  const byte = chunk.findLastIndex(bits => bits !== 0);
  return 8 * byte + 31 - Math.clz32(chunk[byte]);
}

function count(chunk: Uint16Array | Uint8Array | undefined): number {
  if (!(chunk instanceof Uint8Array)) return chunk?.length ?? 0;
  let bits = 0;
  for (let i = 0; i < chunk.length; i++) bits += BITS[chunk[i]];
  return bits;
}

const BITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

function union(chunk: Uint16Array | Uint8Array | undefined, places: Uint16Array): Uint16Array | Uint8Array {
  if (chunk instanceof Uint8Array) return setBits(chunk, places);
  const merged = mergeUnique(chunk ?? new Uint16Array(0), places);
  if (merged.length <= ARRAY_LIMIT) return merged;
  return setBits(new Uint8Array(BITMAP_BYTES), merged);
}

function setBits(bitmap: Uint8Array, places: Uint16Array): Uint8Array {
  for (let i = 0; i < places.length; i++) bitmap[places[i] >> 3] |= 1 << (places[i] & 7);
  return bitmap;
}

function mergeUnique(a: Uint16Array, b: Uint16Array): Uint16Array {
  const merged = new Uint16Array(a.length + b.length);
  let size = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const next = j === b.length || (i < a.length && a[i] <= b[j]) ? a[i++] : b[j++];
    if (size === 0 || merged[size - 1] !== next) merged[size++] = next;
  }
  return merged.slice(0, size);
}
