import { tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { TextClassifierSettings } from '../models/settings.ts';
import { classifierLoss, createTextClassifier } from '../models/textClassifier.ts';
import { startEngine } from '../testing/engines.ts';
import { tellingSource } from '../testing/textSource.ts';
import { createTextClassifierTrainer } from './create.ts';
import type { TrainingSettings } from './types.ts';

const VOCABULARY = 30;
const STEPS = 8;
const model: TextClassifierSettings = {
  vocabulary: VOCABULARY,
  embedding: 10,
  hidden: 14,
  layers: 1,
  classes: 3,
  dropout: { input: 0.05, between: 0.05, output: 0.1 },
  init: { recurrent: 0.4, embedding: 0.7, decoder: 0.4 },
  sparse: { embedding: true, recurrent: true, decoder: false },
};
const training: TrainingSettings = {
  method: 'set',
  density: 0.4,
  distribution: 'uniform',
  seed: 3,
  optimizer: { name: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 0.03,
  decay: { factor: 1, after: 0 },
  clip: 5,
  weightDecay: 0,
  loss: 'mean',
  epochs: 100,
  update: { steps: 5, rate: 0.2, schedule: 'constant', endRate: 0, stop: 0.3, growStd: 0, gates: 'free' },
};
const source = (classes = 3) => tellingSource(VOCABULARY, classes, 9, STEPS);

const MODELS: Record<string, Partial<TextClassifierSettings>> = {
  lstm: {},
  gru: { cell: 'gru' },
  'two lstm layers, both directions': { layers: 2, bidirectional: true },
  'gru, both directions, sigmoid': { cell: 'gru', bidirectional: true, classes: 2, output: 'sigmoid' },
};

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

async function train(
  settings: Partial<TextClassifierSettings>,
  steps: number,
  { threads = 1, interrupt = -1, name = 'simd', method = 'set' } = {},
) {
  engine = await startEngine(name, threads);
  const whole = { ...model, ...settings };
  const create = () => {
    return createTextClassifierTrainer(whole, { ...training, method }, source(whole.classes), engine!);
  };
  let trainer = create();
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (step === interrupt) {
      const snapshot = structuredClone(trainer.snapshot());
      trainer.dispose();
      trainer = create();
      trainer.restore(snapshot);
    }
    losses.push(trainer.step().loss);
  }
  const evaluation = trainer.evaluate(source(whole.classes));
  const outcome = { losses, evaluation, snapshot: structuredClone(trainer.snapshot()), flops: trainer.flops };
  trainer.dispose();
  await engine.dispose();
  engine = undefined;
  return outcome;
}

describe.each(Object.entries(MODELS))('%s', (_name, settings) => {
  it.each(['dense', 'set'])('%s learns to tell texts apart, and says which it confused', async method => {
    const { evaluation } = await train(settings, 240, { method });
    const { confusion, predictions, loss } = evaluation;
    expect(predictions).toBe(STEPS * 9 - 2);
    expect(confusion!.flat().reduce((sum, count) => sum + count, 0)).toBe(predictions);
    const hits = confusion!.reduce((sum, row, k) => sum + row[k], 0);
    expect(hits / predictions).toBeGreaterThan(0.9);
    expect(loss).toBeLessThan(0.4);
  });

  it('resumes bit-exactly, across topology updates and within an epoch', async () => {
    const whole = await train(settings, 14);
    for (const interrupt of [3, 5, 10]) expect(await train(settings, 14, { interrupt })).toEqual(whole);
  });

  it('does the same with 1, 2 and 4 threads, and follows the cpu engine', async () => {
    const one = await train(settings, 8);
    for (const threads of [2, 4]) expect(await train(settings, 8, { threads })).toEqual(one);
    const reference = await train(settings, 8, { name: 'cpu' });
    one.losses.forEach((loss, step) => {
      expect(Math.abs(loss - reference.losses[step])).toBeLessThan(1e-4);
    });
  });
});

describe('a classifier', () => {
  it('counts the FLOPs of a token, and those of a text apart', async () => {
    const { flops } = await train({}, 1, { method: 'dense' });
    expect(flops.forward).toBe(2 * (56 * 10 + 56 * 14));
    expect(flops.perSequence).toBe(2 * 3 * 14);
  });

  it('never reads what is behind the end of a text', async () => {
    engine = await startEngine('simd');
    const net = createTextClassifier({ ...model, bidirectional: true, layers: 2 }, engine, 1);
    const { lengths, labels, ids } = source().next();
    const batch = lengths.length;
    const loss = (padding: number) =>
      tidy(() => {
        const filled = ids.map((id, n) => (Math.floor(n / batch) < lengths[n % batch] ? id : padding));
        return classifierLoss(
          net,
          { ids: tensor1d(filled, 'int32'), lengths },
          tensor1d(labels, 'int32'),
          null,
        ).dataSync()[0];
      });
    expect(loss(29)).toBe(loss(0));
  });

  it('that is evaluated on the batches of its training goes on with the next of them', async () => {
    engine = await startEngine('cpu');
    const texts = source();
    const trainer = createTextClassifierTrainer(model, training, texts, engine);
    for (let step = 0; step < 3; step++) trainer.step();
    const position = texts.position();
    trainer.evaluate(texts);
    expect(texts.position()).toEqual(position);
    trainer.dispose();
  });

  it('of equal scores the first class is told', async () => {
    engine = await startEngine('cpu');
    const trainer = createTextClassifierTrainer(model, training, source(), engine);
    const { tensors } = trainer.model();
    const told = (bias: number[]) => {
      const even = { ...tensors.decoder, data: new Float32Array(tensors.decoder.data.length) };
      const biased = { ...tensors['decoder.bias'], data: Float32Array.from(bias) };
      trainer.loadModel({ tensors: { ...tensors, decoder: even, 'decoder.bias': biased }, state: {} });
      const { confusion, predictions } = trainer.evaluate(source());
      const columns = bias.map((_, k) => confusion!.reduce((sum, row) => sum + row[k], 0));
      return columns.map(count => count / predictions);
    };
    expect(told([0, 0, 0])).toEqual([1, 0, 0]);
    expect(told([0, 1, 1])).toEqual([0, 1, 0]);
    trainer.dispose();
  });

  it.each<[Partial<TextClassifierSettings>, RegExp]>([
    [{ cell: 'rhn' }, /cell that reads texts of different lengths: lstm or gru, got "rhn"/],
    [{ output: 'sigmoid' }, /expected 2 classes for a sigmoid output, got 3/],
    [{ classes: 1 }, /at least 2 classes, got 1/],
    [{ cell: 'lstn' }, /a cell: lstm, gru, rhn.*"lstn"/],
  ])('%j is refused', async (settings, message) => {
    engine = await startEngine('cpu');
    expect(() => createTextClassifier({ ...model, ...settings }, engine!, 1)).toThrow(message);
  });
});
