import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LSTM_CASES, type LstmCase } from '../../ops/sparseLstm/cases.ts';
import { referenceLstmBackward, referenceLstmForward } from '../../ops/sparseLstm/reference.ts';
import { forEachWeight, type ReferenceWeight, storedValues } from '../../ops/weight.ts';
import { lstmBackward, lstmForward } from './lstm.ts';
import { Runtime } from './runtime.ts';
import { type SimdWeight, type Tiles, tilesBytes, tileWidth } from './weight.ts';

/** The products in plain loops, in float32 like the engine's, over whole tiles with their padding. */
class LoopWeight implements SimdWeight {
  readonly out: number;
  readonly in: number;

  constructor(
    private readonly runtime: Runtime,
    private readonly weight: ReferenceWeight,
  ) {
    this.out = weight.rows;
    this.in = weight.cols;
  }

  product(x: Tiles, y: Tiles): void {
    this.multiply(x, y, false);
  }

  productTransposed(dy: Tiles, dx: Tiles): void {
    this.multiply(dy, dx, true);
  }

  outerProduct(dy: Tiles, x: Tiles, gradient: number): void {
    const out = this.runtime.heap.f32(gradient, storedValues(this.weight));
    const [left, right] = [tileView(this.runtime, dy), tileView(this.runtime, x)];
    forEachWeight(this.weight, (row, col, _value, k) => {
      let sum = 0;
      for (let n = 0; n < dy.columns; n++) sum += left[place(dy, row, n)] * right[place(x, col, n)];
      // Padding is part of the operands: the engine's kernels multiply it too.
      for (let n = dy.columns; n % dy.width !== 0; n++) sum += left[place(dy, row, n)] * right[place(x, col, n)];
      out[k] = sum;
    });
  }

  private multiply(from: Tiles, to: Tiles, transposed: boolean): void {
    const [source, target] = [tileView(this.runtime, from), tileView(this.runtime, to)];
    const padded = Math.ceil(from.columns / from.width) * from.width;
    forEachWeight(this.weight, (row, col, value) => {
      const [a, b] = transposed ? [row, col] : [col, row];
      for (let n = 0; n < padded; n++) target[place(to, b, n)] += value * source[place(from, a, n)];
    });
  }
}

/** Index of (feature, column) in the floats of a Tiles matrix. */
function place({ features, width }: Tiles, feature: number, column: number): number {
  return (Math.floor(column / width) * features + feature) * width + (column % width);
}

function tileView(runtime: Runtime, tiles: Tiles): Float32Array {
  return runtime.heap.f32(tiles.address, tilesBytes(tiles.features, tiles.columns) / 4);
}

/** Numbers in [-1, 1) from a 32-bit linear congruential generator: tests need them reproducible, not good. */
function uniform(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) + 0x7f4a7c15) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  };
}

function randomArray(length: number, draw: () => number): Float32Array {
  return Float32Array.from({ length }, draw);
}

function randomWeight(rows: number, cols: number, density: number | null, draw: () => number): ReferenceWeight {
  if (density === null) return { rows, cols, values: randomArray(rows * cols, draw) };
  const all = Uint32Array.from({ length: rows * cols }, (_, k) => k);
  const indices = all.filter(() => (draw() + 1) / 2 < density);
  return { rows, cols, values: randomArray(indices.length, draw), indices };
}

function problem({ shape, wx, wh, seed }: LstmCase) {
  const { inputs, hidden, steps, batch } = shape;
  const draw = uniform(seed);
  return {
    shape,
    operands: {
      x: randomArray(inputs * steps * batch, draw),
      h0: randomArray(hidden * batch, draw),
      c0: randomArray(hidden * batch, draw),
      wx: randomWeight(4 * hidden, inputs, wx, draw),
      wh: randomWeight(4 * hidden, hidden, wh, draw),
      bias: randomArray(4 * hidden, draw),
    },
    dy: randomArray(hidden * steps * batch, draw),
    dhLast: randomArray(hidden * batch, draw),
    dcLast: randomArray(hidden * batch, draw),
  };
}

type Problem = ReturnType<typeof problem>;

function toTiles(runtime: Runtime, rows: Float32Array, features: number, columns: number): Tiles {
  const address = runtime.heap.allocate(tilesBytes(features, columns));
  const tiles: Tiles = { address, features, columns, width: tileWidth(columns) };
  const view = tileView(runtime, tiles).fill(0);
  rows.forEach((value, k) => {
    view[place(tiles, Math.floor(k / columns), k % columns)] = value;
  });
  return tiles;
}

function fromTiles(runtime: Runtime, tiles: Tiles): Float32Array {
  const view = tileView(runtime, tiles);
  const { features, columns } = tiles;
  return Float32Array.from({ length: features * columns }, (_, k) => {
    return view[place(tiles, Math.floor(k / columns), k % columns)];
  });
}

