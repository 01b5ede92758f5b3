// Our ops among TensorFlow.js' own, under tf.variableGrads:  node examples/own-loop.ts
// An own recurrent cell (a minimal gated unit, Zhou et al. 2016) with sparse matrices, an own loss, an optimizer of
// TensorFlow.js. The task: the next value of a wave, from noisy ones.
import { createEngine, randomTopology, rng, SparseMatrix, sparseMatMul } from '@sparse-rnn/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients of TensorFlow.js' own ops, as @tensorflow/tfjs does

const [hidden, steps, batch] = [64, 16, 16];
const engine = await createEngine();
const forget = sparse('forget', hidden, hidden + 1, 0.2);
const candidate = sparse('candidate', hidden, hidden + 1, 0.2);
const output = sparse('output', 1, hidden, 0.5);
const bias = tf.variable(tf.ones<tf.Rank.R1>([hidden]));
const trained = [forget.values, candidate.values, output.values, bias];

/** One time step: h [hidden, batch] and x [1, batch] in, the next h out. Activations are feature-major. */
function cell(h: tf.Tensor2D, x: tf.Tensor2D): tf.Tensor2D {
  const f = tf.sigmoid(sparseMatMul(forget, tf.concat2d([x, h], 0), bias as tf.Tensor1D));
  const c = tf.tanh(sparseMatMul(candidate, tf.concat2d([x, tf.mul(f, h)], 0)));
  return tf.add(tf.mul(tf.sub(1, f), h), tf.mul(f, c));
}

/** Mean Huber loss of the predictions at all time steps. */
function loss({ inputs, targets }: ReturnType<typeof waves>): tf.Scalar {
  let h = tf.zeros<tf.Rank.R2>([hidden, batch]);
  const errors = inputs.map((x, t) => {
    h = cell(h, x);
    return tf.losses.huberLoss(targets[t], sparseMatMul(output, h)) as tf.Scalar;
  });
  return tf.mean(tf.stack(errors));
}

const optimizer = tf.train.adam(0.01);
for (let step = 1; step <= 80; step++) {
  tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => loss(waves(step)), trained);
    optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
    if (step === 1 || step % 20 === 0) console.log(`step ${step}: loss ${value.dataSync()[0].toFixed(4)}`);
  });
}
const unseen = waves(0);
const repeated = tf.mean(tf.stack(unseen.inputs.map((x, t) => tf.losses.huberLoss(unseen.targets[t], x))));
const shown = (scalar: tf.Tensor) => scalar.dataSync()[0].toFixed(4);
console.log(`unseen waves: loss ${shown(loss(unseen))}, and ${shown(repeated)} for repeating the last value`);
await engine.dispose();

function sparse(name: string, rows: number, cols: number, density: number): SparseMatrix {
  const nnz = Math.round(density * rows * cols);
  const values = rng(1, 'values', name);
  const range = 1 / Math.sqrt(density * cols);
  const topology = randomTopology(rows, cols, nnz, rng(1, 'topology', name));
  return new SparseMatrix(
    engine,
    topology,
    Float32Array.from({ length: nnz }, () => range * values.normal()),
  );
}

/** A batch of sine waves of random speed and phase: noisy inputs [1, batch] and clean next values for every time step. */
function waves(seed: number) {
  const stream = rng(2, 'waves', seed);
  const columns = Array.from({ length: batch }, () => [0.3 + 0.5 * stream.float(), 6.3 * stream.float()]);
  const at = (t: number, noise: number) =>
    tf.tensor2d([columns.map(([speed, phase]) => Math.sin(speed * t + phase) + noise * stream.normal())]);
  const times = Array.from({ length: steps }, (_, t) => t);
  return { inputs: times.map(t => at(t, 0.1)), targets: times.map(t => at(t + 1, 0)) };
}
