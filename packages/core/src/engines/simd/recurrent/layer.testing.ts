// What the tests of the fused recurrent layers share: operands, products in plain loops, and a run of a whole layer.
import { expect } from 'vitest';
import type { RandomStream } from '../../../base/philox.ts';
import type { RecurrentShape } from '../../../ops/recurrent.ts';
import { type RecurrentCase, spoilPadding } from '../../../ops/recurrentCases.ts';
import { forEachWeight, type ReferenceWeight, storedValues } from '../../../ops/weight.ts';
import { randomTopology } from '../../../sparsity/initial.ts';
import { caseStream, randomValues } from '../../../testing/cases.ts';
import { assertClose } from '../../../testing/close.ts';
import { DenseWeight } from '../denseWeight.ts';
import { PanelLayout } from '../panelLayout.ts';
import type { Runtime } from '../runtime.ts';
import { SparseWeight } from '../sparseWeight.ts';
import { type SimdWeight, type Start, type Tiles, tilesBytes, tileWidth } from '../weight.ts';

/** A layer under test: its two passes, and names of its vectors. */
export interface TestedLayer {
  gates: number;
  /** Operands `[H, B]`: h0, and c0 where there is one. */
  states: readonly string[];
  /** Operands `[gates * H]`. */
  biases: readonly string[];
  forward(runtime: Runtime, operands: never): object & { y?: Tiles; saved?: object };
  backward(runtime: Runtime, saved: never, gradients: never): object & { dx: Tiles };
  /** The float64 reference's two passes. */
  referenceForward(shape: RecurrentShape, operands: never): object;
  referenceBackward(shape: RecurrentShape, operands: never, forward: never, gradients: never): object;
}

/** Random operands of a case, and gradients of its outputs; x has numbers in its padding. */
export function randomProblem({ name, shape, wx, wh, sequences }: RecurrentCase, layer: TestedLayer) {
  const { inputs, hidden, steps, batch } = shape;
  const stream = caseStream(name);
  const random = (length: number) => randomValues(stream, length);
  const vectors = (names: readonly string[], length: number) =>
    Object.fromEntries(names.map(each => [each, random(length)])) as Record<string, Float32Array>;
  return {
    shape,
    sequences,
    x: random(inputs * steps * batch),
    states: vectors(layer.states, hidden * batch),
    biases: vectors(layer.biases, layer.gates * hidden),
    wx: randomWeight(layer.gates * hidden, inputs, wx, stream),
    wh: randomWeight(layer.gates * hidden, hidden, wh, stream),
    dy: random(hidden * steps * batch),
    /** Gradients of hLast and cLast, in the order of the states. */
    dLast: vectors(
      layer.states.map(state => `d${state[0]}Last`),
      hidden * batch,
    ),
  };
}

export type Problem = ReturnType<typeof randomProblem>;

/**
 * Checks the layer's results against the reference, and that they are the same in every bit on every runtime, whose numbers
 * of threads differ, and with NaN for padding.
 */
export function checkLayer(
  runtimes: readonly Runtime[],
  layer: TestedLayer,
  testCase: RecurrentCase,
  newWeight: NewWeight = inLoops,
): void {
  const problem = randomProblem(testCase, layer);
  const wanted = referenceResults(layer, problem);
  const [one, ...others] = runtimes.map(runtime => runLayer(runtime, layer, problem, newWeight));
  for (const [name, values] of Object.entries(one)) assertClose(name, values, wanted[name], 'simd', testCase.slack);
  for (const other of others) expect(other).toEqual(one);
  if (testCase.shape.lengths) expect(runLayer(runtimes[0], layer, spoiled(problem), newWeight)).toEqual(one);
}

function referenceResults(layer: TestedLayer, problem: Problem): Record<string, Float64Array> {
  const { shape, x, states, biases, wx, wh, dy, dLast, sequences } = problem;
  const operands = { x, ...states, ...biases, wx, wh } as never;
  const forward = layer.referenceForward(shape, operands);
  const gradients = { dy: sequences ? dy : undefined, ...dLast } as never;
  return { ...forward, ...layer.referenceBackward(shape, operands, forward as never, gradients) };
}

