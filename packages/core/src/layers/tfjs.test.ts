import { createRequire } from 'node:module';
import { getBackend, io, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { startEngine } from '../testing/engines.ts';
import { sparseKernels } from './sparseKernel.ts';
import { sparseLayers } from './sparseLayers.ts';

/** The package `@tensorflow/tfjs` that `@tensorflow/tfjs-node` depends on, in the place of `@tensorflow/tfjs-layers`. */
const { resolve } = createRequire(import.meta.url);
const tf: typeof tfl = createRequire(resolve('@tensorflow/tfjs-node/package.json'))('@tensorflow/tfjs');

let engine: StartedEngine;
beforeAll(async () => {
  engine = await startEngine('simd');
});
afterAll(() => engine.dispose());

const ids = tensor2d([1, 2, 3, 3, 0, 2, 1, 0, 2, 2, 3, 1], [4, 3], 'int32');
const labels = tensor1d([1, 3, 1, 2]);

/** Weights and predictions after training, and the predictions of the model that was saved and loaded. */
async function train(from: Pick<typeof tfl, 'sequential' | 'loadLayersModel' | 'layers'>, optimizer: string) {
  const model = from.sequential();
  model.add(sparseLayers.embedding({ name: 'embedding', inputDim: 4, outputDim: 6, density: 0.5, seed: 1 }));
  model.add(sparseLayers.gru({ name: 'gru', units: 8, density: 0.3, seed: 1 }));
  model.add(from.layers.dropout({ rate: 0.1, seed: 1 }));
  model.add(sparseLayers.dense({ name: 'output', units: 4, density: 0.5, seed: 1, activation: 'softmax' }));
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' });
  const { history } = await model.fit(ids, labels, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
  let saved: io.ModelArtifacts = {};
  await model.save(
    io.withSaveHandler(async artifacts => {
      saved = artifacts;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  const loaded = await from.loadLayersModel(io.fromMemory(saved));
  const predictions = [model, loaded].map(each => [...(each.predict(ids) as Tensor).dataSync()]);
  const kernels = sparseKernels(model).map(({ name, nnz }) => [name, nnz]);
  return { loss: history.loss, predictions, kernels };
}

it('@tensorflow/tfjs takes the layers as @tensorflow/tfjs-layers does: built, trained, saved, loaded', async () => {
  expect(getBackend()).toBe('simd');
  const whole = await train(tf, 'sgd');
  expect(whole.kernels).toHaveLength(4);
  expect(whole.loss[2]).toBeLessThan(whole.loss[0] as number);
  expect(whole.predictions[1]).toEqual(whole.predictions[0]);
  expect(await train(tfl, 'sgd')).toEqual(whole);
});
