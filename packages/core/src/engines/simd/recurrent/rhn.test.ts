import { describe, expect, it } from 'vitest';
import { RHN_CASES, type RhnCase, randomMask, weightScale } from '../../../ops/sparseRhn/cases.ts';
import { referenceRhnBackward, referenceRhnForward } from '../../../ops/sparseRhn/reference.ts';
import { type ReferenceWeight, storedValues } from '../../../ops/weight.ts';
import { randomTopology } from '../../../sparsity/initial.ts';
import { caseStream, randomValues } from '../../../testing/cases.ts';
import { assertClose } from '../../../testing/close.ts';
import { DenseWeight } from '../denseWeight.ts';
import { type Allocator, runtimesOfSeveralThreads, sameOnAll, valuesOf } from '../heap.testing.ts';
import { PanelLayout } from '../panelLayout.ts';
import type { Runtime } from '../runtime.ts';
import { SparseWeight } from '../sparseWeight.ts';
import type { SimdWeight } from '../weight.ts';
import { rhnBackward, rhnForward } from './rhn.ts';

const runtimes = runtimesOfSeveralThreads();

function problem({ name, shape, w, r, mask }: RhnCase) {
  const { inputs, hidden, depth, steps, batch } = shape;
  const stream = caseStream(name);
  const weight = (cols: number, density: number | null): ReferenceWeight => {
    const rows = 2 * hidden;
    const count = Math.round((density ?? 1) * rows * cols);
    const indices = density === null ? undefined : randomTopology(rows, cols, count, stream).indices;
    const scale = weightScale(cols, density);
    return { rows, cols, indices, values: randomValues(stream, count).map(value => scale * value) };
  };
  const random = (length: number) => randomValues(stream, length);
  return {
    shape,
    operands: {
      x: random(inputs * steps * batch),
      s0: random(hidden * batch),
      w: weight(inputs, w),
      r: r.map(density => weight(hidden, density)),
      bias: random(depth * 2 * hidden),
      mask: mask ? randomMask(stream, hidden * batch) : undefined,
    },
    dy: random(hidden * steps * batch),
    dsLast: random(hidden * batch),
  };
}

type Problem = ReturnType<typeof problem>;

/** A weight on the engine, where its gradient goes, and how to read that in canonical order. */
interface Placed {
  readonly weight: SimdWeight;
  readonly gradient: number;
  read(): Float32Array;
  dispose(): void;
}

function place(runtime: Runtime, at: Allocator, weight: ReferenceWeight): Placed {
  const { rows, cols, indices } = weight;
  const count = storedValues(weight);
  const gradient = at.dirty(4 * count);
  const read = () => runtime.heap.f32(gradient, count).slice();
  if (indices === undefined) {
    return { weight: new DenseWeight(runtime, rows, cols, at.floats(weight.values)), gradient, read, dispose() {} };
  }
  const layout = new PanelLayout(runtime, { rows, cols, indices });
  const values = at.floats(layout.fromCanonical(Float32Array.from(weight.values)));
  layout.refreshTransposed(values);
  return {
    weight: new SparseWeight(runtime, layout, values),
    gradient,
    read: () => layout.toCanonical(read()),
    dispose: () => layout.dispose(),
  };
}

