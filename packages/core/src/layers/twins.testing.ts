import { mul, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { rng } from '../base/philox.ts';
import { type SparseKernel, sparseKernels } from './sparseKernel.ts';
import { sparseLayers } from './sparseLayers.ts';

/** Features of every time step: on the simd engine the kernel over them has two panels, so that its order is its own. */
export const FEATURES = 400;
export const STEPS = 3;
export const CLASSES = 3;

const UNITS = 6;

/** A sparse model `[batch, STEPS, FEATURES] -> [batch, CLASSES]`. */
export function sparseModel(density: number, name: string): Sequential {
  return sequential({
    layers: [
      sparseLayers.lstm({
        name: `${name}_a`,
        units: UNITS,
        density,
        seed: 1,
        range: 0.3,
        returnSequences: true,
        inputShape: [STEPS, FEATURES],
      }),
      sparseLayers.dense({ name: `${name}_b`, units: 5, density, seed: 2, activation: 'tanh' }),
      sparseLayers.lstm({ name: `${name}_c`, units: UNITS + 1, density, seed: 3 }),
      sparseLayers.dense({ name: `${name}_d`, units: CLASSES, density, seed: 4, activation: 'softmax' }),
    ],
  });
}

/** The same of TensorFlow.js' own dense layers. */
export function denseModel(): Sequential {
  const lstm = {
    recurrentActivation: 'sigmoid',
    recurrentInitializer: 'glorotUniform',
    unitForgetBias: false,
  } as const;
  return sequential({
    layers: [
      layers.lstm({ ...lstm, units: UNITS, returnSequences: true, inputShape: [STEPS, FEATURES] }),
      layers.dense({ units: 5, activation: 'tanh' }),
      layers.lstm({ ...lstm, units: UNITS + 1 }),
      layers.dense({ units: CLASSES, activation: 'softmax' }),
    ],
  });
}

/** Places of the sparse kernels among the weights of the dense model, and of the biases among those of both. */
export const KERNELS_IN_TWIN = [0, 1, 3, 5, 6, 8];
const BIASES = [2, 4, 7, 9];

/** A kernel's numbers (its values if none are given) as a dense matrix of the twin, which is the other way round. */
export function spread(kernel: SparseKernel, canonical?: ArrayLike<number>): Float32Array {
  const { topology, values } = kernel.read();
  const { rows, cols, indices } = topology;
  const dense = new Float32Array(rows * cols);
  indices.forEach((index, k) => {
    dense[(index % cols) * rows + Math.floor(index / cols)] = (canonical ?? values)[k];
  });
  return dense;
}

/** Gives the dense model the weights of the sparse one. */
export function copyWeights(from: Sequential, to: Sequential): void {
  const kernels = sparseKernels(from);
  const weights = to.getWeights();
  const biases = from.trainableWeights.filter(weight => !kernels.some(kernel => kernel.trains(weight)));
  tidy(() => {
    const copies = weights.map((weight, w) => {
      const bias = BIASES.indexOf(w);
      if (bias >= 0) return biases[bias].read();
      return tensor(spread(kernels[KERNELS_IN_TWIN.indexOf(w)]), weight.shape);
    });
    to.setWeights(copies);
  });
}

/** Sets the twin's weights to 0 where the sparse model has none. */
export function maskWeights(from: Sequential, to: Sequential): void {
  const kernels = sparseKernels(from);
  tidy(() => {
    const weights = to.getWeights();
    to.setWeights(
      weights.map((weight, w) => {
        const k = KERNELS_IN_TWIN.indexOf(w);
        if (k < 0) return weight;
        return mul(weight, tensor(spread(kernels[k], new Float32Array(kernels[k].nnz).fill(1)), weight.shape));
      }),
    );
  });
}

/** A batch of random inputs, and their classes one-hot. */
export function batch(size: number, seed: number): { x: Tensor; y: Tensor } {
  const stream = rng(seed, 'batch');
  const x = Float32Array.from({ length: size * STEPS * FEATURES }, () => stream.float() - 0.5);
  const y = new Float32Array(size * CLASSES);
  for (let n = 0; n < size; n++) y[n * CLASSES + stream.integer(CLASSES)] = 1;
  return { x: tensor(x, [size, STEPS, FEATURES]), y: tensor(y, [size, CLASSES]) };
}
