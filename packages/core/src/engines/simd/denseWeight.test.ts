import { afterAll, describe, expect, it } from 'vitest';
import { DenseWeight } from './denseWeight.ts';
import { Runtime } from './runtime.ts';
import { type Tiles, tilesBytes, tileWidth } from './weight.ts';

const runtimes = [1, 2, 4].map(threads => Runtime.create({ threads, memoryBytes: 2 ** 26 }));
afterAll(async () => {
  await Promise.all(runtimes.map(runtime => runtime.dispose()));
});

/** Uniform in [-1, 1), the same for the same seed. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function tilesOf(runtime: Runtime, features: number, columns: number, values: Float32Array): Tiles {
  const bytes = tilesBytes(features, columns);
  const tiles = { address: runtime.heap.allocate(bytes), features, columns, width: tileWidth(columns) };
  const memory = runtime.heap.f32(tiles.address, bytes / 4).fill(0);
  for (let f = 0; f < features; f++) {
    for (let n = 0; n < columns; n++) memory[position(tiles, f, n)] = values[f * columns + n];
  }
  return tiles;
}

function position({ features, width }: Tiles, f: number, n: number): number {
  return (Math.floor(n / width) * features + f) * width + (n % width);
}

function valuesOf(runtime: Runtime, tiles: Tiles): Float32Array {
  const { address, features, columns } = tiles;
  const memory = runtime.heap.f32(address, tilesBytes(features, columns) / 4);
  return Float32Array.from({ length: features * columns }, (_, i) => {
    return memory[position(tiles, Math.floor(i / columns), i % columns)];
  });
}

/** Runs one of the three products on every runtime; results must agree to the bit. */
function results(out: number, inputs: number, columns: number, seed: number, form: Form): Float32Array {
  const all = runtimes.map(runtime => {
    const { heap } = runtime;
    const w = heap.allocate(4 * out * inputs);
    heap.f32(w, out * inputs).set(numbers(out * inputs, seed));
    const weight = new DenseWeight(runtime, out, inputs, w);
    const x = tilesOf(runtime, inputs, columns, numbers(inputs * columns, seed + 1));
    const y = tilesOf(runtime, out, columns, numbers(out * columns, seed + 2));
    const gradient = heap.allocate(4 * out * inputs);
    heap.f32(gradient, out * inputs).set(numbers(out * inputs, seed + 3));
    if (form === 'product') weight.product(x, y);
    else if (form === 'productTransposed') weight.productTransposed(y, x);
    else weight.outerProduct(y, x, gradient, form === 'outerProduct, accumulated');
    const result =
      form === 'product'
        ? valuesOf(runtime, y)
        : form === 'productTransposed'
          ? valuesOf(runtime, x)
          : heap.f32(gradient, out * inputs).slice();
    for (const address of [w, x.address, y.address, gradient]) heap.release(address);
    return result;
  });
  for (const other of all.slice(1)) expect(other).toEqual(all[0]);
  return all[0];
}

const FORMS = ['product', 'productTransposed', 'outerProduct', 'outerProduct, accumulated'] as const;
type Form = (typeof FORMS)[number];

/** The same in float64, and for each element the sum of the terms' sizes, which bounds the rounding error. */
function reference(out: number, inputs: number, columns: number, seed: number, form: Form): [number, number][] {
  const w = numbers(out * inputs, seed);
  const x = numbers(inputs * columns, seed + 1);
  const y = numbers(out * columns, seed + 2);
  const old = numbers(out * inputs, seed + 3);
  const sum = (start: number, count: number, term: (k: number) => number): [number, number] => {
    let total = start;
    let size = Math.abs(start);
    for (let k = 0; k < count; k++) {
      total += term(k);
      size += Math.abs(term(k));
    }
    return [total, size];
  };
  if (form === 'product') {
    return Array.from(y, (start, at) => {
      const [f, n] = [Math.floor(at / columns), at % columns];
      return sum(start, inputs, k => w[f * inputs + k] * x[k * columns + n]);
    });
  }
  if (form === 'productTransposed') {
    return Array.from(x, (start, at) => {
      const [i, n] = [Math.floor(at / columns), at % columns];
      return sum(start, out, k => w[k * inputs + i] * y[k * columns + n]);
    });
  }
  return Array.from(old, (start, at) => {
    const [f, i] = [Math.floor(at / inputs), at % inputs];
    const from = form === 'outerProduct' ? 0 : start;
    return sum(from, columns, n => y[f * columns + n] * x[i * columns + n]);
  });
}

describe('DenseWeight', () => {
  // Around the blocks of 5 rows and 8 columns, tiles of 16 and 32, and depths that are cut into pieces.
  const shapes = [
    [1, 1, 1],
    [4, 7, 3],
    [5, 8, 16],
    [6, 9, 17],
    [11, 13, 20],
    [24, 31, 32],
    [10, 16, 33],
    [23, 29, 70],
    [7, 530, 20],
    [530, 12, 31],
    [9, 600, 40],
    [600, 11, 65],
    [12, 10, 800],
    [9, 1100, 5],
  ];
  for (const form of FORMS) {
    it.each(shapes)(`computes the ${form} of W [%i, %i] and %i columns`, (out, inputs, columns) => {
      const seed = out * 1000003 + inputs * 1009 + columns;
      const actual = results(out, inputs, columns, seed, form);
      reference(out, inputs, columns, seed, form).forEach(([wanted, size], at) => {
        expect(Math.abs(actual[at] - wanted), `element ${at}, seed ${seed}`).toBeLessThanOrEqual(1e-6 * size);
      });
    });
  }

  it('hands on NaN and infinity to the elements that depend on them, and to no others', () => {
    for (const columns of [20, 40]) {
      const [runtime] = runtimes;
      const { heap } = runtime;
      const w = heap.allocate(4 * 11 * 9);
      heap.f32(w, 99).fill(1)[9 * 4 + 2] = Number.NaN;
      const x = tilesOf(runtime, 9, columns, new Float32Array(9 * columns).fill(1));
      heap.f32(x.address, 9)[position(x, 0, 3)] = Number.POSITIVE_INFINITY;
      const y = tilesOf(runtime, 11, columns, new Float32Array(11 * columns));
      new DenseWeight(runtime, 11, 9, w).product(x, y);
      valuesOf(runtime, y).forEach((value, at) => {
        const row = Math.floor(at / columns);
        expect(value).toBe(row === 4 ? Number.NaN : at % columns === 3 ? Number.POSITIVE_INFINITY : 9);
      });
      for (const address of [w, x.address, y.address]) heap.release(address);
    }
  });

  it('leaves the padding of its results zero', () => {
    const [runtime] = runtimes;
    const y = tilesOf(runtime, 6, 37, new Float32Array(6 * 37));
    const x = tilesOf(runtime, 6, 37, numbers(6 * 37, 1));
    const w = runtime.heap.allocate(4 * 36);
    runtime.heap.f32(w, 36).set(numbers(36, 2));
    new DenseWeight(runtime, 6, 6, w).product(x, y);
    const memory = runtime.heap.f32(y.address, tilesBytes(6, 37) / 4);
    for (let f = 0; f < 6; f++) {
      for (let n = 37; n < 64; n++) expect(memory[position(y, f, n)]).toBe(0);
    }
  });

  it('says which shapes do not fit', () => {
    const [runtime] = runtimes;
    const x = { address: 0, features: 3, columns: 4, width: 16 } as const;
    expect(() => new DenseWeight(runtime, 5, 2, 0).product(x, x)).toThrow(
      'product with W [5, 2]: expected matrices [2, N] and [5, N], got [3, 4] and [3, 4].',
    );
  });
});
