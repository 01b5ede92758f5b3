import { describe, expect, it } from 'vitest';
import { DenseWeight } from './denseWeight.ts';
import { numbers, repeated, runtimesOfSeveralThreads, sameOnAll, valuesOf } from './heap.testing.ts';
import type { Start, Tiles } from './weight.ts';

const runtimes = runtimesOfSeveralThreads();

/** Runs one of the three products on every runtime. The outer product finds NaN where it does not accumulate. */
function results(out: number, inputs: number, columns: number, seed: number, form: Form): Float32Array {
  return sameOnAll(runtimes, (runtime, at) => {
    const w = at.floats(numbers(out * inputs, seed));
    const weight = new DenseWeight(runtime, out, inputs, w);
    const x = at.tiles(inputs, columns, numbers(inputs * columns, seed + 1));
    const y = at.tiles(out, columns, numbers(out * columns, seed + 2));
    if (form === 'product') {
      weight.product(x, y);
      return valuesOf(runtime, y);
    }
    if (form === 'productTransposed') {
      weight.productTransposed(y, x);
      return valuesOf(runtime, x);
    }
    const accumulate = form === 'outerProduct, accumulated';
    const gradient = accumulate ? at.floats(numbers(out * inputs, seed + 3)) : at.dirty(4 * out * inputs);
    weight.outerProduct(y, x, gradient, accumulate);
    return runtime.heap.f32(gradient, out * inputs).slice();
  });
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
  // Around the blocks of 3, 5 and 15 rows and 4, 8 and 12 columns, tiles of 16 and 32, and depths cut into pieces.
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
    [67, 9, 4],
    [64, 9, 12],
    [71, 9, 20],
    [79, 1600, 27],
  ];
  for (const form of FORMS) {
    it.each(shapes)(`computes the ${form} of W [%i, %i] and %i columns`, (out, inputs, columns) => {
      const seed = out * 1000003 + inputs * 1009 + columns;
      const actual = results(out, inputs, columns, seed, form);
      const wrong = reference(out, inputs, columns, seed, form).flatMap(([wanted, size], at) =>
        Math.abs(actual[at] - wanted) <= 1e-6 * size ? [] : [{ at, actual: actual[at], wanted }],
      );
      expect(wrong, `seed ${seed}`).toEqual([]);
    });
  }

  it.each(shapes)('starts the products of W [%i, %i] and %i columns from a bias or zero', (out, inputs, columns) => {
    const random = (count: number, seed: number) => numbers(count, out * 1000003 + inputs * 1009 + columns + seed);
    for (const withBias of [true, false]) {
      sameOnAll(runtimes, (runtime, at) => {
        const weight = new DenseWeight(runtime, out, inputs, at.floats(random(out * inputs, 0)));
        const product = (isTransposed: boolean) => {
          const [rows, cols] = isTransposed ? [inputs, out] : [out, inputs];
          const x = at.tiles(cols, columns, random(cols * columns, 1));
          const bias = withBias ? random(rows, 2) : new Float32Array(rows);
          const [added, started] = [at.tiles(rows, columns, repeated(bias, columns)), at.tiles(rows, columns)];
          const run = (y: Tiles, start?: Start) =>
            isTransposed ? weight.productTransposed(x, y, start) : weight.product(x, y, start);
          run(added);
          run(started, withBias ? at.floats(bias) : 'zero');
          const values = valuesOf(runtime, started);
          expect(values).toEqual(valuesOf(runtime, added));
          return values;
        };
        return [product(false), product(true)];
      });
    }
  });

  it('hands on NaN and infinity to the elements that depend on them, and to no others', () => {
    for (const columns of [20, 40]) {
      const [nanRow, infiniteColumn] = [4, 3];
      const w = new Float32Array(11 * 9).fill(1);
      w[nanRow * 9 + 2] = Number.NaN;
      const x = new Float32Array(9 * columns).fill(1);
      x[infiniteColumn] = Number.POSITIVE_INFINITY;
      const y = sameOnAll(runtimes, (runtime, at) => {
        const result = at.tiles(11, columns, new Float32Array(11 * columns));
        new DenseWeight(runtime, 11, 9, at.floats(w)).product(at.tiles(9, columns, x), result);
        return valuesOf(runtime, result);
      });
      y.forEach((value, i) => {
        const isNaNRow = Math.floor(i / columns) === nanRow;
        expect(value).toBe(isNaNRow ? Number.NaN : i % columns === infiniteColumn ? Number.POSITIVE_INFINITY : 9);
      });
    }
  });

  it('says which shapes do not fit', () => {
    const x = { address: 0, features: 3, columns: 4, width: 16 } as const;
    expect(() => new DenseWeight(runtimes[0], 5, 2, 0).product(x, x)).toThrow(
      'product with W [5, 2]: expected matrices [2, N] and [5, N], got [3, 4] and [3, 4].',
    );
  });
});
