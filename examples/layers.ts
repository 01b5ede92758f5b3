// Sparse layers in plain TensorFlow.js models:  node examples/layers.ts
// The task: name the first symbol of a sequence after all of it was read. With @tensorflow/tfjs installed, tf.sequential,
// tf.model, tf.layers and tf.loadLayersModel are the ones imported here.
import { createEngine, rng } from '@sparse-rnn/core';
import { sparseKernels, sparseLayers, TopologyUpdate } from '@sparse-rnn/core/layers';
import { io, type Tensor, tensor1d, tensor2d, train } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

const symbols = 4;
const length = 8;
const seed = 1;
const engine = await createEngine(); // before the models: sparse layers need it

const chain = tfl.sequential();
chain.add(sparseLayers.embedding({ name: 'embedding', inputDim: symbols, outputDim: 32, density: 0.5, seed }));
chain.add(sparseLayers.lstm({ name: 'lstm', units: 64, density: 0.1, seed }));
chain.add(tfl.layers.dropout({ rate: 0.1, seed })); // TensorFlow.js' own layers go in between
chain.add(sparseLayers.dense({ name: 'output', units: symbols, density: 0.5, seed, activation: 'softmax' }));

// The same as a graph, with a second layer that reads beside the first.
const ids = tfl.input({ shape: [length] });
const words = sparseLayers
  .embedding({ name: 'words', inputDim: symbols, outputDim: 32, density: 0.5, seed })
  .apply(ids);
const first = sparseLayers.lstm({ name: 'first', units: 64, density: 0.1, seed }).apply(words);
const second = sparseLayers.gru({ name: 'second', units: 32, density: 0.1, seed }).apply(words);
const both = tfl.layers.concatenate().apply([first, second] as tfl.SymbolicTensor[]);
const answer = sparseLayers
  .dense({ name: 'answer', units: symbols, density: 0.5, seed, activation: 'softmax' })
  .apply(both);
const graph = tfl.model({ inputs: ids, outputs: answer as tfl.SymbolicTensor });

const known = sequences(1, 1000);
const unseen = sequences(2, 500);
for (const [title, model] of Object.entries({ chain, graph })) {
  console.log(`${title}:`);
  for (const { name, rows, cols, nnz } of sparseKernels(model))
    console.log(`${name}: ${nnz} of ${rows * cols} weights`);
  model.compile({ optimizer: train.adam(0.02), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  const update = new TopologyUpdate({ method: 'set', rate: 0.3, every: 'epoch', seed });
  const options = { epochs: 10, batchSize: 40, shuffle: false, verbose: 0, callbacks: update } as const;
  const { history } = await model.fit(known.x, known.y, options);
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
  const loaded = await tfl.loadLayersModel(io.fromMemory(saved));
  const outputs = [model, loaded].map(each => (each.predict(unseen.x) as Tensor).dataSync());
  console.log(`the loaded model predicts the same: ${outputs[0].every((value, n) => value === outputs[1][n])}`);
}
await engine.dispose();

function sequences(seed: number, count: number) {
  const stream = rng(seed, 'sequences');
  const ids = Array.from({ length: count }, () => Array.from({ length }, () => stream.integer(symbols)));
  return { x: tensor2d(ids, [count, length], 'int32'), y: tensor1d(ids.map(([first]) => first)) };
}
