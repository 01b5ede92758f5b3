import { type Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type StartedEngine } from '../../createEngine.ts';
import { numbers } from '../heap.testing.ts';

let engine: StartedEngine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'simd', threads: 1, memoryBytes: 2 ** 26 });
});
afterAll(() => engine.dispose());

/** Place of an element by its index. */
const place = (shape: readonly number[], index: readonly number[]) =>
  shape.reduce((sum, size, axis) => sum * size + index[axis], 0);

/** Every index of a shape, in row-major order. */
function* indices(shape: readonly number[]): Generator<number[]> {
  const size = shape.reduce((product, each) => product * each, 1);
  for (let at = 0; at < size; at++) {
    let rest = at;
    yield [...shape]
      .reverse()
      .map(length => {
        const index = rest % length;
        rest = Math.floor(rest / length);
        return index;
      })
      .reverse();
  }
}

function check(x: Tensor, values: ArrayLike<number>, perm: number[]): void {
  const result = transpose(x, perm);
  const shape = perm.map(axis => x.shape[axis]);
  expect(result.shape).toEqual(shape);
  const wanted = [...indices(shape)].map(index => {
    const original = new Array<number>(index.length);
    perm.forEach((axis, k) => {
      original[axis] = index[k];
    });
    return values[place(x.shape, original)];
  });
  expect([...result.dataSync()]).toEqual(wanted);
}

test('axes of floats in any order, up to rank 5', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
  const drawn = shapes.chain(shape =>
    fc.record({
      shape: fc.constant(shape),
      perm: fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
    }),
  );
  fc.assert(
    fc.property(drawn, ({ shape, perm }) => {
      const values = numbers(
        shape.reduce((product, each) => product * each, 1),
        1,
      );
      tidy(() => check(tensor(values, shape), values, perm));
    }),
  );
});

test('integers and empty tensors go to the kernel of TensorFlow.js', () => {
  tidy(() => {
    check(tensor([1, 2, 3, 4, 5, 6], [2, 3], 'int32'), [1, 2, 3, 4, 5, 6], [1, 0]);
    expect(transpose(tensor([], [0, 3])).shape).toEqual([3, 0]);
  });
});
