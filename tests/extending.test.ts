import { readFileSync } from 'node:fs';
import {
  type Cell,
  ceilShare,
  checkMethod,
  composeMethod,
  createEngine,
  createLanguageModelTrainer,
  type DropRule,
  findCell,
  findMethod,
  type GrowRule,
  type LanguageModelSettings,
  type Method,
  nearestZero,
  type RedistributeRule,
  randomTopology,
  registerCell,
  registerDropRule,
  registerGrowRule,
  registerMethod,
  registerRedistributeRule,
  rng,
  SparseMatrix,
  type SparseWeights,
  shareBy,
  sparseMatMul,
  type TrainingSettings,
  updateTopology,
  type WindowSource,
} from '@sparse-rnn/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

// What docs/extending.md shows, made outside of the package of nothing but its exports.

/** Removes the weights whose product with their smoothed gradient is least: the loss depends least on them. */
const sensitivity: DropRule = {
  name: 'sensitivity',
  needs: 'momentum',
  select(matrices, rate) {
    const ranks = matrices.map(({ values, momentum }) => {
      const products = values.map((value, rank) => value * momentum![rank]);
      return nearestZero([products], ceilShare(rate, values.length))[0];
    });
    return { ranks };
  },
};

/** More to matrices that have more empty positions. */
const room: RedistributeRule = {
  name: 'room',
  share: matrices => shareBy(matrices, ({ topology: { rows, cols, indices } }) => rows * cols - indices.length),
};

/** Grows at the empty positions of lowest flat index, those just dropped among them. */
const first: GrowRule = {
  name: 'first',
  grow({ topology, from, count }) {
    const taken = new Set(topology.indices);
    const grown = new Uint32Array(count);
    for (let position = from, at = 0; at < count; position++) if (!taken.has(position)) grown[at++] = position;
    return grown;
  },
};

/** Sensitivity-driven rewiring (our own, to show how a method is made). */
const sensitive: Method = {
  name: 'sensitive',
  paper: '',
  description: 'drops the weights of least sensitivity, and grows where there is room',
  dense: false,
  startsDense: false,
  update: { drop: sensitivity, redistribute: room, grow: first },
};

/** Elman 1990, Finding structure in time: `h_t = tanh(wx x_t + wh h_{t-1} + bias)`. */
const elman: Cell = {
  name: 'elman',
  paper: 'Elman 1990, Finding structure in time',
  description: 'simple recurrent network of tanh units',
  states: ['h'],
  stateDropout: false,
  lengths: false,
  matrices: ({ inputs, hidden }) => [
    { name: 'wx', rows: hidden, cols: inputs, gates: ['h'] },
    { name: 'wh', rows: hidden, cols: hidden, gates: ['h'] },
  ],
  biases: ({ hidden }) => [{ name: 'bias', values: new Float32Array(hidden) }],
  run({ x, states: [before], weights: [wx, wh], biases: [bias] }) {
    const steps = x.shape[1] / before.shape[1];
    const outputs: tf.Tensor2D[] = [];
    let h = before;
    for (const fromInput of tf.split(sparseMatMul(wx, x, bias), steps, 1)) {
      h = tf.tanh(tf.add(fromInput, sparseMatMul(wh, h)));
      outputs.push(h);
    }
    return { y: tf.concat(outputs, 1), states: [h] };
  },
};

const matrices: SparseWeights[] = [
  {
    name: 'A',
    topology: { rows: 2, cols: 4, indices: Uint32Array.of(0, 3, 5, 7) },
    values: Float32Array.of(0.5, -0.1, 0.3, -0.4),
    momentum: Float32Array.of(0.1, 2, 0.1, 1),
    gates: 1,
  },
  {
    name: 'B',
    topology: { rows: 2, cols: 8, indices: Uint32Array.of(1, 3, 4, 7) },
    values: Float32Array.of(0.1, 0.2, -0.6, 0.05),
    momentum: Float32Array.of(1, 1, 0.1, 1),
    gates: 1,
  },
];

beforeAll(() => {
  registerDropRule(sensitivity);
  registerRedistributeRule(room);
  registerGrowRule(first);
  registerMethod(sensitive);
  registerCell(elman);
});

