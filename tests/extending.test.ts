import { readFileSync } from 'node:fs';
import {
  ceilShare,
  checkMethod,
  composeMethod,
  createEngine,
  createLanguageModelTrainer,
  type DropRule,
  findMethod,
  type GrowRule,
  type Method,
  nearestZero,
  type RedistributeRule,
  registerDropRule,
  registerGrowRule,
  registerMethod,
  registerRedistributeRule,
  type SparseWeights,
  shareBy,
  type TrainingSettings,
  trainingDefaults,
  updateTopology,
} from '@sparse-rnn/core';
import { beforeAll, expect, test } from 'vitest';
import { model, roundText, training, WINDOWS } from './extending.testing.ts';

// What docs/extending.md shows, made outside of the package of nothing but its exports.

/** Rules of several methods in the place of those of `set`. */
const mixed = {
  ...trainingDefaults('set'),
  rules: { drop: 'magnitude', redistribute: 'nonzeros', grow: 'gradient' },
};

/** The same rules as a method of their own. */
const composed = composeMethod({ drop: 'magnitude', redistribute: 'nonzeros', grow: 'gradient' });

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

test('rules that exist are mixed in the settings of a training, or as a method that is registered', async () => {
  const engine = await createEngine({ engine: 'cpu' });
  const settings = { ...model, sparse: { embedding: true, recurrent: true, decoder: true } };
  const train = (training: TrainingSettings) => {
    const trainer = createLanguageModelTrainer(settings, training, roundText(3, 6), engine);
    const losses = Array.from({ length: 2 * WINDOWS + 1 }, () => trainer.step().loss);
    const { spent } = trainer;
    trainer.dispose();
    return { losses, spent };
  };
  const asMethod = { ...trainingDefaults('set'), method: 'magnitude+nonzeros+gradient' };
  expect(() => train(asMethod)).toThrow('got "magnitude+nonzeros+gradient"');
  registerMethod(composed);
  const { losses, spent } = train(asMethod);
  // Only growth by gradient takes FLOPs of its own.
  expect(spent.method).toBeGreaterThan(0);
  expect(train(mixed)).toEqual({ losses, spent });
  expect(train(trainingDefaults('set')).losses).not.toEqual(losses);
  expect(losses.at(-1)).toBeLessThan(losses[0]);
  await engine.dispose();
});

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

test('docs/extending.md shows the code of this file', () => {
  const page = readFileSync(new URL('../docs/extending.md', import.meta.url), 'utf8');
  const [section] = page.split('## A cell\n');
  const test = readFileSync(new URL(import.meta.url), 'utf8');
  const blocks = [...section.matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block.trimEnd());
  const definitions = blocks.flatMap(block => block.split('\n\n')).filter(part => part.startsWith('/**'));
  expect(definitions.length).toBe(6);
  for (const definition of definitions) expect(test).toContain(definition);
});
