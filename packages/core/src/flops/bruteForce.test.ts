import { type Scalar, tensor1d, variableGrads } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { createLanguageModel, windowLoss, zeroState } from '../models/languageModel.ts';
import type { Model } from '../models/model.ts';
import { variableOf } from '../models/parameters.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { classifierLoss, createTextClassifier } from '../models/textClassifier.ts';
import type { ReferenceWeight } from '../ops/weight.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource, tellingSource } from '../testing/textSource.ts';
import { METHODS } from '../topology/methods.ts';
import { createLanguageModelTrainer, createTextClassifierTrainer } from '../train/create.ts';
import { parametersOf } from '../train/state.ts';
import type { TrainingSettings } from '../train/types.ts';
import { countFlops, countUse, usesOf } from './count.ts';
import { methodFlops, scoreWindows } from './method.ts';
import { forget, type Pass, products } from './multiplications.testing.ts';

vi.mock('../ops/recurrentReference.ts', async original => {
  const { countRecurrent } = await import('./multiplications.testing.ts');
  return countRecurrent(await original<typeof import('../ops/recurrentReference.ts')>());
});
vi.mock('../ops/sparseMatMul/reference.ts', async original => {
  const { countMatMul } = await import('./multiplications.testing.ts');
  return countMatMul(await original<typeof import('../ops/sparseMatMul/reference.ts')>());
});

let engine: StartedEngine;
beforeAll(async () => {
  engine = await startEngine('cpu');
});
afterAll(() => engine.dispose());

const VOCABULARY = 17;
const BATCH = 3;
const STEPS = 4;
const sparse = { embedding: true, recurrent: true, decoder: true };
const init = { recurrent: 0.4, embedding: 0.5, decoder: 0.4 };
const PASSES: Pass[] = ['forward', 'inputGradient', 'weightGradient'];

const language = (cell: string, more: Partial<LanguageModelSettings> = {}): LanguageModelSettings => ({
  ...{ vocabulary: VOCABULARY, embedding: 5, hidden: 7, layers: 2, cell, init, sparse },
  dropout: { kind: 'elementwise', input: 0.1, between: 0.2, output: 0.1, word: 0.1, state: 0.2 },
  ...more,
});

const classifier = (more: Partial<TextClassifierSettings> = {}): TextClassifierSettings => ({
  ...{ vocabulary: VOCABULARY, embedding: 5, hidden: 7, layers: 2, classes: 3, init, sparse },
  dropout: { input: 0.1, between: 0.1, output: 0.1 },
  ...more,
});

const languageModels: [string, LanguageModelSettings][] = [
  ['LSTM', language('lstm')],
  ['GRU', language('gru')],
  ['tied RHN of depth 3', language('rhn', { hidden: 5, depth: 3, layers: 1, tied: true })],
];
const densities = [undefined, 0.3];
const initial = (density: number | undefined) =>
  density === undefined ? undefined : { density, distribution: 'uniform' as const };

/** Multiplications done since `forget` in products with each matrix, by its name. */
function byMatrix(model: Model, pass: Pass): Record<string, number> {
  const counts = Object.fromEntries(model.matrices.map(({ name }) => [name, 0]));
  for (const product of products) {
    if (product.pass === pass) counts[nameOf(model, product.w)] += product.multiplications;
  }
  return counts;
}

/** The matrix that a reference's operand is: the one of its positions, else of its values, else the only one of its shape. */
function nameOf({ matrices }: Model, { indices, values, rows, cols }: ReferenceWeight): string {
  const alike = matrices.filter(({ weight }) => {
    if (weight instanceof SparseMatrix) return (weight.layout as { indices?: Uint32Array }).indices === indices;
    return indices === undefined && weight.rows === rows && weight.cols === cols;
  });
  const found = alike.length === 1 ? alike : alike.filter(({ weight }) => weight.values.dataSync() === values);
  expect(found.length).toBe(1);
  return found[0].name;
}

/** What the rule says of one of the three products of a training step, in multiplications: half of its FLOPs. */
function byRule(model: Model, tokens: number, sequences: number): Record<string, number> {
  const counts = Object.fromEntries(model.matrices.map(({ name }) => [name, 0]));
  for (const { name, forward, training, per } of usesOf(model).map(countUse)) {
    expect(training).toBe(PASSES.length * forward);
    counts[name] += (forward / 2) * (per === 'token' ? tokens : sequences);
  }
  return counts;
}

/** Takes the loss without, then with its gradients, and compares all products with the rule. */
function compare(model: Model, loss: () => Scalar, tokens: number, sequences: number): void {
  const rule = byRule(model, tokens, sequences);
  forget();
  loss();
  expect(byMatrix(model, 'forward')).toEqual(rule);
  for (const pass of PASSES.slice(1))
    expect(Object.values(byMatrix(model, pass)).every(count => count === 0)).toBe(true);
  forget();
  variableGrads(loss, parametersOf(model).map(variableOf));
  for (const pass of PASSES) expect([pass, byMatrix(model, pass)]).toEqual([pass, rule]);
  const total = products.reduce((sum, product) => sum + product.multiplications, 0);
  expect(total).toBeGreaterThan(0);
  expect(total).toBe(3 * Object.values(rule).reduce((sum, count) => sum + count, 0));
}

