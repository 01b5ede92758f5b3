import { type Optimizer, type Tensor, tensor, tidy, train, type Variable } from '@tensorflow/tfjs-core';
import { layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { methodNames, registerMethod } from '../topology/methods.ts';
import { composeMethod, registerDropRule } from '../topology/rules.ts';
import { slotsOf } from './optimizerSlots.ts';
import { sparseKernels } from './sparseKernel.ts';
import { sparseLayers } from './sparseLayers.ts';
import { TopologyUpdate } from './topologyUpdate.ts';
import { batch, copyWeights, denseModel, KERNELS_IN_TWIN, maskWeights, sparseModel, spread } from './twins.testing.ts';

const OPTIMIZERS: Record<string, { make(): Optimizer; slots: number; initial?: number }> = {
  sgd: { make: () => train.sgd(0.1), slots: 0 },
  momentum: { make: () => train.momentum(0.1, 0.9), slots: 1 },
  rmsprop: { make: () => train.rmsprop(0.01, 0.9, 0.5), slots: 2 },
  centeredRmsprop: { make: () => train.rmsprop(0.01, 0.9, 0.5, 1e-5, true), slots: 3 },
  adam: { make: () => train.adam(0.01), slots: 2 },
  adamax: { make: () => train.adamax(0.01), slots: 2 },
  adagrad: { make: () => train.adagrad(0.1, 0.2), slots: 1, initial: 0.2 },
  adadelta: { make: () => train.adadelta(0.1), slots: 2 },
};

/** Rules that keep the number of nonzeros of every matrix and grow at random. */
const KEPT = { drop: 'magnitude', redistribute: 'none', grow: 'random' };

/** Per position of every kernel: its weight and its accumulators. */
function state(model: Sequential): Map<number, number[]>[] {
  return sparseKernels(model).map(kernel => {
    const index = model.trainableWeights.findIndex(weight => kernel.trains(weight));
    const { topology, values } = kernel.read();
    const slots = slotsOf(model.optimizer, index, kernel.nnz).map(({ variable }) => kernel.toCanonical(variable));
    return new Map([...topology.indices].map((at, k) => [at, [values[k], ...slots.map(slot => slot[k])]]));
  });
}

/** The accumulators of a TensorFlow.js optimizer that this test means, by the names of its fields. */
const TWIN_FIELDS: Record<string, string[]> = {
  momentum: ['accumulations'],
  rmsprop: ['accumulatedMeanSquares', 'accumulatedMoments'],
  adam: ['accumulatedFirstMoment', 'accumulatedSecondMoment'],
};

describe.each(ENGINES)('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine?.dispose());

  it.each(Object.keys(OPTIMIZERS))(
    'an update under %s: what stays keeps its accumulators, what is new starts anew',
    async kind => {
      const { make, slots, initial = 0 } = OPTIMIZERS[kind];
      const model = sparseModel(0.4, `slots_${name}_${kind}`);
      model.compile({ optimizer: make(), loss: 'categoricalCrossentropy' });
      const { x, y } = batch(4, 1);
      for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
      const before = state(model);
      const update = new TopologyUpdate({ rate: 0.3, seed: 7 });
      update.setModel(model);
      update.update();
      const after = state(model);
      let grown = 0;
      after.forEach((kernel, k) => {
        expect(kernel.size).toBe(before[k].size);
        const kept = [...kernel].filter(([at]) => before[k].has(at));
        const fresh = [...kernel].filter(([at]) => !before[k].has(at));
        grown += fresh.length;
        // A weight that was dropped and grown again (where no other position was empty) starts anew, too.
        const reborn = kept.filter(([at, numbers]) => numbers[0] === 0 && before[k].get(at)![0] !== 0);
        const anew = new Set([...fresh, ...reborn].map(([at]) => at));
        const start = [0, ...new Array(slots).fill(Math.fround(initial))];
        expect(kernel).toEqual(new Map([...kernel.keys()].map(at => [at, anew.has(at) ? start : before[k].get(at)])));
      });
      expect(grown).toBeGreaterThan(100);
      expect(update.history[0].kernels.reduce((sum, { moved }) => sum + moved, 0)).toBeGreaterThanOrEqual(grown);
      await model.trainOnBatch(x, y);
    },
  );

  it.each(Object.keys(TWIN_FIELDS))(
    'training goes on under %s as that of a masked dense model whose new weights start anew',
    async kind => {
      const sparse = sparseModel(0.4, `goes_on_${name}_${kind}`);
      const dense = denseModel();
      copyWeights(sparse, dense);
      for (const model of [sparse, dense]) {
        model.compile({ optimizer: OPTIMIZERS[kind].make(), loss: 'categoricalCrossentropy' });
      }
      const { x, y } = batch(4, 2);
      const train = async (steps: number) => {
        for (let step = 0; step < steps; step++) {
          const losses = [await sparse.trainOnBatch(x, y), await dense.trainOnBatch(x, y)] as number[];
          assertClose(`${kind}, loss`, [losses[0]], [losses[1]], name, 100);
          maskWeights(sparse, dense);
        }
      };
      await train(3);
      const update = new TopologyUpdate({ rate: 0.5, seed: 1 });
      update.setModel(sparse);
      const old = sparseKernels(sparse).map(kernel => spread(kernel));
      update.update();
      const fields = dense.optimizer as unknown as Record<string, { variable: Variable }[]>;
      sparseKernels(sparse).forEach((kernel, k) => {
        const weights = spread(kernel);
        for (const field of TWIN_FIELDS[kind]) {
          const { variable } = fields[field][KERNELS_IN_TWIN[k]];
          // What is not an old weight that stayed starts at 0.
          const kept = variable
            .dataSync()
            .map((slot, at) => (weights[at] !== 0 && weights[at] === old[k][at] ? slot : 0));
          tidy(() => variable.assign(tensor(kept, variable.shape)));
        }
      });
      copyWeights(sparse, dense);
      await train(3);
      sparseKernels(sparse).forEach((kernel, k) => {
        const twin = (dense.getWeights()[KERNELS_IN_TWIN[k]] as Tensor).dataSync();
        // Adam and RMSProp divide by roots of squares: rounding of small gradients shows.
        assertClose(`${kind}, ${kernel.name}`, spread(kernel), twin, name, kind === 'momentum' ? 10 : 500);
      });
    },
  );
});