test('a method from outside is found by its name, and updates a topology', () => {
  const [a, b] = updateTopology(matrices, findMethod('sensitive').update!, { rate: 0.5, seed: 1, step: 100 });
  // |w m|: .05, .2, .03, .4 and .1, .2, .06, .05; six and fourteen positions are empty, so four weights go 1.2 : 2.8
  expect([[...a.dropped], [...b.dropped]]).toEqual([
    [0, 5],
    [4, 7],
  ]);
  expect([[...a.grown], [...b.grown]]).toEqual([[0], [0, 2, 4]]);
  expect([...a.topology.indices]).toEqual([0, 3, 7]);
  expect([...b.values]).toEqual([0, 0.1, 0, 0.2, 0].map(Math.fround));
});

test('what a rule from outside needs is checked before training starts, and at an update', () => {
  expect(() => checkMethod(sensitive, { optimizer: 'sgd' })).toThrow('choose momentum or adam');
  const [{ momentum, ...plain }] = matrices;
  expect(() => updateTopology([plain], sensitive.update!, { rate: 0.5, seed: 1, step: 1 })).toThrow(
    'expected a smoothed gradient of each weight of A, which sensitivity reads, got "none"',
  );
});

test('a rule from outside mixes with those of the package, by name', () => {
  const method = composeMethod({ drop: 'sensitivity', redistribute: 'none', grow: 'random' });
  const updated = updateTopology(matrices, method.update!, { rate: 0.5, seed: 1, step: 100 });
  expect(updated.map(({ dropped }) => [...dropped])).toEqual([
    [0, 5],
    [4, 7],
  ]);
  expect(updated.map(({ topology }) => topology.indices.length)).toEqual([4, 4]);
});

const WINDOWS = 10;
const EPOCHS = 8;

/** A text in which every second word follows from the two before it: 0 1 0 2 0 3 0 1 ... */
function roundText(batch: number, window: number): WindowSource {
  const word = (n: number) => (n % 2 === 0 ? 0 : 1 + (Math.floor(n / 2) % 3));
  let [epoch, step] = [0, 0];
  return {
    batch,
    window,
    stepsPerEpoch: WINDOWS,
    next() {
      if (step === WINDOWS) [epoch, step] = [epoch + 1, 0];
      const at = (offset: number) =>
        Int32Array.from({ length: window * batch }, (_, n) => {
          return word((n % batch) + step * window + Math.floor(n / batch) + offset);
        });
      const newEpoch = step++ === 0;
      return { inputs: at(0), targets: at(1), newEpoch };
    },
    position: () => ({ epoch, step }),
    seek(position) {
      ({ epoch, step } = position);
    },
  };
}

const model: LanguageModelSettings = {
  ...{ cell: 'elman', vocabulary: 4, embedding: 6, hidden: 12, layers: 1 },
  dropout: { kind: 'elementwise', input: 0, between: 0, output: 0.05, word: 0 },
  init: { recurrent: 0.4, embedding: 0.5, decoder: 0.4 },
  sparse: { embedding: false, recurrent: true, decoder: false },
};
const training: TrainingSettings = {
  ...{ method: 'set', density: 0.5, distribution: 'uniform', seed: 1, epochs: EPOCHS, loss: 'mean', clip: 1 },
  optimizer: { name: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ learningRate: 0.03, decay: { factor: 1, after: 0 }, weightDecay: 0 },
  update: { steps: 0, rate: 0.3, schedule: 'cosine', endRate: 0.01, stop: 1, growStd: 0, gates: 'free' },
};

test.each(['cpu', 'simd'])(
  'a method from outside trains a model and rewires it by its rules, engine %s',
  async name => {
    const engine = await createEngine({ engine: name, memoryBytes: 2 ** 26 });
    const settings = { ...model, sparse: { embedding: true, recurrent: true, decoder: true } };
    const trainer = createLanguageModelTrainer(settings, { ...training, method: 'sensitive' }, roundText(3, 6), engine);
    const { nnz } = trainer.parameters;
    const before = trainer.matrices.map(matrix => matrix.nnz);
    const losses = [];
    let updates = 0;
    for (let step = 0; step < 3 * WINDOWS; step++) {
      const { loss, topology } = trainer.step();
      losses.push(loss);
      if (topology === undefined) continue;
      updates++;
      expect(trainer.parameters.nnz).toBe(nnz);
      const { tensors } = trainer.snapshot();
      for (const { name, dropped, grown } of topology.matrices) {
        expect([name, dropped > 0]).toEqual([name, true]);
        // Those of lowest index grow, so that many positions at the start are taken.
        expect([...tensors[`${name}.indices`].data.subarray(0, grown)]).toEqual([...new Array(grown).keys()]);
      }
    }
    expect(updates).toBe(2);
    expect(trainer.matrices.map(matrix => matrix.nnz)).not.toEqual(before);
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]);
    trainer.dispose();
    await engine.dispose();
  },
);

