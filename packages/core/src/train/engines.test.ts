import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { hashTopology } from '../sparsity/topologyOps.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { learnableSource, tellingSource } from '../testing/textSource.ts';
import { SLACK } from '../testing/tolerances.ts';
import { METHODS } from '../topology/methods.ts';
import { createLanguageModelTrainer, createTextClassifierTrainer } from './create.ts';
import type { Trainer, TrainingSettings } from './types.ts';

const VOCABULARY = 21;
const STEPS = 8;
const EPOCHS = 4;
const shared = {
  vocabulary: VOCABULARY,
  embedding: 9,
  hidden: 12,
  layers: 1,
  init: { recurrent: 0.5, embedding: 0.7, decoder: 0.5 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};
const languageModel: LanguageModelSettings = {
  ...shared,
  dropout: { kind: 'locked', input: 0.1, between: 0, output: 0.1, word: 0.02 },
};
const classifier: TextClassifierSettings = {
  ...shared,
  classes: 3,
  bidirectional: true,
  dropout: { input: 0.1, between: 0, output: 0.1 },
};
const training: TrainingSettings = {
  method: 'set',
  density: 0.4,
  distribution: 'er',
  seed: 4,
  optimizer: { name: 'momentum', momentum: 0.8, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 0.2,
  decay: { factor: 0.7, after: 2 },
  clip: 1,
  weightDecay: 1e-5,
  loss: 'mean',
  epochs: EPOCHS,
  update: { steps: 0, rate: 0.3, schedule: 'cosine', endRate: 0.05, stop: 1, growStd: 0, gates: 'free' },
};

/** A whole training: every epoch's last loss and validation, and all topologies at the end. */
interface Course {
  losses: number[];
  validation: number[];
  confusion?: number[][];
  topologies: string[];
}

function train(trainer: Omit<Trainer, 'evaluate'>, evaluate: () => { loss: number; confusion?: number[][] }): Course {
  const losses: number[] = [];
  const validation: number[] = [];
  let confusion: number[][] | undefined;
  for (let step = 1; step <= EPOCHS * STEPS; step++) {
    losses.push(trainer.step().loss);
    if (step % STEPS !== 0) continue;
    const result = evaluate();
    validation.push(result.loss);
    confusion = result.confusion;
    trainer.endEpoch(result.loss);
  }
  const { tensors } = trainer.model();
  const topologies = trainer.matrices.map(({ name, rows, cols }) => {
    const indices = tensors[`${name}.indices`]?.data as Uint32Array | undefined;
    return indices === undefined ? 'dense' : hashTopology({ rows, cols, indices });
  });
  trainer.dispose();
  return { losses, validation, confusion, topologies };
}

type Started = Awaited<ReturnType<typeof startEngine>>;

/** A language model with a method, and with the settings that the method prescribes. */
function languageModelling(method: string): (engine: Started) => Course {
  const { optimizer = 'momentum', growStd = 0 } = METHODS.get(method)!.settings ?? {};
  const settings = {
    ...training,
    method,
    optimizer: { ...training.optimizer, name: optimizer as 'momentum', nonMonotone: 0 },
    update: { ...training.update, growStd },
  };
  return engine => {
    const source = () => learnableSource(VOCABULARY, 5, 6, STEPS);
    const trainer = createLanguageModelTrainer(languageModel, settings, source(), engine);
    return train(trainer, () => trainer.evaluate(source()));
  };
}

const TASKS: Record<string, (engine: Started) => Course> = {
  ...Object.fromEntries([...METHODS.keys()].map(method => [`a language model, ${method}`, languageModelling(method)])),
  'a bidirectional classifier with momentum growth': engine => {
    const source = () => tellingSource(VOCABULARY, 3, 7, STEPS);
    const trainer = createTextClassifierTrainer(classifier, { ...training, method: 'snfs' }, source(), engine);
    return train(trainer, () => trainer.evaluate(source()));
  },
};

describe.each(Object.keys(TASKS))('%s: a whole training', task => {
  let reference: Course;
  beforeAll(async () => {
    const engine = await startEngine('cpu');
    reference = TASKS[task](engine);
    await engine.dispose();
  });

  describe.each(ENGINES.filter(name => name !== 'cpu'))('engine %s', name => {
    let engine: Awaited<ReturnType<typeof startEngine>>;
    beforeAll(async () => {
      engine = await startEngine(name);
    });
    afterAll(() => engine?.dispose());

    it('has the losses and topologies of the float64 references', () => {
      const course = TASKS[task](engine);
      assertClose('losses', course.losses, reference.losses, name, SLACK.training);
      assertClose('validation', course.validation, reference.validation, name, SLACK.training);
      expect(course.topologies).toEqual(reference.topologies);
      expect(course.confusion).toEqual(reference.confusion);
      expect(reference.validation.at(-1)).toBeLessThan(reference.validation[0]);
    });
  });
});
