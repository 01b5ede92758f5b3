import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Topology } from '../../sparsity/layout.ts';
import {
  type Allocator,
  expectClose,
  numbers,
  repeated,
  runtimesOfSeveralThreads,
  sameOnAll,
  valuesOf,
} from './heap.testing.ts';
import { PanelLayout } from './panelLayout.ts';
import type { Runtime } from './runtime.ts';
import { SparseWeight } from './sparseWeight.ts';
import type { Start, Tiles } from './weight.ts';

// What is to be tested is the optimised code, 256 bits wide, not the baseline compiler's, which runs first.
setFlagsFromString('--no-liftoff');
const runtimes = runtimesOfSeveralThreads();

interface Case {
  rows: number;
  cols: number;
  columns: number;
  density: number;
  seed: number;
}

/** Every position with the given probability; rows and columns may stay empty. */
function randomTopology({ rows, cols, density, seed }: Case): Topology {
  const draws = numbers(rows * cols, seed);
  const indices = [...draws.keys()].filter(at => (draws[at] + 1) / 2 < density);
  return { rows, cols, indices: Uint32Array.from(indices) };
}

/** What all products need: operands in the heap, and W in float64 as [row, column, value]. */
function operands(runtime: Runtime, at: Allocator, sizes: Case) {
  const topology = randomTopology(sizes);
  const { rows, cols, columns, seed } = sizes;
  const layout = new PanelLayout(runtime, topology);
  const canonical = numbers(topology.indices.length, seed + 1);
  const values = at.floats(layout.fromCanonical(canonical));
  const entries = [...topology.indices].map((flat, k) => [Math.floor(flat / cols), flat % cols, canonical[k]]);
  return {
    layout,
    entries,
    values,
    weight: new SparseWeight(runtime, layout, values),
    x: numbers(cols * columns, seed + 2),
    y: numbers(rows * columns, seed + 3),
  };
}

function product(runtime: Runtime, at: Allocator, sizes: Case, check: boolean): Float32Array {
  const { layout, entries, weight, x, y } = operands(runtime, at, sizes);
  const { rows, cols, columns } = sizes;
  const target = at.tiles(rows, columns, y);
  weight.product(at.tiles(cols, columns, x), target);
  layout.dispose();
  const actual = valuesOf(runtime, target);
  if (!check) return actual;
  const wanted = Float64Array.from(y);
  for (const [row, col, value] of entries) {
    for (let n = 0; n < columns; n++) wanted[row * columns + n] += value * x[col * columns + n];
  }
  expectClose(actual, wanted, 1e-5, 1e-5, `W x ${JSON.stringify(sizes)}`);
  return actual;
}

function productTransposed(runtime: Runtime, at: Allocator, sizes: Case, check: boolean): Float32Array {
  const { layout, entries, values, weight, x, y } = operands(runtime, at, sizes);
  const { rows, cols, columns } = sizes;
  const target = at.tiles(cols, columns, x);
  layout.refreshTransposed(values);
  weight.productTransposed(at.tiles(rows, columns, y), target);
  layout.dispose();
  const actual = valuesOf(runtime, target);
  if (!check) return actual;
  const wanted = Float64Array.from(x);
  for (const [row, col, value] of entries) {
    for (let n = 0; n < columns; n++) wanted[col * columns + n] += value * y[row * columns + n];
  }
  expectClose(actual, wanted, 1e-5, 1e-5, `W^T dy ${JSON.stringify(sizes)}`);
  return actual;
}

/** Both products from a start, into memory full of NaN: expects the bits of products added to a matrix that holds the start. */
function startedProducts(runtime: Runtime, at: Allocator, sizes: Case, withBias: boolean): Float32Array[] {
  const { layout, values, weight, x, y } = operands(runtime, at, sizes);
  const { rows, cols, columns, seed } = sizes;
  layout.refreshTransposed(values);
  const compute = (features: number, run: (target: Tiles, start?: Start) => void) => {
    const bias = withBias ? numbers(features, seed + 4) : new Float32Array(features);
    const added = at.tiles(features, columns, repeated(bias, columns));
    run(added);
    const started = at.tiles(features, columns);
    run(started, withBias ? at.floats(bias) : 'zero');
    const actual = valuesOf(runtime, started);
    expect(actual).toEqual(valuesOf(runtime, added));
    return actual;
  };
  const [input, output] = [at.tiles(cols, columns, x), at.tiles(rows, columns, y)];
  const results = [
    compute(rows, (target, start) => weight.product(input, target, start)),
    compute(cols, (target, start) => weight.productTransposed(output, target, start)),
  ];
  layout.dispose();
  return results;
}

function outerProduct(runtime: Runtime, at: Allocator, sizes: Case, accumulate: boolean, check: boolean): Float32Array {
  const { layout, entries, weight, x, y } = operands(runtime, at, sizes);
  const { rows, cols, columns, seed } = sizes;
  const before = numbers(layout.nnz, seed + 4);
  const gradient = at.dirty(4 * layout.nnz + 4);
  if (accumulate) runtime.heap.f32(gradient, layout.nnz).set(layout.fromCanonical(before));
  // What follows the gradient belongs to others.
  const beyond = runtime.heap.f32(gradient + 4 * layout.nnz, 1).slice();
  weight.outerProduct(at.tiles(rows, columns, y), at.tiles(cols, columns, x), gradient, accumulate);
  expect(runtime.heap.f32(gradient + 4 * layout.nnz, 1)).toEqual(beyond);
  const actual = layout.toCanonical(runtime.heap.f32(gradient, layout.nnz));
  layout.dispose();
  if (!check) return actual;
  const wanted = entries.map(([row, col], k) => {
    let sum = accumulate ? before[k] : 0;
    for (let n = 0; n < columns; n++) sum += y[row * columns + n] * x[col * columns + n];
    return sum;
  });
  expectClose(actual, wanted, 1e-5, 1e-5, `dy x^T ${JSON.stringify(sizes)}`);
  return actual;
}

