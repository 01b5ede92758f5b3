// Sparse layers in a plain TensorFlow.js model:  node examples/layers.ts
// The task: name the first symbol of a sequence after all of it was read. With @tensorflow/tfjs installed, tf.sequential,
// tf.layers and tf.loadLayersModel are the ones imported here.
import { createEngine, rng } from '@sparse-rnn/core';
import { sparseKernels, sparseLayers, TopologyUpdate } from '@sparse-rnn/core/layers';
import { io, type Tensor, tensor1d, tensor2d, train } from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';

const symbols = 4;
const length = 8;

const engine = await createEngine(); // before the model: sparse layers need it
const model = sequential();
const seed = 1;
model.add(sparseLayers.embedding({ name: 'embedding', inputDim: symbols, outputDim: 32, density: 0.5, seed }));
model.add(sparseLayers.lstm({ name: 'lstm', units: 64, density: 0.1, seed }));
model.add(layers.dropout({ rate: 0.1, seed })); // TensorFlow.js' own layers go in between
model.add(sparseLayers.dense({ name: 'output', units: symbols, density: 0.5, seed, activation: 'softmax' }));
for (const { name, rows, cols, nnz } of sparseKernels(model)) console.log(`${name}: ${nnz} of ${rows * cols} weights`);

model.compile({ optimizer: train.adam(0.02), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
const known = sequences(1, 1000);
const unseen = sequences(2, 500);
const update = new TopologyUpdate({ method: 'set', rate: 0.3, every: 'epoch', seed });
const { history } = await model.fit(known.x, known.y, {
  epochs: 10,
  batchSize: 40,
  shuffle: false,
  verbose: 0,
  callbacks: update,
});
console.log(`loss by epoch: ${history.loss.map(loss => Number(loss).toFixed(2)).join(' ')}`);
const moved = update.history.flatMap(({ kernels }) => kernels).reduce((sum, kernel) => sum + kernel.moved, 0);
console.log(`${update.history.length} topology updates moved ${moved} weights`);
const [, accuracy] = model.evaluate(unseen.x, unseen.y) as Tensor[];
console.log(`accuracy on unseen sequences: ${accuracy.dataSync()[0].toFixed(3)} (chance: ${1 / symbols})`);

// Weights and topology are saved together; any save handler of TensorFlow.js will do.
let saved: io.ModelArtifacts = {};
const handler = io.withSaveHandler(async artifacts => {
  saved = artifacts;
  return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
});
await model.save(handler);
const loaded = await loadLayersModel(io.fromMemory(saved));
const outputs = [model, loaded].map(each => (each.predict(unseen.x) as Tensor).dataSync());
console.log(`the loaded model predicts the same: ${outputs[0].every((value, n) => value === outputs[1][n])}`);
await engine.dispose();

function sequences(seed: number, count: number) {
  const stream = rng(seed, 'sequences');
  const ids = Array.from({ length: count }, () => Array.from({ length }, () => stream.integer(symbols)));
  return { x: tensor2d(ids, [count, length], 'int32'), y: tensor1d(ids.map(([first]) => first)) };
}