/** The problem with NaN where x and dy are padded. */
function spoiled(problem: Problem): Problem {
  const { x, dy, shape } = problem;
  return { ...problem, x: spoilPadding(x, shape), dy: spoilPadding(dy, shape) };
}

/** Both passes of the layer. All results as row-major copies; all memory is given back. */
export function runLayer(runtime: Runtime, layer: TestedLayer, problem: Problem, newWeight: NewWeight = inLoops) {
  const { heap } = runtime;
  const { shape, sequences } = problem;
  const { inputs, hidden, steps, batch, lengths } = shape;
  const columns = steps * batch;
  // Whatever a kernel fails to write, or reads of the padding, becomes NaN.
  const dirt = heap.allocate(2 ** 22);
  heap.f32(dirt, 2 ** 20).fill(Number.NaN);
  heap.release(dirt);
  const [wx, wh] = [problem.wx, problem.wh].map(weight => newWeight(runtime, weight));
  const before = heap.bytesInUse;
  const owned: number[] = [];
  const own = (address: number) => {
    owned.push(address);
    return address;
  };
  const vectors = (all: Record<string, Float32Array>) =>
    Object.fromEntries(Object.entries(all).map(([name, values]) => [name, own(floats(runtime, values))]));
  const x = toTiles(runtime, problem.x, inputs, columns);
  const dy = toTiles(runtime, problem.dy, hidden, columns);
  own(x.address);
  own(dy.address);
  const [dwx, dwh] = [problem.wx, problem.wh].map(weight => own(heap.allocate(4 * storedValues(weight))));
  const operands = { x, ...vectors(problem.states), ...vectors(problem.biases), wx, wh, batch, lengths, sequences };

  const forward = layer.forward(runtime, { ...operands, keep: true } as never);
  const gradients = { dy: sequences ? dy : undefined, ...vectors(problem.dLast), dwx, dwh };
  const backward = layer.backward(runtime, forward.saved as never, gradients as never);
  const evaluated = layer.forward(runtime, { ...operands, keep: false } as never);
  expect(() => layer.backward(runtime, forward.saved as never, gradients as never)).toThrow(/used up/);

  /** Copies of all matrices and vectors, their padding, and the addresses to be freed. */
  const readAll = (source: object) => {
    const found = Object.entries(source).filter(([name, value]) => name !== 'saved' && value !== undefined);
    return Object.fromEntries(
      found.map(([name, value]: [string, number | Tiles]) => {
        if (typeof value !== 'number') {
          own(value.address);
          expect(largestPadding(runtime, value), `padding of ${name}`).toBe(0);
          return [name, fromTiles(runtime, value)];
        }
        const length = /bias$/i.test(name) ? layer.gates * hidden : hidden * batch;
        return [name, heap.f32(own(value), length).slice()];
      }),
    );
  };
  const outputs = readAll(forward);
  expect(readAll(evaluated), 'without keeping anything').toEqual(outputs);
  const results: Record<string, Float32Array> = {
    ...outputs,
    ...readAll(backward),
    dwx: inRows(wx, heap.f32(dwx, storedValues(problem.wx)).slice()),
    dwh: inRows(wh, heap.f32(dwh, storedValues(problem.wh)).slice()),
  };
  for (const address of owned) heap.release(address);
  expect(heap.bytesInUse, 'everything allocated was given to the caller or freed').toBe(before);
  expect('y' in results, 'y is there if it was asked for').toBe(sequences);
  return results;
}

/** A layer without weights, one step, one column: its gates are the biases alone, the same for every unit. */
export function gatesOnly(layer: TestedLayer, hidden: number, gateValues: readonly number[]): Problem {
  const shape: RecurrentShape = { inputs: 1, hidden, steps: 1, batch: 1 };
  const problem = randomProblem({ name: 'gates only', shape, wx: 0, wh: 0, sequences: true }, layer);
  for (const values of Object.values(problem.biases)) values.fill(0);
  gateValues.forEach((value, gate) => {
    problem.biases.bias.fill(value, gate * hidden, (gate + 1) * hidden);
  });
  return problem;
}

/** Makes the weight that the layer is run with. */
export type NewWeight = (runtime: Runtime, weight: ReferenceWeight) => SimdWeight;

const inLoops: NewWeight = (runtime, weight) => new LoopWeight(runtime, weight);

