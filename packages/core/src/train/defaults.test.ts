import { describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { planLanguageModel } from '../models/languageModel.ts';
import { planTextClassifier } from '../models/textClassifier.ts';
import { allocateNonzeros } from '../sparsity/densities.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { METHODS, methodNames } from '../topology/methods.ts';
import { createLanguageModelTrainer } from './create.ts';
import { LANGUAGE_MODEL_DEFAULTS, trainingDefaults } from './defaults.ts';
import type { Trainer, TrainingSettings } from './types.ts';

const STEPS = 3;
const model = { ...LANGUAGE_MODEL_DEFAULTS, vocabulary: 17, embedding: 11, hidden: 13 };

async function withTrainer(training: TrainingSettings, work: (trainer: Trainer) => void): Promise<void> {
  const engine: StartedEngine = await startEngine('cpu');
  const trainer = createLanguageModelTrainer(model, training, learnableSource(17, 4, 5, STEPS), engine);
  work(trainer);
  trainer.dispose();
  await engine.dispose();
}

/** Trains epochs that each end with one of the validation losses. */
function train(trainer: Trainer, validationLosses: number[]): number[] {
  return validationLosses.flatMap(validationLoss => {
    const losses = Array.from({ length: STEPS }, () => trainer.step().loss);
    trainer.endEpoch(validationLoss);
    return losses;
  });
}

const slotsOf = (trainer: Trainer, matrix: string) => {
  const names = Object.keys(trainer.snapshot().tensors).filter(name => name.startsWith(`${matrix}.`));
  return names.map(name => name.slice(matrix.length + 1)).filter(name => /^(m|v|momentum|average|age)$/.test(name));
};

describe.each(methodNames())('%s with its defaults', name => {
  it('has the settings that its paper prescribes, and is trained', async () => {
    const training = trainingDefaults(name);
    const { optimizer, distribution, ...update } = METHODS.get(name)!.settings ?? {};
    expect(training.method).toBe(name);
    if (optimizer !== undefined) expect(training.optimizer.name).toBe(optimizer);
    if (distribution !== undefined) expect(training.distribution).toBe(distribution);
    expect(training.update).toMatchObject(update);
    await withTrainer(training, trainer => {
      const losses = train(trainer, [3, 2, 1]);
      expect(losses.at(-1)).toBeLessThan(losses[0]);
    });
  });
});

describe('methods that prescribe settings', () => {
  it('selfish averages by SNT-ASGD once the validation loss has stopped falling', async () => {
    await withTrainer(trainingDefaults('selfish'), trainer => {
      train(trainer, [5, 4, 3, 2, 1, 6]);
      expect(slotsOf(trainer, 'lstm0.wx')).toEqual([]);
      train(trainer, [6]);
      expect(slotsOf(trainer, 'lstm0.wx').sort()).toEqual(['age', 'average']);
    });
  });

  it('hyper starts with the counts of Erdos-Renyi, set with the same density everywhere', async () => {
    for (const [method, distribution] of [
      ['hyper', 'er'],
      ['set', 'uniform'],
    ] as const) {
      await withTrainer(trainingDefaults(method), ({ matrices }) => {
        expect(matrices.map(({ nnz }) => nnz)).toEqual(allocateNonzeros({ matrices, density: 0.2, distribution }));
      });
    }
  });

  it('deepr grows as many weights as go through 0', async () => {
    await withTrainer(trainingDefaults('deepr'), trainer => {
      train(trainer, [1]);
      const { matrices } = trainer.step().topology!;
      expect(matrices.some(({ dropped }) => dropped > 0)).toBe(true);
      for (const { dropped, grown } of matrices) expect(grown).toBe(dropped);
    });
  });

  it('what a user sets wins', () => {
    const mine = { name: 'sgd', momentum: 0, beta1: 0, beta2: 0, epsilon: 1 } as const;
    expect({ ...trainingDefaults('selfish'), optimizer: mine }.optimizer).toBe(mine);
  });
});

it('initial weights of recurrent layers follow the hidden units, unless a range is given', () => {
  const ranges = (init: { recurrent?: number; embedding: number; decoder: number }) => {
    const sizes = { ...LANGUAGE_MODEL_DEFAULTS, vocabulary: 17, hidden: 200, init };
    const plans = [planLanguageModel(sizes), planTextClassifier({ ...sizes, classes: 2 })];
    return plans.map(({ matrices }) => matrices.map(({ range }) => range));
  };
  const of = (recurrent: number) => Array(2).fill([0.1, recurrent, recurrent, 0.1]);
  expect(ranges(LANGUAGE_MODEL_DEFAULTS.init)).toEqual(of(1 / Math.sqrt(200)));
  for (const recurrent of [0, 0.3])
    expect(ranges({ ...LANGUAGE_MODEL_DEFAULTS.init, recurrent })).toEqual(of(recurrent));
});

it('an unknown method is refused by its name, and defaults are nobody else’s to change', () => {
  expect(() => trainingDefaults('selfsh')).toThrow(/method.*selfish.*"selfsh"/);
  trainingDefaults().update.rate = 1;
  expect(trainingDefaults().update.rate).toBe(0.3);
  expect(trainingDefaults().method).toBe('set');
});