/** Forward and backward on one runtime; every result as a row-major copy, and all memory given back. */
function run(runtime: Runtime, at: Allocator, { shape, operands, dy, dsLast }: Problem) {
  const { heap } = runtime;
  const { inputs, hidden, depth, steps, batch } = shape;
  const columns = steps * batch;
  const w = place(runtime, at, operands.w);
  const r = operands.r.map(weight => place(runtime, at, weight));
  const layer = {
    x: at.tiles(inputs, columns, operands.x),
    s0: at.floats(operands.s0),
    w: w.weight,
    r: r.map(({ weight }) => weight),
    bias: at.floats(operands.bias),
    mask: operands.mask && at.floats(operands.mask),
    batch,
  };
  const gradients = {
    dy: at.tiles(hidden, columns, dy),
    dsLast: at.floats(dsLast),
    dw: w.gradient,
    dr: r.map(({ gradient }) => gradient),
  };
  // Whatever a kernel fails to write, or reads of the padding, becomes NaN.
  const dirt = heap.allocate(2 ** 22);
  heap.f32(dirt, 2 ** 20).fill(Number.NaN);
  heap.release(dirt);
  const before = heap.bytesInUse;
  const take = (address: number, length: number) => {
    const values = heap.f32(address, length).slice();
    heap.release(address);
    return values;
  };
  const forward = rhnForward(runtime, { ...layer, keep: true });
  const backward = rhnBackward(runtime, forward.saved!, gradients);
  const evaluated = rhnForward(runtime, { ...layer, keep: false });
  expect(evaluated.saved, 'nothing is kept unasked').toBeUndefined();
  expect(() => rhnBackward(runtime, forward.saved!, gradients)).toThrow(/used up/);
  const unused = rhnForward(runtime, { ...layer, keep: true });
  unused.saved!.free();
  const results = {
    y: valuesOf(runtime, forward.y),
    sLast: take(forward.sLast, hidden * batch),
    dx: valuesOf(runtime, backward.dx),
    ds0: take(backward.ds0, hidden * batch),
    dw: w.read(),
    ...Object.fromEntries(r.map(({ read }, l) => [`dr[${l}]`, read()])),
    dbias: take(backward.dbias, depth * 2 * hidden),
  };
  const evaluation = { y: valuesOf(runtime, evaluated.y), sLast: take(evaluated.sLast, hidden * batch) };
  heap.release(unused.sLast);
  for (const tiles of [forward.y, backward.dx, evaluated.y, unused.y]) heap.release(tiles.address);
  expect(heap.bytesInUse, 'everything allocated was given to the caller or freed').toBe(before);
  for (const each of [w, ...r]) each.dispose();
  return { results, evaluation };
}

/** The same from the float64 reference. */
function reference({ shape, operands, dy, dsLast }: Problem): Record<string, Float64Array> {
  const { y, sLast, ...forward } = referenceRhnForward(shape, operands);
  const { dr, ...backward } = referenceRhnBackward(shape, operands, forward, dy, dsLast);
  return { y, sLast, ...backward, ...Object.fromEntries(dr.map((each, l) => [`dr[${l}]`, each])) };
}

describe.each(RHN_CASES)('rhn layer: $name', testCase => {
  it('equals the reference, in every bit the same on 1, 2 and 4 threads', () => {
    const given = problem(testCase);
    const { results, evaluation } = sameOnAll(runtimes, (runtime, at) => run(runtime, at, given));
    const wanted = reference(given);
    expect(Object.keys(results).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, values] of Object.entries(results)) assertClose(name, values, wanted[name], 'simd');
    expect(evaluation, 'without keeping anything').toEqual({ y: results.y, sLast: results.sLast });
  });
});

describe('rhn layer, numerically', () => {
  it.each([1, 4, 8])('keeps denormals out of the state and of all gradients, batch %i', batch => {
    // No weights, one step: dbias shows every dz of a unit.
    const hidden = 64;
    const shape = { inputs: 1, hidden, depth: 2, steps: 1, batch };
    const given = problem({ name: 'denormals', shape, w: 0, r: [0, 0], mask: true });
    // t is nearly 1, h is 0 in the even units and nearly 1 in the odd ones: states and gradients decay in every way.
    given.operands.bias.forEach((_, row) => {
      given.operands.bias[row] = row % (2 * hidden) >= hidden ? 12 : row % 2 === 0 ? 0 : 5;
    });
    const decaying = (k: number) => 10 ** -(37 * (Math.floor(k / batch) / hidden));
    for (const values of [given.operands.s0, given.dy])
      values.forEach((_, k) => {
        values[k] = decaying(k);
      });
    given.dsLast.fill(0);
    const { results } = sameOnAll(runtimes, (runtime, at) => run(runtime, at, given));
    for (const [name, values] of Object.entries(results)) {
      const denormal = values.find(value => value !== 0 && Math.abs(value) < 2 ** -126);
      expect(denormal, name).toBeUndefined();
    }
  });

  it('lets NaN through, in the columns it came in', () => {
    const shape = { inputs: 3, hidden: 4, depth: 2, steps: 3, batch: 6 };
    const given = problem({ name: 'NaN', shape, w: null, r: [null, null], mask: true });
    given.operands.x[1] = Number.NaN;
    const { y, sLast, dx, dbias } = sameOnAll(runtimes, (runtime, at) => run(runtime, at, given)).results;
    for (const [values, columns] of [
      [y, 18],
      [sLast, 6],
      [dx, 18],
    ] as const) {
      values.forEach((value, k) => {
        expect(Number.isNaN(value), `column ${k % columns}`).toBe((k % columns) % 6 === 1);
      });
    }
    expect(dbias.every(Number.isNaN)).toBe(true);
  });
});