/** The engine's own weights. Their memory is left to the runtime's end. */
export const asInEngine: NewWeight = (runtime, { rows, cols, indices, values }) => {
  const address = floats(runtime, Float32Array.from(values));
  if (indices === undefined) return new DenseWeight(runtime, rows, cols, address);
  const layout = new PanelLayout(runtime, { rows, cols, indices: Uint32Array.from(indices) });
  const own = runtime.heap.f32(address, layout.nnz);
  own.set(layout.fromCanonical(own));
  layout.refreshTransposed(address);
  return new SparseWeight(runtime, layout, address);
};

/** A gradient in the order of the reference. */
function inRows(weight: SimdWeight, gradient: Float32Array): Float32Array {
  return weight instanceof SparseWeight ? weight.layout.toCanonical(gradient) : gradient;
}

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

  product(x: Tiles, y: Tiles, start?: Start): void {
    this.multiply(x, y, false, start);
  }

  productTransposed(dy: Tiles, dx: Tiles, start?: Start): void {
    this.multiply(dy, dx, true, start);
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

  private multiply(from: Tiles, to: Tiles, transposed: boolean, start?: Start): void {
    const [source, target] = [tileView(this.runtime, from), tileView(this.runtime, to)];
    const padded = paddedColumns(from);
    if (start !== undefined) startFrom(start, to, target, this.runtime);
    forEachWeight(this.weight, (row, col, value) => {
      const [a, b] = transposed ? [row, col] : [col, row];
      for (let n = 0; n < padded; n++) target[place(to, b, n)] += value * source[place(from, a, n)];
    });
  }
}

/** Fills a matrix with what a product starts from, its padding with zeros. */
function startFrom(start: Start, tiles: Tiles, view: Float32Array, runtime: Runtime): void {
  const { features, columns } = tiles;
  view.fill(0);
  if (start === 'zero') return;
  const bias = runtime.heap.f32(start, features);
  for (let k = 0; k < features * columns; k++) {
    const f = Math.floor(k / columns);
    view[place(tiles, f, k % columns)] = bias[f];
  }
}

function paddedColumns({ columns, width }: Tiles): number {
  return Math.ceil(columns / width) * width;
}

/** Index of (feature, column) in the floats of a Tiles matrix. */
function place({ features, width }: Tiles, feature: number, column: number): number {
  return (Math.floor(column / width) * features + feature) * width + (column % width);
}

function tileView(runtime: Runtime, tiles: Tiles): Float32Array {
  return runtime.heap.f32(tiles.address, tiles.features * paddedColumns(tiles));
}

function largestPadding(runtime: Runtime, tiles: Tiles): number {
  const view = tileView(runtime, tiles);
  let largest = 0;
  for (let f = 0; f < tiles.features; f++) {
    for (let n = tiles.columns; n < paddedColumns(tiles); n++) {
      largest = Math.max(largest, Math.abs(view[place(tiles, f, n)]));
    }
  }
  return largest;
}

function randomWeight(rows: number, cols: number, density: number | null, stream: RandomStream): ReferenceWeight {
  if (density === null) return { rows, cols, values: randomValues(stream, rows * cols) };
  const { indices } = randomTopology(rows, cols, Math.round(density * rows * cols), stream);
  return { rows, cols, values: randomValues(stream, indices.length), indices };
}

function floats(runtime: Runtime, values: Float32Array): number {
  const address = runtime.heap.allocate(values.byteLength);
  runtime.heap.f32(address, values.length).set(values);
  return address;
}

function toTiles(runtime: Runtime, rows: Float32Array, features: number, columns: number): Tiles {
  const address = runtime.heap.allocate(tilesBytes(features, columns));
  const tiles: Tiles = { address, features, columns, width: tileWidth(columns) };
  const view = tileView(runtime, tiles).fill(0);
  for (let k = 0; k < rows.length; k++) view[place(tiles, Math.floor(k / columns), k % columns)] = rows[k];
  return tiles;
}

function fromTiles(runtime: Runtime, tiles: Tiles): Float32Array {
  const view = tileView(runtime, tiles);
  const { features, columns } = tiles;
  const rows = new Float32Array(features * columns);
  for (let k = 0; k < rows.length; k++) rows[k] = view[place(tiles, Math.floor(k / columns), k % columns)];
  return rows;
}
