import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { denseGru } from '../../ops/sparseGru/op.ts';
import { denseLstm } from '../../ops/sparseLstm/op.ts';
import { denseMatMul } from '../../ops/sparseMatMul/contract.ts';
import { denseRhn } from '../../ops/sparseRhn/op.ts';
import { caseStream, randomValues } from '../../testing/cases.ts';
import { createEngine, type StartedEngine } from '../createEngine.ts';

let engine: StartedEngine;
beforeAll(async () => {
  engine = await createEngine({ engine: 'simd', threads: 1, memoryBytes: 2 ** 26 });
});
afterAll(() => engine.dispose());

const stream = caseStream('simd backend');
const random = (...shape: number[]) =>
  tf.tensor2d(randomValues(stream, shape[0] * shape[1]), shape as [number, number]);

/** A fresh tensor in the heap, made by one of our own kernels. */
const product = (w: tf.Tensor2D, x: tf.Tensor2D) => tf.tidy(() => denseMatMul(w, x));

it.each<[string, (x: tf.Tensor2D) => tf.Tensor[]]>([
  ['split', x => tf.split(x, 2, 0)],
  ['unstack', x => tf.unstack(x, 0)],
  ['slice of a vector', x => [tf.slice(tf.reshape(x, [24]), [3], [7])]],
  ['slice of a matrix', x => [tf.slice(x, [1, 0], [2, 6])]],
  ['slice of three axes', x => [tf.slice(tf.reshape(x, [4, 3, 2]), [1, 0, 0], [2, 3, 2])]],
  ['slice of integers', x => [tf.slice(tf.cast(tf.mul(x, 100), 'int32'), [2, 0], [1, 6])]],
  ['cast', x => [tf.cast(x, 'float32'), tf.cast(x, 'int32')]],
  ['reshape', x => [tf.reshape(x, [24])]],
])('parts of a tensor outlive it, and so do the arrays that were read: %s', (_op, partsOf) => {
  const [w, x] = [random(4, 3), random(3, 6)];
  const parts = tf.tidy(() => {
    const whole = product(w, x);
    // Row-major in the heap from here on.
    (tf.backend() as unknown as { address(of: tf.Tensor): number }).address(whole);
    return partsOf(whole);
  });
  const read = parts.map(part => part.dataSync());
  const expected = read.map(values => [...values]);
  // Whatever was freed is used again.
  const later = tf.tidy(() => Array.from({ length: 8 }, () => tf.keep(tf.add(product(w, x), 99))));
  for (const tensor of later) (tf.backend() as unknown as { address(of: tf.Tensor): number }).address(tensor);
  expect(parts.map(part => [...part.dataSync()])).toEqual(expected);
  expect(read.map(values => [...values])).toEqual(expected);
  tf.dispose([w, x, ...parts, ...later]);
});

const [INPUTS, HIDDEN, STEPS, BATCH] = [3, 4, 2, 5];
it.each<[string, (x: tf.Tensor2D, wx: tf.Tensor2D, wh: tf.Tensor2D) => tf.Tensor, number]>([
  ['lstm', (x, wx, wh) => denseLstm(x, state(), state(), wx, wh, tf.zeros([4 * HIDDEN])).y, 4],
  ['gru', (x, wx, wh) => denseGru(x, state(), wx, wh, tf.zeros([3 * HIDDEN]), tf.zeros([3 * HIDDEN])).y, 3],
  ['rhn', (x, wx, wh) => denseRhn(x, state(), wx, [wh], tf.zeros([2 * HIDDEN])).y, 2],
])('the input of a layer can be used in another shape before its gradient is taken: %s', (_cell, layer, gates) => {
  const x = random(INPUTS, STEPS * BATCH);
  const weights = [random(gates * HIDDEN, INPUTS), random(gates * HIDDEN, HIDDEN)];
  const [other, square] = [random(2, INPUTS * STEPS), random(INPUTS, INPUTS)];
  const dy = random(HIDDEN, STEPS * BATCH);
  const gradients = (reshaped: boolean) =>
    tf.grads((wx, wh) => {
      const y = layer(x, wx as tf.Tensor2D, wh as tf.Tensor2D);
      if (reshaped) denseMatMul(other, tf.reshape(x, [INPUTS * STEPS, BATCH]));
      // As large as x: memory that was freed is used again.
      if (reshaped) for (let k = 0; k < 8; k++) denseMatMul(square, x);
      return y;
    })(weights, dy);
  const [plain, reshaped] = [gradients(false), gradients(true)];
  reshaped.forEach((gradient, k) => {
    expect([...gradient.dataSync()]).toEqual([...plain[k].dataSync()]);
  });
  tf.dispose([x, other, square, dy, ...weights, ...plain, ...reshaped]);
});

const state = () => tf.zeros<tf.Rank.R2>([HIDDEN, BATCH]);
