// Prints a digest of what the kernels compute, optimised code only; run by wideVectors.test.ts with `wide` or `narrow`.
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { DenseWeight } from './denseWeight.ts';
import { PanelLayout } from './panelLayout.ts';
import { softmaxBackward, softmaxForward } from './raw/softmax.ts';
import { gruBackward, gruForward } from './recurrent/gru.ts';
import { lstmBackward, lstmForward } from './recurrent/lstm.ts';
import { rhnBackward, rhnForward } from './recurrent/rhn.ts';
import { Runtime } from './runtime.ts';
import { SparseWeight } from './sparseWeight.ts';
import { type SimdWeight, type Tiles, tilesBytes, tileWidth } from './weight.ts';

setFlagsFromString('--no-liftoff');
const runtime = Runtime.create({ threads: 1, memoryBytes: 2 ** 27, wideVectors: process.argv[2] === 'wide' });
const { heap } = runtime;
const hash = createHash('sha256');

let state = 1;
function numbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function floats(values: Float32Array): number {
  const address = heap.allocate(4 * values.length);
  heap.f32(address, values.length).set(values);
  return address;
}

/** Random numbers with zero padding. */
function tiles(features: number, columns: number): Tiles {
  const width = tileWidth(columns);
  const all = numbers(tilesBytes(features, columns) / 4);
  const last = Math.floor((columns - 1) / width);
  for (let at = last * features * width; at < all.length; at++) if (last * width + (at % width) >= columns) all[at] = 0;
  return { address: floats(all), features, columns, width };
}

function add(address: number, count: number): void {
  hash.update(heap.f32(address, count).slice());
}

function addTiles({ address, features, columns }: Tiles): void {
  add(address, tilesBytes(features, columns) / 4);
}

/** A weight, and how many values it has. */
function weight(rows: number, cols: number, density: number): { w: SimdWeight; count: number } {
  if (density === 1)
    return { w: new DenseWeight(runtime, rows, cols, floats(numbers(rows * cols))), count: rows * cols };
  const draws = numbers(rows * cols);
  const indices = Uint32Array.from([...draws.keys()].filter(at => (draws[at] + 1) / 2 < density));
  const layout = new PanelLayout(runtime, { rows, cols, indices });
  const values = floats(numbers(layout.nnz));
  layout.refreshTransposed(values);
  return { w: new SparseWeight(runtime, layout, values), count: layout.nnz };
}

const [inputs, hidden, steps] = [23, 19, 7];

/** The operands that the recurrent layers share. */
function layer(gates: number, density: number, batch: number) {
  const [wx, wh] = [inputs, hidden].map(cols => weight(gates * hidden, cols, density));
  const [dwx, dwh] = [wx, wh].map(({ count }) => heap.allocate(4 * count));
  const lengths = Array.from({ length: batch }, (_, b) => Math.max(1, steps - b));
  const operands = { x: tiles(inputs, steps * batch), wx: wx.w, wh: wh.w, batch, lengths, keep: true };
  const addWeights = () => {
    add(dwx, wx.count);
    add(dwh, wh.count);
  };
  return { operands, gradients: { dy: tiles(hidden, steps * batch), dwx, dwh }, addWeights };
}

function lstm(density: number, batch: number): void {
  const { operands, gradients, addWeights } = layer(4, density, batch);
  const [h0, c0] = [0, 1].map(() => floats(numbers(hidden * batch)));
  const bias = floats(numbers(4 * hidden));
  for (const lengths of [undefined, operands.lengths]) {
    const { y, saved } = lstmForward(runtime, { ...operands, h0, c0, bias, lengths });
    if (y === undefined || saved === undefined) throw new Error('lstmForward kept nothing.');
    addTiles(y);
    const { dx, dbias } = lstmBackward(runtime, saved, gradients);
    addTiles(dx);
    add(dbias, 4 * hidden);
    addWeights();
  }
}

function gru(density: number, batch: number): void {
  const { operands, gradients, addWeights } = layer(3, density, batch);
  const h0 = floats(numbers(hidden * batch));
  const [bias, recurrentBias] = [0, 1].map(() => floats(numbers(3 * hidden)));
  for (const lengths of [undefined, operands.lengths]) {
    const { y, saved } = gruForward(runtime, { ...operands, h0, bias, recurrentBias, lengths });
    if (y === undefined || saved === undefined) throw new Error('gruForward kept nothing.');
    addTiles(y);
    const { dx, dbias, drecurrentBias } = gruBackward(runtime, saved, gradients);
    addTiles(dx);
    add(dbias, 3 * hidden);
    add(drecurrentBias, 3 * hidden);
    addWeights();
  }
}

for (const density of [0.1, 0.5, 1]) {
  for (const columns of [3, 7, 12, 16, 17, 20, 27, 32, 65]) {
    const { w, count } = weight(65, 47, density);
    const [x, y] = [tiles(47, columns), tiles(65, columns)];
    const gradient = floats(numbers(count));
    w.product(x, y);
    addTiles(y);
    w.productTransposed(y, x);
    addTiles(x);
    const bias = floats(numbers(65));
    for (const start of ['zero', bias] as const) {
      w.product(x, y, start);
      addTiles(y);
      w.productTransposed(y, x, start);
      addTiles(x);
    }
    w.outerProduct(y, x, gradient, true);
    add(gradient, count);
  }
  // Batches that are cut into runs of four and one, and of eight as well; and one whose columns go to threads.
  for (const batch of [5, 20, 64]) {
    lstm(density, batch);
    gru(density, batch);
  }
  rhn(density);
}

for (const columns of [12, 16, 17, 32, 75]) softmax(300, columns);

function softmax(vocabulary: number, columns: number): void {
  const labels = heap.allocate(4 * columns);
  heap.i32(labels, columns).set(Int32Array.from({ length: columns }, (_, n) => (n * 7919) % vocabulary));
  const [logSumExp, loss] = [0, 1].map(() => floats(numbers(columns)));
  const logits = tiles(vocabulary, columns);
  const operands = { logits, labels, logSumExp };
  softmaxForward(runtime, operands, loss);
  add(logSumExp, columns);
  add(loss, columns);
  softmaxBackward(runtime, operands, logits.address, 1 / columns);
  addTiles(logits);
}

function rhn(density: number): void {
  const [batch, inputs, hidden, depth] = [13, 23, 19, 3];
  const w = weight(2 * hidden, inputs, density);
  const r = Array.from({ length: depth }, () => weight(2 * hidden, hidden, density));
  const [s0, mask] = [0, 1].map(() => floats(numbers(hidden * batch)));
  const bias = floats(numbers(depth * 2 * hidden));
  const layer = { x: tiles(inputs, 7 * batch), s0, w: w.w, r: r.map(each => each.w), bias, mask, batch };
  const { y, saved } = rhnForward(runtime, { ...layer, keep: true });
  addTiles(y);
  if (saved === undefined) throw new Error('rhnForward kept nothing.');
  const dw = heap.allocate(4 * w.count);
  const dr = r.map(({ count }) => heap.allocate(4 * count));
  const { dx, dbias } = rhnBackward(runtime, saved, { dy: tiles(hidden, 7 * batch), dw, dr });
  addTiles(dx);
  add(dbias, depth * 2 * hidden);
  add(dw, w.count);
  dr.forEach((address, l) => {
    add(address, r[l].count);
  });
}

console.log(hash.digest('hex'));
