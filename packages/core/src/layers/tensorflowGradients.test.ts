import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { caseStream, randomValues } from '../testing/cases.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';

// Beside the layers, since nothing else may load TensorFlow.js' own layers, which register all gradients.

type Op = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const KERNELS = [tf.Concat, tf.SplitV, tf.Add, tf.Sub, tf.Multiply, tf.Sigmoid, tf.Tanh];
/** An op of two matrices, and the shape of the second; the first is [3, 4]. */
const OPS: [string, Op, number[]][] = [
  ['concat of columns', (a, b) => tf.concat([a, b, a], 1), [3, 2]],
  ['concat of the last axis', (a, b) => tf.concat([b, a], -1), [3, 2]],
  ['split of the last axis', (a, b) => tf.add(tf.split(a, 2, -1)[1], b), [3, 2]],
  ['concat of rows', (a, b) => tf.concat([b, a, b], 0), [2, 4]],
  // The part in the middle is not used: its gradient is zero.
  ['split', (a, b) => tf.concat([b, tf.split(a, [1, 2, 1], 1)[2], tf.split(a, 4, 1)[0]], 1), [3, 1]],
  ['add', tf.add, [3, 4]],
  ['add of a row', tf.add, [1, 4]],
  ['sub of a column', tf.sub, [3, 1]],
  ['sub from a number', (a, b) => tf.sub(b, a), []],
  ['mul', tf.mul, [3, 4]],
  ['mul by a vector', tf.mul, [4]],
  ['sigmoid and tanh', (a, b) => tf.mul(tf.sigmoid(a), tf.tanh(b)), [3, 4]],
];

async function gradients(engineName: string) {
  const engine = await startEngine(engineName);
  const result = OPS.map(([title, op, shape]) =>
    tf.tidy(() => {
      const stream = caseStream(title);
      const random = (of: number[]) => tf.tensor(randomValues(stream, tf.util.sizeFromShape(of)), of);
      const [a, b] = [random([3, 4]), random(shape)];
      return tf
        .grads(op)([a, b], random(op(a, b).shape))
        .map((gradient, k) => {
          expect(gradient.shape).toEqual([a, b][k].shape);
          return { what: `${title}, d${'ab'[k]}`, values: gradient.dataSync().slice() };
        });
    }),
  );
  await engine.dispose();
  return result.flat();
}

it('the gradients that a cell needs are those of TensorFlow.js, broadcasting included', async () => {
  const ours = KERNELS.map(kernel => tf.getGradient(kernel));
  const computed: Awaited<ReturnType<typeof gradients>>[] = [];
  for (const name of ENGINES) computed.push(await gradients(name));
  await import('@tensorflow/tfjs-layers');
  KERNELS.forEach((kernel, k) => {
    expect(tf.getGradient(kernel), kernel).not.toBe(ours[k]);
  });
  const expected = await gradients('cpu');
  ENGINES.forEach((name, at) => {
    computed[at].forEach(({ what, values }, k) => {
      assertClose(what, values, expected[k].values, name);
    });
  });
});