describe.each(['cpu', 'simd'])('a cell from outside, engine %s', name => {
  /** Trains to the end; `interrupt`: goes on after so many steps in a new trainer, from the snapshot of the first. */
  async function train(interrupt?: number) {
    const engine = await createEngine({ engine: name, memoryBytes: 2 ** 26 });
    const create = () => createLanguageModelTrainer(model, training, roundText(3, 6), engine);
    let trainer = create();
    const steps = [];
    for (let step = 0; step < EPOCHS * WINDOWS; step++) {
      if (step === interrupt) {
        const { tensors, state } = structuredClone(trainer.snapshot());
        trainer.dispose();
        trainer = create();
        trainer.restore({ tensors, state: JSON.parse(JSON.stringify(state)) });
      }
      steps.push(trainer.step());
    }
    const { loss } = trainer.evaluate(roundText(2, 6));
    const snapshot = structuredClone(trainer.snapshot());
    trainer.dispose();
    await engine.dispose();
    return { steps, loss, snapshot };
  }

  test('computes its formula', async () => {
    const engine = await createEngine({ engine: name, memoryBytes: 2 ** 26 });
    const stream = rng(1, 'elman');
    const random = (count: number) => Float32Array.from({ length: count }, () => stream.normal());
    const [inputs, hidden, steps, batch] = [5, 7, 3, 2];
    const weights = elman.matrices({ inputs, hidden, depth: 1 }).map(({ rows, cols }) => {
      return new SparseMatrix(engine, randomTopology(rows, cols, 20, stream), random(20));
    });
    const [x, h0, bias] = [random(inputs * steps * batch), random(hidden * batch), random(hidden)];
    const { y, states } = findCell('elman').run({
      x: tf.tensor2d(x, [inputs, steps * batch]),
      states: [tf.tensor2d(h0, [hidden, batch])],
      weights,
      biases: [tf.tensor1d(bias)],
    });
    let h = Array.from({ length: batch }, (_, b) => Array.from({ length: hidden }, (_, row) => h0[row * batch + b]));
    const [wx, wh] = weights.map(({ topology, values, toCanonical }, k) => {
      const canonical = toCanonical.call(weights[k], values);
      return Array.from(topology.indices, (flat, rank) => {
        return { row: Math.floor(flat / topology.cols), col: flat % topology.cols, value: canonical[rank] };
      });
    });
    for (let t = 0; t < steps; t++) {
      h = h.map((last, b) => {
        const z = Array.from(bias);
        for (const { row, col, value } of wx) z[row] += value * x[col * steps * batch + t * batch + b];
        for (const { row, col, value } of wh) z[row] += value * last[col];
        return z.map(Math.tanh);
      });
      const actual = y!.arraySync();
      h.forEach((column, b) => {
        column.forEach((value, row) => {
          expect(actual[row][t * batch + b]).toBeCloseTo(value, 5);
        });
      });
    }
    expect(states[0].arraySync()).toEqual(y!.arraySync().map(row => row.slice(-batch)));
    await engine.dispose();
  });

  test('is trained, and its matrices are updated', async () => {
    const { steps, loss } = await train();
    // Who knows one word alone cannot fall below log(3) / 2 = .549.
    expect(steps[0].loss).toBeGreaterThan(1);
    expect(loss).toBeLessThan(0.3);
    const updates = steps.flatMap(({ topology }) => (topology ? [topology.matrices] : []));
    expect(updates.length).toBe(EPOCHS - 1);
    for (const matrices of updates) {
      expect(matrices.map(({ name, nnz }) => [name, nnz])).toEqual([
        ['elman0.wx', 36],
        ['elman0.wh', 72],
      ]);
      for (const { dropped, grown } of matrices) expect([dropped > 0, grown]).toEqual([true, dropped]);
    }
  });

  test('is resumed bit by bit, within an epoch and across topology updates', async () => {
    const whole = await train();
    for (const interrupt of [4, WINDOWS, 33]) expect(await train(interrupt)).toEqual(whole);
  });
});

test('docs/extending.md shows the code of this file', () => {
  const page = readFileSync(new URL('../docs/extending.md', import.meta.url), 'utf8');
  const test = readFileSync(new URL(import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block.trimEnd());
  const definitions = blocks.flatMap(block => block.split('\n\n')).filter(part => part.startsWith('/**'));
  expect(definitions.length).toBe(5);
  for (const definition of definitions) expect(test).toContain(definition);
});