type Compute = (runtime: Runtime, at: Allocator, sizes: Case, check: boolean) => Float32Array | Float32Array[];

const PRODUCTS: [string, Compute][] = [
  ['y += W x', product],
  ['dx += W^T dy', productTransposed],
  ['y = bias + W x, dx = bias + W^T dy', (runtime, at, sizes) => startedProducts(runtime, at, sizes, true)],
  ['y = W x, dx = W^T dy', (runtime, at, sizes) => startedProducts(runtime, at, sizes, false)],
  ['dW = dy x^T', (runtime, at, sizes, check) => outerProduct(runtime, at, sizes, false, check)],
  ['dW += dy x^T', (runtime, at, sizes, check) => outerProduct(runtime, at, sizes, true, check)],
];

/** Tiles have 16 columns up to 16, then 32; vectors have 4. */
const COLUMNS = [1, 4, 5, 9, 15, 16, 17, 20, 21, 25, 31, 32, 33, 49, 64, 97];

describe.each(PRODUCTS)('%s', (_name, compute) => {
  /** Equals the float64 loops on one runtime, and the others in every bit. */
  const checkOnAll = (sizes: Case) =>
    sameOnAll(runtimes, (runtime, at) => compute(runtime, at, sizes, runtime === runtimes[0]));

  test.each(COLUMNS)('%i columns: equals the float64 loops, whatever the number of threads', columns => {
    checkOnAll({ rows: 37, cols: 29, columns, density: 0.3, seed: columns });
  });

  test.each([
    { rows: 1, cols: 1, columns: 1, density: 1 },
    { rows: 9, cols: 7, columns: 20, density: 0 },
    { rows: 40, cols: 24, columns: 20, density: 1 },
    { rows: 200, cols: 100, columns: 20, density: 0.002 },
    { rows: 1, cols: 700, columns: 33, density: 0.5 },
    { rows: 700, cols: 1, columns: 33, density: 0.5 },
    // More than one panel of 256 columns, both ways, and one row more or fewer.
    { rows: 513, cols: 257, columns: 5, density: 0.1 },
    { rows: 255, cols: 256, columns: 5, density: 0.1 },
    // More than one block of 262144 nonzeros for one thread.
    { rows: 530, cols: 540, columns: 36, density: 0.98 },
  ])('$rows x $cols, density $density, $columns columns', sizes => {
    checkOnAll({ ...sizes, seed: 7 });
  });

  test('any shape and density', () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 1, max: 60 }),
      cols: fc.integer({ min: 1, max: 300 }),
      columns: fc.integer({ min: 1, max: 70 }),
      // Evenly: most of what fc.double draws is as good as 0.
      density: fc.nat(1000).map(n => n / 1000),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(sizes, drawn => {
        checkOnAll(drawn);
      }),
      { numRuns: 25 },
    );
  });
});

test('refreshing the second copy is what makes W^T see new values', () => {
  const [runtime] = runtimes;
  const layout = new PanelLayout(runtime, { rows: 2, cols: 1, indices: Uint32Array.of(1) });
  const [values, dy, dx] = [4, 128, 64].map(bytes => runtime.heap.allocate(bytes));
  const weight = new SparseWeight(runtime, layout, values);
  const transposed = () => {
    runtime.heap.f32(dx, 16).fill(0);
    weight.productTransposed(
      { address: dy, features: 2, columns: 1, width: 16 },
      { address: dx, features: 1, columns: 1, width: 16 },
    );
    return runtime.heap.f32(dx, 1)[0];
  };
  runtime.heap.f32(dy, 32).fill(0).set([5], 16);
  runtime.heap.f32(values, 1)[0] = 3;
  expect(transposed).toThrow('call refreshTransposed');
  layout.refreshTransposed(values);
  expect(transposed()).toBe(15);
  runtime.heap.f32(values, 1)[0] = 4;
  expect(transposed()).toBe(15);
  layout.refreshTransposed(values);
  expect(transposed()).toBe(20);
  layout.dispose();
  for (const block of [values, dy, dx]) runtime.heap.release(block);
});

test('operands of another shape are refused', () => {
  const [runtime] = runtimes;
  const layout = new PanelLayout(runtime, { rows: 2, cols: 3, indices: Uint32Array.of(1) });
  const weight = new SparseWeight(runtime, layout, 0);
  const tiles = (features: number, columns: number) => ({ address: 0, features, columns, width: 16 as const });
  expect(() => weight.product(tiles(2, 4), tiles(2, 4))).toThrow('expected matrices [3, N] and [2, N]');
  expect(() => weight.product(tiles(3, 4), tiles(2, 5))).toThrow('got [3, 4] and [2, 5]');
  expect(() => weight.productTransposed(tiles(3, 4), tiles(2, 4))).toThrow('expected matrices [2, N] and [3, N]');
  expect(() => weight.outerProduct(tiles(3, 4), tiles(2, 4), 0, false)).toThrow('expected matrices [2, N] and [3, N]');
  layout.dispose();
});
