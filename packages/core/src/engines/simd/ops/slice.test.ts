import { backend, slice, type Tensor, tensor1d, tensor2d, engine as tfEngine, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type StartedEngine } from '../../createEngine.ts';
import type { SimdBackend } from '../backend.ts';
import { numbers } from '../heap.testing.ts';

let engine: StartedEngine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'simd', threads: 1, memoryBytes: 2 ** 26 });
});
afterAll(() => engine.dispose());

/** The same matrix, stored as tiles alone. */
function asTiles(x: Tensor): Tensor {
  const simd = backend() as SimdBackend;
  const tiles = simd.takeTiles(x);
  return tfEngine().makeTensorFromTensorInfo(simd.fromTiles(tiles));
}

test.each(['rows', 'tiles'])('a window of a matrix stored as %s', form => {
  const span = (length: number) =>
    fc
      .integer({ min: 0, max: length - 1 })
      .chain(start => fc.tuple(fc.constant(start), fc.integer({ min: 1, max: length - start })));
  const drawn = fc
    .record({ rows: fc.integer({ min: 1, max: 9 }), cols: fc.integer({ min: 1, max: 100 }) })
    .chain(shape => fc.record({ shape: fc.constant(shape), rowSpan: span(shape.rows), columnSpan: span(shape.cols) }));
  fc.assert(
    fc.property(drawn, ({ shape: { rows, cols }, rowSpan: [row, height], columnSpan: [column, width] }) => {
      const values = numbers(rows * cols, 1);
      const wanted = Array.from({ length: height }, (_, r) => {
        const start = (row + r) * cols + column;
        return [...values.subarray(start, start + width)];
      });
      tidy(() => {
        const x = tensor2d(values, [rows, cols]);
        const stored = form === 'tiles' ? asTiles(x) : x;
        expect(slice(stored, [row, column], [height, width]).arraySync()).toEqual(wanted);
      });
    }),
  );
});

test('-1 means up to the end; vectors, integers and empty windows go to the kernel of TensorFlow.js', () => {
  tidy(() => {
    const x = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(slice(x, [0, 1], [-1, -1]).arraySync()).toEqual([
      [2, 3],
      [5, 6],
    ]);
    expect(slice(x, [0, 1], [0, 2]).shape).toEqual([0, 2]);
    expect(slice(tensor1d([1, 2, 3]), [1], [2]).arraySync()).toEqual([2, 3]);
    expect(
      slice(
        tensor2d(
          [
            [1, 2],
            [3, 4],
          ],
          [2, 2],
          'int32',
        ),
        [1, 0],
        [1, 2],
      ).arraySync(),
    ).toEqual([[3, 4]]);
    expect(() => slice(x, [0, 2], [1, 2])).toThrow();
  });
});
