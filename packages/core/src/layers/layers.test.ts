import { getBackend, io, mean, memory, setBackend, square, type Tensor, tensor2d, train } from '@tensorflow/tfjs-core';
import { model as functional, input, layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellNames } from '../cells/cells.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import { largestAllocation } from '../sparsity/allocations.testing.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { type SparseKernel, sparseKernels } from './sparseKernel.ts';
import { sparseLayers } from './sparseLayers.ts';
import { TopologyUpdate } from './topologyUpdate.ts';
import {
  batch,
  CLASSES,
  copyWeights,
  denseModel,
  FEATURES,
  KERNELS_IN_TWIN,
  maskWeights,
  STEPS,
  sparseModel,
  spread,
} from './twins.testing.ts';

const values = (tensor: Tensor | Tensor[]) => (tensor as Tensor).dataSync();

/** A model's artifacts, as a file would hold them. */
async function save(model: ReturnType<typeof sparseModel>, config?: io.SaveConfig): Promise<io.ModelArtifacts> {
  let saved: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async artifacts => {
      saved = artifacts;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
    config,
  );
  return saved!;
}

describe.each(ENGINES)('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine?.dispose());

  it.each([1, 0.4])(
    'layers of density %d do what the dense ones do with the same numbers, and learn the same',
    density => {
      const sparse = sparseModel(density, `equal_${name}_${density}`);
      const dense = denseModel();
      copyWeights(sparse, dense);
      const { x, y } = batch(5, 1);
      assertClose('predictions', values(sparse.predict(x)), values(dense.predict(x)), name, 10);
      for (const model of [sparse, dense]) model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
      return (async () => {
        for (let step = 0; step < 3; step++) {
          const losses = [await sparse.trainOnBatch(x, y), await dense.trainOnBatch(x, y)] as number[];
          assertClose(`loss of step ${step}`, [losses[0]], [losses[1]], name, 10);
          maskWeights(sparse, dense);
        }
        const weights = dense.getWeights();
        sparseKernels(sparse).forEach((kernel, k) => {
          assertClose(kernel.name, spread(kernel), values(weights[KERNELS_IN_TWIN[k]]), name, 10);
        });
      })();
    },
  );

  it('the embedding is the dense one with the same numbers, for ids of either type', () => {
    const sparse = sequential({
      layers: [sparseLayers.embedding({ name: `lookup_${name}`, inputDim: 9, outputDim: 300, density: 0.5 })],
    });
    const dense = sequential({ layers: [layers.embedding({ inputDim: 9, outputDim: 300, inputLength: 3 })] });
    const [kernel] = sparseKernels(sparse);
    const { topology, values: own } = kernel.read();
    const table = new Float32Array(9 * 300);
    topology.indices.forEach((index, k) => {
      table[index] = own[k];
    });
    dense.setWeights([tensor2d(table, [9, 300])]);
    const ids = [1, 8, 0, 3, 3, 7];
    const expected = dense.predict(tensor2d(ids, [2, 3])) as Tensor;
    for (const type of ['int32', 'float32'] as const) {
      const found = sparse.predict(tensor2d(ids, [2, 3], type)) as Tensor;
      expect(found.shape).toEqual(expected.shape);
      expect(values(found)).toEqual(values(expected));
    }
  });

  it('a model trains with fit, evaluate, predict in tf.model(), nested, with frozen layers', async () => {
    const words = input({ shape: [4] });
    const embedded = sparseLayers
      .embedding({ name: `words_${name}`, inputDim: 20, outputDim: 8, density: 0.5 })
      .apply(words);
    const encoder = functional({ inputs: words, outputs: embedded as never });
    const whole = sequential();
    whole.add(encoder);
    whole.add(sparseLayers.lstm({ name: `read_${name}`, units: 8, density: 0.5 }));
    whole.add(sparseLayers.dense({ name: `answer_${name}`, units: 2, density: 0.5, activation: 'softmax' }));
    whole.compile({ optimizer: train.adam(0.02), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    expect(sparseKernels(whole).map(({ rows, cols, nnz }) => [rows, cols, nnz])).toEqual([
      [20, 8, 80],
      [32, 8, 128],
      [32, 8, 128],
      [2, 8, 8],
    ]);
    // The class is whether the third word is among the first ten.
    const ids = Array.from({ length: 64 }, (_, n) => [n % 7, (3 * n) % 20, (11 * n) % 20, (n * n) % 20]);
    const x = tensor2d(ids, [64, 4], 'int32');
    const y = tensor2d(ids.map(row => [row[2] < 10 ? 1 : 0]));
    const update = new TopologyUpdate({ every: 25, seed: 5 });
    const { history } = await whole.fit(x, y, {
      epochs: 60,
      batchSize: 16,
      shuffle: false,
      verbose: 0,
      callbacks: update,
    });
    expect(history.loss.at(-1)).toBeLessThan(0.5 * (history.loss[0] as number));
    const [, accuracy] = whole.evaluate(x, y) as Tensor[];
    expect(values(accuracy)[0]).toBeGreaterThan(0.9);
    expect(update.history.length).toBeGreaterThan(5);
    encoder.trainable = false;
    expect(sparseKernels(whole)).toHaveLength(3);
  });

  it('saving keeps weights and topology, whatever was trained and updated', async () => {
    const model = sparseModel(0.4, `saved_${name}`);
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const { x, y } = batch(5, 2);
    await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: new TopologyUpdate({ seed: 3 }) });
    const artifacts = await save(model);
    const loaded = await loadLayersModel(io.fromMemory(artifacts));
    expect(values(loaded.predict(x))).toEqual(values(model.predict(x)));
    const state = (kernel: SparseKernel) => ({ ...kernel.read(), name: '' });
    expect(sparseKernels(loaded).map(state)).toEqual(sparseKernels(model).map(state));
    expect(loaded.getConfig()).toMatchObject(JSON.parse(JSON.stringify(model.getConfig())));
    // And the loaded one trains on.
    loaded.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
    await loaded.fit(x, y, { epochs: 2, verbose: 0, callbacks: new TopologyUpdate() });
  });

  it.each(cellNames())('a layer of cell %s learns, is updated, saved and loaded', async cell => {
    const plan = { cell, units: 5, depth: 2, density: 0.5 };
    const model = sequential();
    model.add(
      sparseLayers.recurrent({
        ...plan,
        name: `${cell}_${name}_a`,
        returnSequences: true,
        inputShape: [STEPS, FEATURES],
      }),
    );
    model.add(sparseLayers.recurrent({ ...plan, name: `${cell}_${name}_b` }));
    model.add(sparseLayers.dense({ name: `${cell}_${name}_c`, units: CLASSES, density: 1, activation: 'softmax' }));
    model.compile({ optimizer: train.adam(0.02), loss: 'categoricalCrossentropy' });
    const { x, y } = batch(6, 6);
    const before = sparseKernels(model).map(kernel => kernel.read());
    const options = { epochs: 15, shuffle: false, verbose: 0 } as const;
    const { history } = await model.fit(x, y, { ...options, callbacks: new TopologyUpdate({ every: 5 }) });
    expect(history.loss.at(-1)).toBeLessThan(0.8 * (history.loss[0] as number));
    sparseKernels(model).forEach((kernel, k) => {
      expect(kernel.read().values).not.toEqual(before[k].values);
      expect(kernel.nnz).toBe(before[k].values.length);
    });
    const loaded = await loadLayersModel(io.fromMemory(await save(model)));
    expect(values(loaded.predict(x))).toEqual(values(model.predict(x)));
  });

  it('an optimizer saved with the model goes on where it was', async () => {
    const { x, y } = batch(5, 3);
    const model = sparseModel(0.4, `optimizer_${name}`);
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
    await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: new TopologyUpdate() });
    const artifacts = await save(model, { includeOptimizer: true });
    const loaded = (await loadLayersModel(io.fromMemory(artifacts))) as typeof model;
    for (const each of [model, loaded]) {
      await each.trainOnBatch(x, y);
      await each.trainOnBatch(x, y);
    }
    assertClose('predictions', values(loaded.predict(x)), values(model.predict(x)), name);
  });

  it('fit leaves no tensor behind, dispose none of the index arrays', async () => {
    const { x, y } = batch(5, 4);
    const heap = engine.memory().heapBytes;
    const tensors = memory().numTensors;
    const model = sparseModel(0.4, `leak_${name}`);
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
    const fit = () => model.fit(x, y, { epochs: 2, verbose: 0, callbacks: new TopologyUpdate() });
    await fit();
    const after = memory().numTensors;
    await fit();
    expect(memory().numTensors).toBe(after);
    model.dispose();
    expect(memory().numTensors).toBeLessThanOrEqual(tensors + 2);
    expect(engine.memory().heapBytes).toBeLessThanOrEqual(heap + 64);
  });
});

