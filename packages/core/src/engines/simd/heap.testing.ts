import { afterAll, expect } from 'vitest';
import { Runtime } from './runtime.ts';
import { type Tiles, tilesBytes, tileWidth } from './weight.ts';

/** Runtimes of 1, 2 and 4 threads, disposed of after the file's tests. */
export function runtimesOfSeveralThreads(): Runtime[] {
  const runtimes = [1, 2, 4].map(threads => Runtime.create({ threads, memoryBytes: 2 ** 26 }));
  afterAll(async () => {
    await Promise.all(runtimes.map(runtime => runtime.dispose()));
  });
  return runtimes;
}

/** Runs `compute` on every runtime, expects equal bits, and returns them. Blocks left over are released. */
export function sameOnAll<T>(runtimes: Runtime[], compute: (runtime: Runtime, at: Allocator) => T): T {
  const results = runtimes.map(runtime => {
    const blocks: number[] = [];
    const allocate = (bytes: number) => {
      const address = runtime.heap.allocate(bytes);
      blocks.push(address);
      // A kernel that counts on zeroed memory must fail.
      runtime.heap.f32(address, Math.ceil(bytes / 128) * 32).fill(Number.NaN);
      return address;
    };
    try {
      return compute(runtime, new Allocator(runtime, allocate));
    } finally {
      for (const block of blocks) runtime.heap.release(block);
    }
  });
  for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  return results[0];
}

/** Puts operands into a runtime's heap for the length of one computation. */
export class Allocator {
  constructor(
    private readonly runtime: Runtime,
    /** Address of a block full of NaN. */
    readonly dirty: (bytes: number) => number,
  ) {}

  floats(values: ArrayLike<number>): number {
    const address = this.dirty(4 * values.length);
    this.runtime.heap.f32(address, values.length).set(values);
    return address;
  }

  ints(values: ArrayLike<number>): number {
    const address = this.dirty(4 * values.length);
    this.runtime.heap.i32(address, values.length).set(values);
    return address;
  }

  /** Tiles with zero padding from row-major values; without values, everything is NaN. */
  tiles(features: number, columns: number, values?: ArrayLike<number>): Tiles {
    const bytes = tilesBytes(features, columns);
    const tiles = { address: this.dirty(bytes), features, columns, width: tileWidth(columns) };
    if (values !== undefined) {
      const memory = this.runtime.heap.f32(tiles.address, bytes / 4).fill(0);
      for (let at = 0; at < features * columns; at++) memory[position(tiles, at)] = values[at];
    }
    return tiles;
  }
}

/** Place of the row-major index `at` in the tiles' memory. */
function position({ features, columns, width }: Tiles, at: number): number {
  const f = Math.floor(at / columns);
  const n = at % columns;
  return (Math.floor(n / width) * features + f) * width + (n % width);
}

/** The row-major values of tiles. Fails on padding that is not zero. */
export function valuesOf(runtime: Runtime, tiles: Tiles): Float32Array {
  const memory = runtime.heap.f32(tiles.address, tilesBytes(tiles.features, tiles.columns) / 4).slice();
  const values = new Float32Array(tiles.features * tiles.columns);
  for (let at = 0; at < values.length; at++) {
    const place = position(tiles, at);
    values[at] = memory[place];
    memory[place] = 0;
  }
  expect(
    memory.every(value => value === 0),
    'the padding is zero',
  ).toBe(true);
  return values;
}

/** Expects `|actual - wanted| <= absolute + relative * |wanted|` everywhere, and NaN and infinities where wanted. */
export function expectClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  relative: number,
  absolute: number,
  where: string,
): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    if (Object.is(actual[i], wanted[i])) continue;
    const off = Math.abs(actual[i] - wanted[i]);
    if (!(off <= absolute + relative * Math.abs(wanted[i]))) {
      expect.fail(`${where}: element ${i} is ${actual[i]}, expected ${wanted[i]}`);
    }
  }
}

/** A row-major matrix whose columns are all the same vector. */
export function repeated(column: Float32Array, columns: number): Float32Array {
  return Float32Array.from({ length: column.length * columns }, (_, at) => column[Math.floor(at / columns)]);
}

/** Uniform in [-1, 1), the same for the same seed. */
export function numbers(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
