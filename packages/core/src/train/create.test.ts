import { expect, it } from 'vitest';
import { startEngine } from '../testing/engines.ts';
import { learnableSource, tellingSource } from '../testing/textSource.ts';
import { SHORT_TRAINING } from '../testing/training.ts';
import { METHODS } from '../topology/methods.ts';
import {
  createLanguageModelTrainer,
  createTextClassifierTrainer,
  describeLanguageModel,
  describeTextClassifier,
} from './create.ts';

const sizes = {
  vocabulary: 30,
  embedding: 12,
  hidden: 12,
  layers: 1,
  init: { recurrent: 0.1, embedding: 0.1, decoder: 0.1 },
  sparse: { embedding: true, recurrent: true, decoder: false },
};
const languageModel = {
  ...sizes,
  tied: true,
  dropout: { kind: 'locked', input: 0, between: 0, output: 0, word: 0 },
} as const;
const classifier = { ...sizes, classes: 3, bidirectional: true, dropout: { input: 0, between: 0, output: 0 } };
it('describes a training as it will be, for every method and both tasks, without making a model', async () => {
  const engine = await startEngine('cpu');
  for (const [method, { dense, startsDense }] of METHODS) {
    const settings = { ...SHORT_TRAINING, method };
    const trainers = [
      [
        describeLanguageModel(languageModel, settings),
        createLanguageModelTrainer(languageModel, settings, learnableSource(30, 2, 3, 4), engine),
      ],
      [
        describeTextClassifier(classifier, settings),
        createTextClassifierTrainer(classifier, settings, tellingSource(30, 3, 4, 4), engine),
      ],
    ] as const;
    for (const [{ parameters, flops }, trainer] of trainers) {
      // What starts dense is described at its density, where the other sparse methods begin.
      if (dense || !startsDense)
        expect({ parameters, flops }, method).toEqual({ parameters: trainer.parameters, flops: trainer.flops });
      else expect(parameters.nnz).toBeLessThan(trainer.parameters.nnz);
      trainer.dispose();
    }
  }
  await engine.dispose();
});

it('plans the FLOPs of a whole training as it then takes them, for every method', async () => {
  const engine = await startEngine('cpu');
  // An embedding of its own, and all sparse: what moves from one matrix to another changes the counts.
  const sparse = { embedding: true, recurrent: true, decoder: true };
  const model = { ...languageModel, tied: false, sparse };
  const inexact: string[] = [];
  for (const [method, { settings: own }] of METHODS) {
    for (const updates of [0, 3]) {
      const training = {
        ...SHORT_TRAINING,
        ...{ method, epochs: 4, distribution: own?.distribution ?? ('uniform' as const) },
        optimizer: { ...SHORT_TRAINING.optimizer, name: (own?.optimizer ?? 'momentum') as 'momentum' },
        update: { ...SHORT_TRAINING.update, steps: updates, stop: 0.75, growStd: own?.growStd ?? 0.01 },
        prune: { steps: updates, begin: 0.1, end: 0.6 },
      };
      const planned = describeLanguageModel(model, training).plannedFlops(5);
      if (!planned.exact && updates === 0) inexact.push(method);
      const trainer = createLanguageModelTrainer(model, training, learnableSource(30, 2, 3, 5), engine);
      for (let step = 0; step < 4 * 5; step++) trainer.step();
      const { tokens, ...spent } = trainer.spent;
      for (const part of ['training', 'method'] as const) {
        const ratio = spent[part] === 0 ? 1 + planned[part] : planned[part] / (spent[part] / tokens);
        if (!planned.exact) expect(Math.abs(ratio - 1), `${method} ${part} ${ratio}`).toBeLessThan(0.15);
        else expect(ratio, `${method} ${part}`).toBeCloseTo(1, 12);
      }
      trainer.dispose();
    }
  }
  expect(inexact).toEqual(['dsr', 'snfs', 'hyper', 'snip']);
  await engine.dispose();
});

it('describes what starts dense at the counts that pruning leaves, whatever the distribution of others', () => {
  const of = (distribution: 'uniform' | 'er') =>
    describeLanguageModel(languageModel, { ...SHORT_TRAINING, method: 'gmp', distribution }).flops;
  expect(of('er')).toEqual(of('uniform'));
});

it('tells how many parameters dense-small was to have where no size comes near it, for the run log', async () => {
  const wide = { ...languageModel, vocabulary: 3000 };
  const of = (method: string) => describeLanguageModel(wide, { ...SHORT_TRAINING, method }).parameters;
  const { total, wanted } = of('dense-small');
  expect(wanted).toBe(of('static').total);
  expect(Math.abs(total / wanted! - 1)).toBeGreaterThan(0.005);
  const engine = await startEngine('cpu');
  const settings = { ...SHORT_TRAINING, method: 'dense-small' };
  const trainer = createLanguageModelTrainer(wide, settings, learnableSource(3000, 2, 3, 4), engine);
  expect(trainer.parameters.wanted).toBe(wanted);
  trainer.dispose();
  await engine.dispose();
  const near = describeLanguageModel({ ...wide, embedding: 300, hidden: 300 }, settings);
  expect(near.parameters.wanted).toBeUndefined();
});
