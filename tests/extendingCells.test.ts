import { readFileSync } from 'node:fs';
import {
  type Cell,
  createEngine,
  createLanguageModelTrainer,
  findCell,
  randomTopology,
  registerCell,
  rng,
  SparseMatrix,
  type StartedEngine,
  sparseMatMul,
} from '@sparse-rnn/core';
import { sparseLayers } from '@sparse-rnn/core/layers';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { model as anyModel, EPOCHS, roundText, training, WINDOWS } from './extending.testing.ts';

// The cell that docs/extending.md shows, made outside of the package of nothing but its exports.

/** Elman 1990, Finding structure in time: `h_t = tanh(wx x_t + wh h_{t-1} + bias)`. */
const elman: Cell = {
  name: 'elman',
  paper: 'Elman 1990, Finding structure in time',
  description: 'simple recurrent network of tanh units',
  states: ['h'],
  stateDropout: false,
  lengths: false,
  matrices: ({ inputs, hidden }) => [
    { name: 'wx', rows: hidden, cols: inputs, gates: ['h'], input: true },
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

const model = { ...anyModel, cell: 'elman' };

beforeAll(() => registerCell(elman));

let running: StartedEngine | undefined;
/** Starts an engine in the place of the one that runs. */
async function start(engine: string): Promise<StartedEngine> {
  await stop();
  running = await createEngine({ engine, memoryBytes: 2 ** 26 });
  return running;
}
async function stop(): Promise<void> {
  await running?.dispose();
  running = undefined;
}
afterEach(stop);

/** A sparse matrix as its entries. */
function entries({ cols, indices }: { cols: number; indices: ArrayLike<number> }, values: ArrayLike<number>) {
  return Array.from(indices, (flat, k) => ({ row: Math.floor(flat / cols), col: flat % cols, value: values[k] }));
}

type Entries = ReturnType<typeof entries>;

/** The formula of `elman`, for one sequence of inputs; its outputs. */
function elmanByHand(wx: Entries, wh: Entries, bias: number[], before: number[], xs: number[][]): number[][] {
  let h = before;
  return xs.map(x => {
    const z = [...bias];
    for (const { row, col, value } of wx) z[row] += value * x[col];
    for (const { row, col, value } of wh) z[row] += value * h[col];
    h = z.map(Math.tanh);
    return h;
  });
}

function expectClose(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, k) => {
    expect(actual[k]).toBeCloseTo(value, 5);
  });
}

describe.each(['cpu', 'simd'])('a cell from outside, engine %s', name => {
  /** Trains to the end; `interrupt`: goes on after so many steps in a new trainer, from the snapshot of the first. */
  async function train(interrupt?: number) {
    const engine = await start(name);
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
    return { steps, loss, snapshot };
  }

  test('computes its formula', async () => {
    const engine = await start(name);
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
    const [wx, wh] = weights.map(weight => entries(weight.topology, weight.toCanonical(weight.values)));
    const at = (values: Float32Array, length: number, columns: number, n: number) =>
      Array.from({ length }, (_, row) => values[row * columns + n]);
    const expected = Array.from({ length: batch }, (_, b) => {
      const texts = Array.from({ length: steps }, (_, t) => at(x, inputs, steps * batch, t * batch + b));
      return elmanByHand(wx, wh, [...bias], at(h0, hidden, batch, b), texts);
    });
    const actual = y!.arraySync();
    expected.forEach((outputs, b) => {
      outputs.forEach((h, t) => {
        expectClose(
          h,
          actual.map(row => row[t * batch + b]),
        );
      });
    });
    expect(states[0].arraySync()).toEqual(y!.arraySync().map(row => row.slice(-batch)));
  });

  test.each([true, false])('is a layer of a TensorFlow.js model, all outputs: %s', async returnSequences => {
    await start(name);
    const [inputs, units, steps, batch] = [5, 7, 3, 2];
    const layer = sparseLayers.recurrent({ cell: 'elman', units, density: 0.6, seed: 1, returnSequences });
    const stream = rng(2, 'elman');
    const x = tf.tensor3d(
      Array.from({ length: steps * batch * inputs }, () => stream.normal()),
      [batch, steps, inputs],
    );
    const y = layer.apply(x) as tf.Tensor;
    const weights = Object.fromEntries(
      layer.weights.map(({ originalName }, k) => [originalName.split('/')[1], layer.getWeights()[k].dataSync()]),
    );
    expect(Object.keys(weights).sort()).toEqual(['bias', 'wh', 'wh_indices', 'wx', 'wx_indices']);
    const [wx, wh] = [
      ['wx', inputs],
      ['wh', units],
    ].map(([key, cols]) => entries({ cols: cols as number, indices: weights[`${key}_indices`] }, weights[key]));
    expect([wx.length, wh.length]).toEqual([21, 29]);
    const expected = x.arraySync().map(xs => {
      const outputs = elmanByHand(wx, wh, [...weights.bias], new Array(units).fill(0), xs);
      return returnSequences ? outputs : outputs.slice(-1);
    });
    expectClose([...y.dataSync()], expected.flat(2));
  });

  test('is sparse where it reads the layer’s input, its state, or both', async () => {
    const engine = await start(name);
    const sparseOf = (sparse: { input?: boolean; recurrent: boolean }) => {
      const settings = { ...model, sparse: { embedding: false, decoder: false, ...sparse } };
      const trainer = createLanguageModelTrainer(settings, training, roundText(3, 6), engine);
      const names = trainer.matrices.filter(matrix => matrix.sparse).map(matrix => matrix.name);
      trainer.dispose();
      return names;
    };
    expect(sparseOf({ input: true, recurrent: false })).toEqual(['elman0.wx']);
    expect(sparseOf({ input: false, recurrent: true })).toEqual(['elman0.wh']);
    expect(sparseOf({ recurrent: true })).toEqual(['elman0.wx', 'elman0.wh']);
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
  const [, section] = page.split('## A cell\n');
  const test = readFileSync(new URL(import.meta.url), 'utf8');
  const blocks = [...section.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block.trimEnd());
  const definitions = blocks.flatMap(block => block.split('\n\n')).filter(part => part.startsWith('/**'));
  expect(definitions.length).toBe(1);
  for (const definition of definitions) expect(test).toContain(definition);
});
