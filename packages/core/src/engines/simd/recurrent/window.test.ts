import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomTopology } from '../../../sparsity/initial.ts';
import { caseStream, randomValues } from '../../../testing/cases.ts';
import { DenseWeight } from '../denseWeight.ts';
import { PanelLayout } from '../panelLayout.ts';
import { Runtime } from '../runtime.ts';
import { SparseWeight } from '../sparseWeight.ts';
import { packTiles, unpackTiles } from '../tiles.ts';
import type { SimdWeight, Tiles } from '../weight.ts';
import { firstColumns, Schedule, sequence } from './window.ts';

let runtimes: Runtime[];

beforeAll(() => {
  runtimes = [1, 2, 4].map(threads => Runtime.create({ threads, memoryBytes: 2 ** 24 }));
});

afterAll(async () => {
  await Promise.all(runtimes.map(runtime => runtime.dispose()));
});

function floats({ heap }: Runtime, values: Float32Array): number {
  const address = heap.allocate(values.byteLength);
  heap.f32(address, values.length).set(values);
  return address;
}

function tilesOf(runtime: Runtime, values: Float32Array, features: number): Tiles {
  const columns = values.length / features;
  const tiles = sequence(runtime, features, columns);
  packTiles(runtime, { address: floats(runtime, values), features, columns, rowStride: columns }, tiles);
  return tiles;
}

function rowsOf(runtime: Runtime, { features, columns, ...tiles }: Tiles): Float32Array {
  const address = runtime.heap.allocate(4 * features * columns);
  unpackTiles(runtime, { features, columns, ...tiles }, { address, features, columns, rowStride: columns });
  return runtime.heap.f32(address, features * columns).slice();
}

describe.each([
  ['a batch below a vector', [5, 3, 1]],
  ['a window longer than all lengths', [2, 2, 1, 1]],
  ['columns that move to narrower tiles', Array.from({ length: 40 }, (_, b) => (b === 0 ? 3 : 1))],
  ['several tiles', Array.from({ length: 37 }, (_, b) => 6 - Math.floor(b / 7))],
])('a schedule of %s', (_name, lengths) => {
  const [features, steps, batch] = [11, 7, lengths.length];
  const columns = steps * batch;

  it('packs the active columns step by step, and puts them back among zeros', () => {
    const isActive = (n: number) => Math.floor(n / batch) < lengths[n % batch];
    const values = randomValues(caseStream(`schedule ${lengths}`), features * columns);
    const spoiled = values.map((value, k) => (isActive(k % columns) ? value : Number.NaN));
    for (const runtime of runtimes) {
      const schedule = new Schedule(columns, batch, lengths);
      expect(schedule.columns).toBe(lengths.reduce((sum, length) => sum + length));
      const packed = schedule.pack(runtime, tilesOf(runtime, spoiled, features));
      expect(rowsOf(runtime, packed)).toEqual(values.filter((_, k) => isActive(k % columns)));
      const padded = rowsOf(runtime, schedule.unpack(runtime, packed));
      expect(padded).toEqual(values.map((value, k) => (isActive(k % columns) ? value : 0)));
    }
  });
});

it('takes matrices as they are where no column is padded', () => {
  const tiles = tilesOf(runtimes[0], new Float32Array(6), 1);
  const schedule = new Schedule(6, 2);
  expect(schedule.pack(runtimes[0], tiles)).toBe(tiles);
  expect(schedule.unpack(runtimes[0], tiles)).toBe(tiles);
});

/** The engine's weights: products of a step's first columns lie in tiles that are wider than those columns need. */
const weights: Record<string, (runtime: Runtime, rows: number, cols: number) => SimdWeight> = {
  sparse(runtime, rows, cols) {
    const stream = caseStream('sparse weight');
    const layout = new PanelLayout(runtime, randomTopology(rows, cols, Math.round(0.3 * rows * cols), stream));
    const values = floats(runtime, randomValues(stream, layout.nnz));
    layout.refreshTransposed(values);
    return new SparseWeight(runtime, layout, values);
  },
  dense(runtime, rows, cols) {
    return new DenseWeight(runtime, rows, cols, floats(runtime, randomValues(caseStream('dense weight'), rows * cols)));
  },
};

describe.each(Object.keys(weights))('products of the first columns of a step, %s', kind => {
  it.each([20, 32, 33, 64])('are near those of all %d columns, and the same on 1, 2 and 4 threads', batch => {
    const [rows, cols] = [41, 23];
    const stream = caseStream(`first columns of ${batch}`);
    const [x, dy] = [cols, rows].map(features => randomValues(stream, features * batch));
    for (const active of [1, 3, 4, 5, 13, 16, 17, 19, batch - 1]) {
      const [one, ...others] = runtimes.map(runtime => {
        const w = weights[kind](runtime, rows, cols);
        const results = [active, batch].map(count => {
          const [y, dx] = [rows, cols].map(features => tilesOf(runtime, new Float32Array(features * batch), features));
          w.product(firstColumns(tilesOf(runtime, x, cols), count), firstColumns(y, count));
          w.productTransposed(firstColumns(tilesOf(runtime, dy, rows), count), firstColumns(dx, count));
          return [y, dx].map(tiles => rowsOf(runtime, tiles).filter((_, k) => k % batch < active));
        });
        return results;
      });
      const [some, all] = one;
      some.forEach((values, k) => {
        values.forEach((value, i) => {
          if (!(Math.abs(value - all[k][i]) <= 1e-5)) expect.fail(`column ${i % active}: ${value}, not ${all[k][i]}`);
        });
      });
      for (const other of others) expect(other).toEqual(one);
    }
  });
});