describe('TopologyUpdate', () => {
  let engine: StartedEngine;
  beforeEach(async () => {
    engine = await startEngine('simd', 1);
  });
  afterEach(() => engine.dispose());

  const model = (name: string) => {
    const made = sequential({ layers: [sparseLayers.dense({ name, units: 8, density: 0.3, inputShape: [8] })] });
    made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    return made;
  };
  /** 12 samples in batches of 4: 3 steps an epoch. */
  const fit = (made: Sequential, callback: TopologyUpdate, epochs: number) => {
    const x = tensor(
      new Float32Array(96).map((_, i) => ((i * 37) % 19) / 19),
      [12, 8],
    );
    return made.fit(x, x, { epochs, batchSize: 4, shuffle: false, verbose: 0, callbacks: callback });
  };
  const steps = (callback: TopologyUpdate) => callback.history.map(update => update.steps);

  it('comes between two epochs, never after the last one, and before the first of the next fit', async () => {
    const update = new TopologyUpdate({ every: 'epoch' });
    const made = model('epochs');
    await fit(made, update, 3);
    expect(steps(update)).toEqual([3, 6]);
    await fit(made, update, 2);
    expect(steps(update)).toEqual([3, 6, 9, 12]);
  });

  it('comes before every n-th step', async () => {
    const update = new TopologyUpdate({ every: 2, rate: steps => 1 / steps });
    await fit(model('steps'), update, 3);
    expect(steps(update)).toEqual([2, 4, 6, 8]);
    expect(update.history.map(({ rate }) => rate)).toEqual([1 / 2, 1 / 4, 1 / 6, 1 / 8]);
  });

  it('leaves weights that were trained to the end of every epoch', async () => {
    const made = model('trained');
    const update = new TopologyUpdate({ rate: 0.5 });
    await fit(made, update, 4);
    expect(update.history[0].kernels).toEqual([{ name: 'trained/kernel', moved: expect.any(Number) }]);
    expect(
      sparseKernels(made)[0]
        .read()
        .values.every(value => value !== 0),
    ).toBe(true);
  });

  it('repeats itself for one seed, and differs for another', async () => {
    const run = async (seed: number) => {
      const made = model('repeated');
      await fit(made, new TopologyUpdate({ seed }), 4);
      const { topology, values } = sparseKernels(made)[0].read();
      made.dispose();
      return { indices: [...topology.indices], values: [...values] };
    };
    expect(await run(1)).toEqual(await run(1));
    expect((await run(1)).indices).not.toEqual((await run(2)).indices);
  });

  it('takes the methods that are nothing but an update of the weights', () => {
    const taken = methodNames().filter(method => {
      try {
        return new TopologyUpdate({ method });
      } catch {
        return false;
      }
    });
    expect(taken).toEqual(['set']);
  });

  it('takes a registered method of such rules: one that remembers, and one that prescribes how weights grow', async () => {
    registerMethod({ ...composeMethod({ ...KEPT, drop: 'threshold' }), name: 'remembers' });
    const remembers = new TopologyUpdate({ method: 'remembers' });
    await fit(model('remembers'), remembers, 4);
    expect(steps(remembers)).toEqual([3, 6, 9]);
    const started: number[] = [];
    registerMethod({
      ...composeMethod({ ...KEPT, drop: 'set' }),
      name: 'grows',
      settings: { growStd: 5, gates: 'keep', distribution: 'er', schedule: 'constant' },
    });
    for (const options of [{}, { growStd: 0 }]) {
      const made = model('grows');
      const update = new TopologyUpdate({ method: 'grows', ...options });
      update.setModel(made);
      update.update();
      started.push(Math.max(...sparseKernels(made)[0].read().values.map(Math.abs)));
    }
    expect(started[0]).toBeGreaterThan(2);
    expect(started[1]).toBeLessThan(2);
  });

  it('refuses, when it is made, a method that it cannot run as it is meant', () => {
    const drop = { name: 'sensitivity', needs: 'momentum', select: () => ({ ranks: [] }) } as const;
    registerDropRule(drop);
    registerMethod({ ...composeMethod({ ...KEPT, drop: 'sensitivity' }), name: 'reads momentum' });
    registerMethod({ ...composeMethod(KEPT), name: 'falls', settings: { schedule: 'cosine' } });
    for (const method of ['reads momentum', 'falls', 'selfish', 'deepr', 'rigl', 'snfs', 'dense', 'gmp'])
      expect(() => new TopologyUpdate({ method }), method).toThrow(
        `expected a method for TopologyUpdate: one whose rules read the weights alone, that grows at random, keeps the number ` +
          `of nonzeros of every matrix, and prescribes neither an optimizer nor a rate that falls, got "${method}"; use 'set'`,
      );
  });

  it('says what is wrong', async () => {
    expect(() => new TopologyUpdate({ every: 0 })).toThrow("expected 'epoch' or a whole number of steps");
    expect(() => new TopologyUpdate({ rate: 2 })).toThrow('expected a removal rate in [0, 1], got 2');
    expect(() => new TopologyUpdate({ growStd: -1 })).toThrow('expected a standard deviation of at least 0, got -1');
    expect(() => new TopologyUpdate({ seed: 0.5 })).toThrow('expected a seed that is a safe integer, got 0.5');
    expect(() => new TopologyUpdate({ gates: 'none' as 'keep' })).toThrow('expected gates free or keep, got "none"');
    expect(() => new TopologyUpdate({ method: 'static' })).toThrow('expected a method for TopologyUpdate');
    expect(() => new TopologyUpdate({ method: 'nothing' })).toThrow('expected a method: dense, ');
    const plain = sequential({ layers: [layers.dense({ units: 8, inputShape: [8] })] });
    plain.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await expect(fit(plain, new TopologyUpdate({ every: 1 }), 1)).rejects.toThrow(
      'expected a model with sparse layers',
    );
    const other = model('other');
    const optimizer = train.momentum(0.1, 0.9);
    other.compile({ optimizer, loss: 'meanSquaredError' });
    await fit(other, new TopologyUpdate(), 1);
    const wider = sequential({ layers: [sparseLayers.dense({ units: 9, density: 0.3, inputShape: [8] })] });
    wider.compile({ optimizer, loss: 'meanSquaredError' });
    const update = new TopologyUpdate();
    update.setModel(wider);
    expect(() => update.update()).toThrow('it belongs to another model');
  });
});
