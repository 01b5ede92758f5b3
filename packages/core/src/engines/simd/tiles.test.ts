import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numbers, runtimesOfSeveralThreads, sameOnAll, valuesOf } from './heap.testing.ts';
import { packTiles, unpackTiles } from './tiles.ts';

const runtimes = runtimesOfSeveralThreads();

const shapes = fc.record({
  features: fc.integer({ min: 1, max: 40 }),
  columns: fc.integer({ min: 1, max: 100 }),
  /** Columns left and right of the window in the row-major matrix. */
  before: fc.nat(5),
  after: fc.nat(5),
});

test('packing moves a window of columns to tiles and leaves zero padding', () => {
  fc.assert(
    fc.property(shapes, ({ features, columns, before, after }) => {
      const rowStride = before + columns + after;
      const wide = numbers(features * rowStride, 3);
      const wanted = Float32Array.from({ length: features * columns }, (_, i) => {
        return wide[Math.floor(i / columns) * rowStride + before + (i % columns)];
      });
      const packed = sameOnAll(runtimes, (runtime, at) => {
        const tiles = at.tiles(features, columns);
        packTiles(runtime, { address: at.floats(wide) + 4 * before, features, columns, rowStride }, tiles);
        return valuesOf(runtime, tiles);
      });
      expect(packed).toEqual(wanted);
    }),
  );
});

test('unpacking writes the window and nothing beside it', () => {
  fc.assert(
    fc.property(shapes, ({ features, columns, before, after }) => {
      const rowStride = before + columns + after;
      const values = numbers(features * columns, 4);
      const wide = numbers(features * rowStride, 5);
      const wanted = wide.slice();
      for (let i = 0; i < values.length; i++) {
        wanted[Math.floor(i / columns) * rowStride + before + (i % columns)] = values[i];
      }
      const unpacked = sameOnAll(runtimes, (runtime, at) => {
        const address = at.floats(wide);
        const target = { address: address + 4 * before, features, columns, rowStride };
        unpackTiles(runtime, at.tiles(features, columns, values), target);
        return runtime.heap.f32(address, wide.length).slice();
      });
      expect(unpacked).toEqual(wanted);
    }),
  );
});

test.each([1, 15, 16, 17, 31, 32, 33, 63, 64, 65])('%i columns: there and back', columns => {
  const values = numbers(7 * columns, columns);
  const back = sameOnAll(runtimes, (runtime, at) => {
    const tiles = at.tiles(7, columns);
    packTiles(runtime, { address: at.floats(values), features: 7, columns, rowStride: columns }, tiles);
    const address = at.dirty(4 * values.length);
    unpackTiles(runtime, tiles, { address, features: 7, columns, rowStride: columns });
    return runtime.heap.f32(address, values.length).slice();
  });
  expect(back).toEqual(values);
});

test('shapes that differ and rows that overlap are refused', () => {
  const [runtime] = runtimes;
  const tiles = { address: 0, features: 3, columns: 20, width: 32 as const };
  const rows = { address: 0, features: 3, columns: 20, rowStride: 20 };
  expect(() => packTiles(runtime, { ...rows, columns: 19 }, tiles)).toThrow('expected tiles [3, 19], got [3, 20]');
  expect(() => unpackTiles(runtime, tiles, { ...rows, features: 4 })).toThrow('expected tiles [4, 20], got [3, 20]');
  expect(() => packTiles(runtime, { ...rows, rowStride: 19 }, tiles)).toThrow('a row stride of at least 20 floats');
});
