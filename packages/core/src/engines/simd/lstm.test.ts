import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RandomStream } from '../../base/philox.ts';
import { LSTM_CASES, type LstmCase } from '../../ops/sparseLstm/cases.ts';
import { referenceLstmBackward, referenceLstmForward } from '../../ops/sparseLstm/reference.ts';
import { forEachWeight, type ReferenceWeight, storedValues } from '../../ops/weight.ts';
import { randomTopology } from '../../sparsity/initial.ts';
import { caseStream, randomValues } from '../../testing/cases.ts';
import { assertClose } from '../../testing/close.ts';
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

function randomWeight(rows: number, cols: number, density: number | null, stream: RandomStream): ReferenceWeight {
  if (density === null) return { rows, cols, values: randomValues(stream, rows * cols) };
  const { indices } = randomTopology(rows, cols, Math.round(density * rows * cols), stream);
  return { rows, cols, values: randomValues(stream, indices.length), indices };
}

function problem({ name, shape, wx, wh }: LstmCase) {
  const { inputs, hidden, steps, batch } = shape;
  const stream = caseStream(name);
  const random = (length: number) => randomValues(stream, length);
  return {
    shape,
    operands: {
      x: random(inputs * steps * batch),
      h0: random(hidden * batch),
      c0: random(hidden * batch),
      wx: randomWeight(4 * hidden, inputs, wx, stream),
      wh: randomWeight(4 * hidden, hidden, wh, stream),
      bias: random(4 * hidden),
    },
    dy: random(hidden * steps * batch),
    dhLast: random(hidden * batch),
    dcLast: random(hidden * batch),
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

describe.each(LSTM_CASES)('lstm layer: $name', testCase => {
  it('equals the reference, in every bit the same on 1, 2 and 4 threads', () => {
    const given = problem(testCase);
    const wanted = reference(given);
    const [one, ...others] = runtimes.map(runtime => run(runtime, given));
    for (const [name, values] of Object.entries(one.results)) {
      assertClose(name, values, wanted[name], 'simd');
    }
    expect(one.evaluation, 'without keeping anything').toEqual({ y: one.results.y, cLast: one.results.cLast });
    expect(one.padding, 'padding of y and dx').toEqual([0, 0]);
    for (const other of others) expect(other).toEqual(one);
  });
});

/** A layer without weights, one step, one unit per row of c0: its gates are the bias alone, the same for every unit. */
function gatesOnly(c0: Float32Array, [i, f, g, o]: number[]): Problem {
  const hidden = c0.length;
  const given = problem({ name: 'gates only', shape: { inputs: 1, hidden, steps: 1, batch: 1 }, wx: 0, wh: 0 });
  given.operands.c0.set(c0);
  [i, f, g, o].forEach((value, gate) => {
    given.operands.bias.fill(value, gate * hidden, (gate + 1) * hidden);
  });
  return given;
}

describe('lstm layer, numerically', () => {
  it('computes tanh to a relative error of 3e-7, near 0 and in saturation as well', () => {
    const magnitudes = Float32Array.from({ length: 2000 }, (_, k) => 10 ** (-12 + k / 150));
    const c0 = Float32Array.from([...magnitudes, ...magnitudes.map(c => -c)]);
    // f = o = 1 and i = 0, but for what the clamped exponential leaves of it.
    const { y } = run(runtimes[0], gatesOnly(c0, [-100, 100, 0, 100])).results;
    y.forEach((value, k) => {
      const wanted = Math.tanh(c0[k]);
      if (!(Math.abs(value - wanted) <= 3e-7 * Math.abs(wanted))) {
        expect.fail(`tanh(${c0[k]}): expected ${wanted}, got ${value}`);
      }
    });
  });

  it('keeps denormals out of the state and of all gradients', () => {
    const given = gatesOnly(Float32Array.of(1e-37, 1e-20, 0.5), [-80, -3, 0, -80]);
    given.dhLast.fill(0);
    given.dcLast.set([1e-31, 1e-20, 1e-28]);
    given.dy.set([1e-10, 1e-30, 1e-37]);
    for (const [name, values] of Object.entries(run(runtimes[0], given).results)) {
      const denormal = values.find(value => value !== 0 && Math.abs(value) < 2 ** -126);
      expect(denormal, name).toBeUndefined();
    }
  });

  it('lets NaN through, in the columns it came in', () => {
    const given = problem({ name: 'NaN', shape: { inputs: 3, hidden: 2, steps: 2, batch: 6 }, wx: null, wh: null });
    given.operands.x[1] = Number.NaN;
    const { y, cLast, dx, dbias } = run(runtimes[1], given).results;
    for (const [values, columns] of [
      [y, 12],
      [cLast, 6],
      [dx, 12],
    ] as const) {
      values.forEach((value, k) => {
        expect(Number.isNaN(value), `column ${k % columns}`).toBe(k % columns === 1 || k % columns === 7);
      });
    }
    expect(dbias.every(Number.isNaN)).toBe(true);
  });
});