/** Forward and backward on the engine; every result as a row-major copy, and all memory given back. */
function run(runtime: Runtime, { shape, operands, dy, dhLast, dcLast }: Problem) {
  const { heap } = runtime;
  const { inputs, hidden, steps, batch } = shape;
  const columns = steps * batch;
  // Whatever a kernel fails to write, or reads of the padding, becomes NaN.
  const dirt = heap.allocate(2 ** 21);
  heap.f32(dirt, 2 ** 19).fill(Number.NaN);
  heap.release(dirt);
  const before = heap.bytesInUse;
  const vector = (values: Float32Array) => {
    const address = heap.allocate(values.byteLength);
    heap.f32(address, values.length).set(values);
    return address;
  };
  const read = (address: number, length: number) => heap.f32(address, length).slice();
  const [h0, c0, bias] = [operands.h0, operands.c0, operands.bias].map(vector);
  const [dhLastAt, dcLastAt] = [dhLast, dcLast].map(vector);
  const x = toTiles(runtime, operands.x, inputs, columns);
  const dyTiles = toTiles(runtime, dy, hidden, columns);
  const dwx = heap.allocate(4 * storedValues(operands.wx));
  const dwh = heap.allocate(4 * storedValues(operands.wh));
  const wx = new LoopWeight(runtime, operands.wx);
  const wh = new LoopWeight(runtime, operands.wh);

  const layer = { x, h0, c0, wx, wh, bias, batch };
  const forward = lstmForward(runtime, { ...layer, keep: true });
  const gradients = { dy: dyTiles, dhLast: dhLastAt, dcLast: dcLastAt, dwx, dwh };
  const backward = lstmBackward(runtime, forward.saved!, gradients);
  const evaluated = lstmForward(runtime, { ...layer, keep: false });
  const padding = [forward.y, backward.dx].map(tiles => {
    const view = tileView(runtime, tiles);
    const all = Math.ceil(columns / tiles.width) * tiles.width;
    let largest = 0;
    for (let f = 0; f < tiles.features; f++) {
      for (let n = columns; n < all; n++) largest = Math.max(largest, Math.abs(view[place(tiles, f, n)]));
    }
    return largest;
  });
  const results = {
    y: fromTiles(runtime, forward.y),
    hLast: read(forward.hLast, hidden * batch),
    cLast: read(forward.cLast, hidden * batch),
    dx: fromTiles(runtime, backward.dx),
    dh0: read(backward.dh0, hidden * batch),
    dc0: read(backward.dc0, hidden * batch),
    dwx: read(dwx, storedValues(operands.wx)),
    dwh: read(dwh, storedValues(operands.wh)),
    dbias: read(backward.dbias, 4 * hidden),
  };
  const evaluation = { y: fromTiles(runtime, evaluated.y), cLast: read(evaluated.cLast, hidden * batch) };
  expect(() => lstmBackward(runtime, forward.saved!, gradients)).toThrow(/used up/);
  for (const address of [h0, c0, bias, dhLastAt, dcLastAt, dwx, dwh]) heap.release(address);
  for (const tiles of [x, dyTiles, forward.y, backward.dx, evaluated.y]) heap.release(tiles.address);
  for (const address of [forward.hLast, forward.cLast, evaluated.hLast, evaluated.cLast]) heap.release(address);
  for (const address of [backward.dh0, backward.dc0, backward.dbias]) heap.release(address);
  expect(heap.bytesInUse, 'everything allocated was given to the caller or freed').toBe(before);
  return { results, evaluation, padding };
}

/** The same from the float64 reference. The gradient of hLast is one of y's last step. */
function reference({ shape, operands, dy, dhLast, dcLast }: Problem): Record<string, Float64Array> {
  const { hidden, steps, batch } = shape;
  const columns = steps * batch;
  const last = (k: number) => Math.floor(k / batch) * columns + columns - batch + (k % batch);
  const whole = Float64Array.from(dy);
  dhLast.forEach((value, k) => {
    whole[last(k)] += value;
  });
  const forward = referenceLstmForward(shape, operands);
  const hLast = Float64Array.from({ length: hidden * batch }, (_, k) => forward.y[last(k)]);
  const { y, cLast } = forward;
  return { y, hLast, cLast, ...referenceLstmBackward(shape, operands, forward, whole, dcLast) };
}

const THREADS = [1, 2, 4];
let runtimes: Runtime[];

beforeAll(() => {
  runtimes = THREADS.map(threads => Runtime.create({ threads, memoryBytes: 2 ** 26 }));
});

afterAll(async () => {
  await Promise.all(runtimes.map(runtime => runtime.dispose()));
});

describe.each(LSTM_CASES)('lstm layer: $name, seed $seed', testCase => {
  it('equals the reference, in every bit the same on 1, 2 and 4 threads', () => {
    const given = problem(testCase);
    const wanted = reference(given);
    const [one, ...others] = runtimes.map(runtime => run(runtime, given));
    for (const [name, values] of Object.entries(one.results)) {
      expectClose(name, values, wanted[name]);
    }
    expect(one.evaluation, 'without keeping anything').toEqual({ y: one.results.y, cLast: one.results.cLast });
    expect(one.padding, 'padding of y and dx').toEqual([0, 0]);
    for (const other of others) expect(other).toEqual(one);
  });
});

/** Float32 sums of up to a few hundred terms of size one. */
function expectClose(name: string, actual: Float32Array, wanted: Float64Array): void {
  expect(actual.length, name).toBe(wanted.length);
  const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-3);
  actual.forEach((value, k) => {
    const budget = 2e-6 * largest + 1e-5 * Math.abs(wanted[k]);
    if (!(Math.abs(value - wanted[k]) <= budget)) {
      expect.fail(`${name}[${k}]: expected ${wanted[k]} within ${budget}, got ${value}`);
    }
  });
}