describe.each(densities)('density %s', density => {
  it.each(languageModels)('the rule is what the float64 loops multiply, matrix by matrix: %s', (_name, settings) => {
    const model = createLanguageModel(settings, engine, 1, initial(density));
    const tokens = (offset: number) =>
      tensor1d(
        Array.from({ length: STEPS * BATCH }, (_, n) => (5 * n + offset) % VOCABULARY),
        'int32',
      );
    const loss = () => windowLoss(model, tokens(0), tokens(1), zeroState(model, BATCH), [1, 2]).loss;
    compare(model, loss, STEPS * BATCH, BATCH);
  });

  it.each([false, true])('padding multiplies nothing in a classifier, bidirectional: %s', bidirectional => {
    const model = createTextClassifier(classifier({ bidirectional }), engine, 1, initial(density));
    const lengths = Int32Array.of(STEPS, 2, 1);
    const ids = tensor1d(
      Array.from({ length: STEPS * BATCH }, (_, n) => n % VOCABULARY),
      'int32',
    );
    const loss = () => classifierLoss(model, { ids, lengths }, tensor1d([0, 2, 1], 'int32'), [1, 2]);
    compare(model, loss, STEPS + 2 + 1, BATCH);
  });
});

describe('training', () => {
  const training: TrainingSettings = {
    method: 'set',
    density: 0.3,
    distribution: 'uniform',
    seed: 5,
    optimizer: { name: 'momentum', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    learningRate: 0.2,
    decay: { factor: 1, after: 0 },
    clip: 5,
    weightDecay: 0,
    loss: 'mean',
    epochs: 3,
    // New weights other than 0, so that a factor of 0 is one of an empty position.
    update: {
      steps: 2,
      rate: 0.3,
      schedule: 'constant',
      endRate: 0,
      stop: 1,
      growStd: 0.1,
      gates: 'free',
      scoreBlock: 2 ** 20,
    },
  };
  const source = () => learnableSource(VOCABULARY, BATCH, STEPS, 3);
  const of = (pass: Pass) => products.filter(product => product.pass === pass);
  const multiplications = (list: typeof products) => list.reduce((sum, each) => sum + each.multiplications, 0);
  const byZero = (list: typeof products) => list.reduce((sum, each) => sum + each.byZero, 0);

  it.each([...METHODS.keys()])('%s: what is spent is what its steps and its scores multiply', name => {
    const settings = {
      ...training,
      method: name,
      optimizer: { ...training.optimizer, name: (METHODS.get(name)!.settings?.optimizer ?? 'momentum') as 'momentum' },
    };
    const trainer = createLanguageModelTrainer(language('lstm'), settings, source(), engine);
    const tokens = STEPS * BATCH;
    const method = METHODS.get(name)!;
    let changes = 0;
    for (let step = 0; step < 6; step++) {
      const before = { flops: trainer.flops, spent: { ...trainer.spent } };
      forget();
      const { topology } = trainer.step();
      const windows = topology === undefined ? 0 : scoreWindows(method);
      changes += topology === undefined ? 0 : 1;
      const spent = {
        training: trainer.spent.training - before.spent.training,
        method: trainer.spent.method - before.spent.method,
      };
      expect(spent.training).toBe(tokens * trainer.flops.training);
      expect(spent.method).toBe(windows * tokens * (2 * before.flops.forward + before.flops.denseForward));
      // The trainer takes scores from matrices filled up with zeros, which it multiplies too.
      const zeros = byZero(products);
      expect(2 * (multiplications(products) - zeros)).toBe(spent.training + spent.method);
      const { forward, denseForward } = before.flops;
      expect(2 * zeros).toBe(windows * tokens * 2 * (denseForward - forward));
      expect(byZero(of('forward'))).toBe(byZero(of('inputGradient')));
    }
    expect(changes > 0).toBe(method.update !== undefined || method.prune !== undefined);
    trainer.dispose();
  });

  it('the windows are counted once, however many blocks of rows the trainer takes them for', () => {
    const one = createLanguageModelTrainer(language('lstm'), { ...training, method: 'rigl' }, source(), engine);
    const update = { ...training.update, scoreBlock: 200 };
    const many = createLanguageModelTrainer(
      language('lstm'),
      { ...training, method: 'rigl', update },
      source(),
      engine,
    );
    const counts = [one, many].map(trainer => {
      for (let step = 0; step < 2; step++) trainer.step();
      forget();
      trainer.step();
      const { spent } = trainer;
      trainer.dispose();
      return { method: spent.method, forward: of('forward').length };
    });
    expect(counts[0].method).toBeGreaterThan(0);
    expect(counts[1].method).toBe(counts[0].method);
    expect(counts[1].forward).toBeGreaterThan(2 * counts[0].forward);
  });

  it.each(
    ['rigl', 'snfs'].flatMap(name => [
      { name, scoreBlock: 2 ** 20, blocks: 1 },
      { name, scoreBlock: 400, blocks: 3 },
      { name, scoreBlock: undefined, blocks: 7 },
    ]),
  )(
    '$name: the forward passes for scores take n * forward + denseForward - forward for n blocks, here $blocks; backward no more',
    ({ name, scoreBlock, blocks }) => {
      const settings = { ...training, method: name, update: { ...training.update, scoreBlock } };
      const trainer = createLanguageModelTrainer(language('lstm'), settings, source(), engine);
      for (let step = 0; step < 2; step++) trainer.step();
      const { forward, denseForward } = trainer.flops;
      const before = trainer.spent.method;
      forget();
      trainer.step();
      const tokens = STEPS * BATCH;
      const windows = scoreWindows(METHODS.get(name)!) * tokens;
      // Beside the scores there is the step itself.
      const [ahead, ...back] = PASSES.map(
        pass => (2 * multiplications(of(pass)) - tokens * trainer.flops.forward) / windows,
      );
      expect(ahead).toBe(blocks * forward + denseForward - forward);
      for (const each of back) expect(each).toBeLessThanOrEqual(ahead);
      const counted = (trainer.spent.method - before) / windows;
      expect(counted).toBe(2 * forward + denseForward);
      const executed = back.reduce((sum, each) => sum + each, ahead);
      if (blocks === 1) expect(executed).toBe(3 * denseForward);
      else expect(executed).toBeGreaterThan(2 * counted);
      trainer.dispose();
    },
  );

  it('a classifier spends by its tokens, and beside that three products of its linear layer for every text', () => {
    const texts = tellingSource(VOCABULARY, 3, 5, 2);
    const trainer = createTextClassifierTrainer(classifier(), { ...training, method: 'static' }, texts, engine);
    for (let step = 0; step < 3; step++) {
      const before = trainer.spent.training;
      forget();
      const { predictions } = trainer.step();
      const linear = 3 * trainer.flops.perSequence! * predictions;
      expect(2 * multiplications(products)).toBe(trainer.spent.training - before + linear);
    }
    const uses = trainer.flopsByUse();
    expect(uses.map(({ name, per }) => [name, per]).at(-1)).toEqual(['decoder', 'sequence']);
    const perToken = uses.filter(({ per }) => per === 'token');
    expect(perToken.reduce((sum, use) => sum + use.training, 0)).toBe(trainer.flops.training);
    trainer.dispose();
  });
});

describe('what methods take for scores', () => {
  it('rigl looks at one window for each update, snfs at ten, snip at one before the first step, all others at none', () => {
    const windows = Object.fromEntries([...METHODS.values()].map(method => [method.name, scoreWindows(method)]));
    const none = ['dense', 'dense-small', 'static', 'set', 'deepr', 'dsr', 'selfish', 'hyper', 'gmp'];
    expect(windows).toEqual({ rigl: 1, snfs: 10, snip: 1, ...Object.fromEntries(none.map(name => [name, 0])) });
  });

  it('a window takes a forward pass, the gradients of the inputs, and the gradients of all positions', () => {
    const flops = countFlops([{ name: 'decoder', role: 'decoder', rows: 10, cols: 4, nnz: 8 }]);
    expect(methodFlops(METHODS.get('rigl')!, flops)).toBe(16 + 16 + 80);
    expect(methodFlops(METHODS.get('snfs')!, flops)).toBe(10 * (16 + 16 + 80));
    expect(methodFlops(METHODS.get('set')!, flops)).toBe(0);
  });
});

describe('the count itself', () => {
  it('sees every multiplication of a product, and those by a weight of 0', async () => {
    const { addProduct, addTransposedProduct, addOuterProduct } = await import('../ops/recurrentReference.ts');
    const { matMul, matMulGradInput, matMulGradValues } = await import('../ops/sparseMatMul/reference.ts');
    const dense = { rows: 2, cols: 3, values: [1, 0, 3, 4, 5, 6] };
    const sparseWeight = { rows: 2, cols: 3, values: [1, 2], indices: Uint32Array.of(0, 5) };
    forget();
    addProduct(dense, Float64Array.of(1, 2, 3), new Float64Array(2));
    addTransposedProduct(sparseWeight, Float64Array.of(1, 2), new Float64Array(3));
    addOuterProduct(dense, Float64Array.of(1, 2), Float64Array.of(1, 2, 3), new Float64Array(6));
    matMul(dense, new Float64Array(3 * 4), 4);
    matMulGradInput(sparseWeight, new Float64Array(2 * 4), 4);
    matMulGradValues(sparseWeight, new Float64Array(2 * 4), new Float64Array(3 * 4), 4);
    expect(products.map(product => product.multiplications)).toEqual([6, 2, 6, 24, 8, 8]);
    expect(products.map(product => product.byZero)).toEqual([1, 0, 0, 4, 0, 0]);
  });
});