describe('sparse layers', () => {
  it('move from engine to engine: weights, topologies, and what they compute', async () => {
    const simd = await startEngine('simd');
    const model = sparseModel(0.4, 'moved');
    const inputs = batch(5, 5);
    const before = values(model.predict(inputs.x)).slice();
    const [{ topology }] = sparseKernels(model).map(kernel => kernel.read());
    const artifacts = await save(model);
    // The order of the simd engine is not the canonical one: two panels.
    const stored = model.layers[0].getWeights()[3].dataSync();
    expect([...stored]).not.toEqual([...topology.indices]);
    expect([...stored].sort((a, b) => a - b)).toEqual([...topology.indices]);
    await simd.dispose();
    const cpu = await startEngine('cpu');
    const loaded = await loadLayersModel(io.fromMemory(artifacts));
    const x = batch(5, 5).x;
    assertClose('predictions', values(loaded.predict(x)), before, 'simd', 10);
    expect(sparseKernels(loaded)[0].read().topology).toEqual(topology);
    await cpu.dispose();
  });

  it('hold no array of rows x cols: built, run, trained, updated', async () => {
    const engine = await startEngine('simd');
    const size = 3000;
    const x = tensor2d(new Float32Array(2 * size).fill(0.5), [2, size]);
    const largest = largestAllocation(() => {
      const model = sequential({
        layers: [sparseLayers.dense({ name: 'wide', units: size, density: 0.001, inputShape: [size] })],
      });
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      const update = new TopologyUpdate();
      update.setModel(model);
      for (let step = 0; step < 2; step++) {
        model.optimizer.minimize(() => mean(square(model.predict(x) as Tensor)));
        update.update();
      }
    });
    const dense = 4 * size * size;
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(dense / 100);
    expect(engine.memory().peakHeapBytes).toBeLessThan(dense / 10);
    await engine.dispose();
  });

  it('say that an engine is missing, and what to do', async () => {
    await setBackend('cpu');
    expect(getBackend()).toBe('cpu');
    expect(() => sparseModel(0.5, 'early')).toThrow(
      `expected a running sparse-rnn engine behind the TensorFlow.js backend, got "cpu"; call 'await createEngine()'`,
    );
  });

  it('say which argument is out of range', async () => {
    const engine = await startEngine('cpu');
    expect(() => sparseLayers.dense({ name: 'd', units: 3, density: 0 })).toThrow(
      'a density of layer d in (0, 1], got 0',
    );
    expect(() => sparseLayers.dense({ name: 'd', units: 0, density: 1 })).toThrow(
      'units of layer d, at least 1, got 0',
    );
    expect(() => sparseLayers.recurrent({ cell: 'no', units: 3, density: 1 })).toThrow('expected a cell: lstm');
    const model = sparseModel(0.5, 'damaged');
    const [weights] = [model.layers[0].getWeights()];
    const same = weights[3].clone();
    same.dataSync().fill(7);
    model.layers[0].setWeights([weights[0], weights[1], weights[2], same, weights[4]]);
    expect(() => model.predict(batch(1, 1).x)).toThrow('got 7 twice; load or set values and indices together');
    await engine.dispose();
  });
});
