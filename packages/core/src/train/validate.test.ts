import { expect, it } from 'vitest';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { SHORT_TRAINING } from '../testing/training.ts';
import { describeLanguageModel, describeTextClassifier } from './create.ts';
import { LANGUAGE_MODEL_DEFAULTS } from './defaults.ts';
import type { TrainingSettings } from './types.ts';

const languageModel: LanguageModelSettings = { ...LANGUAGE_MODEL_DEFAULTS, vocabulary: 30 };
const classifier: TextClassifierSettings = {
  ...languageModel,
  classes: 3,
  dropout: { input: 0, between: 0, output: 0 },
};

/** Settings with the one at a path, `dropout.input`, in the place of what they have there. */
function changed<S extends object>(settings: S, path: string, value: unknown): S {
  const copy = structuredClone(settings) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce((part, key) => part[key] as Record<string, unknown>, copy);
  parent[last] = value;
  return copy as S;
}

/** Values of a setting that are out of range, and what is said of each. */
interface Refused {
  bad: readonly unknown[];
  says(path: string, value: unknown): string;
}

function refuses(path: string, { bad, says }: Refused, describe: (value: unknown) => unknown): void {
  for (const value of bad) {
    expect(() => describe(value)).toThrow(expect.objectContaining({ name: 'InputError', message: says(path, value) }));
  }
}

const what = (range: string) => (path: string, value: unknown) => {
  return `expected ${range} as ${path}, got ${typeof value === 'string' ? JSON.stringify(value) : value}`;
};
const COUNT = { bad: [0, -1, 5.5, Number.NaN, undefined], says: what('a whole number of at least 1') };
const WHOLE = { bad: [-1, 0.5, Number.NaN, 2 ** 53], says: what('a whole number of at least 0') };
const RATE = { bad: [1, -0.1, Number.NaN], says: what('a number in [0, 1)') };
const SHARE = { bad: [0, 1.1, Number.NaN], says: what('a number in (0, 1]') };
const ABOVE = { bad: [0, Number.NaN, Number.POSITIVE_INFINITY], says: what('a number above 0') };
const SIZE = { bad: [-1, Number.NaN, Number.POSITIVE_INFINITY], says: what('a number of at least 0') };
const one = (...names: string[]) => ({ bad: ['sum', undefined], says: what(`one of ${names.join(', ')}`) });

const shared = {
  ...{ vocabulary: COUNT, embedding: COUNT, hidden: COUNT, layers: COUNT },
  depth: { ...COUNT, bad: COUNT.bad.slice(0, -1) },
  transformBias: { bad: [Number.NaN], says: what('a number') },
  ...{ 'dropout.input': RATE, 'dropout.between': RATE, 'dropout.output': RATE },
  ...{ 'init.recurrent': SIZE, 'init.embedding': SIZE, 'init.decoder': SIZE },
};

it.each(
  Object.entries({
    ...shared,
    ...{ 'dropout.word': RATE, 'dropout.state': RATE, 'dropout.kind': one('elementwise', 'locked') },
  }),
)('a language model is refused where %s is out of range', (path, refused) => {
  refuses(path, refused, value => describeLanguageModel(changed(languageModel, path, value), SHORT_TRAINING));
});

it.each(
  Object.entries({
    ...shared,
    classes: {
      bad: [1, 2.5, Number.NaN],
      says: (_: string, value: unknown) => `expected at least 2 classes, got ${value}`,
    },
    output: { ...one('softmax', 'sigmoid'), bad: ['sum'] },
  }),
)('a text classifier is refused where %s is out of range', (path, refused) => {
  refuses(path, refused, value => describeTextClassifier(changed(classifier, path, value), SHORT_TRAINING));
});

it.each(
  Object.entries({
    density: SHARE,
    distribution: one('uniform', 'er'),
    seed: WHOLE,
    learningRate: SIZE,
    'decay.factor': SIZE,
    'decay.after': WHOLE,
    clip: SIZE,
    weightDecay: SIZE,
    loss: one('mean', 'sum-over-time'),
    epochs: COUNT,
    'update.growStd': SIZE,
    'update.gates': one('free', 'keep'),
    'update.scoreBlock': { ...COUNT, bad: COUNT.bad.slice(0, -1) },
    'optimizer.momentum': { ...RATE, optimizer: 'momentum' },
    'optimizer.beta1': { ...RATE, optimizer: 'adam' },
    'optimizer.beta2': { ...RATE, optimizer: 'adam' },
    'optimizer.epsilon': { ...ABOVE, optimizer: 'adam' },
    'optimizer.name': {
      bad: ['rmsprop'],
      says: () => 'expected an optimizer of sgd, momentum, adam, nt-asgd, snt-asgd, got "rmsprop"',
    },
    'optimizer.nonMonotone': {
      ...{ optimizer: 'nt-asgd', bad: [-1] },
      says: () => 'expected a whole number of epochs as nonMonotone, got -1; use 5',
    },
  } as Record<string, Refused & { optimizer?: string }>),
)('a training is refused where %s is out of range', (path, { optimizer = 'sgd', ...refused }) => {
  const training = changed(SHORT_TRAINING, 'optimizer.name', optimizer);
  refuses(path, refused, value => describeLanguageModel(languageModel, changed(training, path, value)));
  refuses(path, refused, value => describeTextClassifier(classifier, changed(training, path, value)));
});

it('constants that the optimizer does not read, and limits of every range, are taken', () => {
  const training: TrainingSettings = {
    ...SHORT_TRAINING,
    ...{ density: 1, learningRate: 0, clip: 0, epochs: 1, seed: 0 },
    optimizer: { name: 'sgd', momentum: 1, beta1: Number.NaN, beta2: 2, epsilon: 0 },
  };
  const dropout = { kind: 'locked', input: 0, between: 0.99, output: 0, word: 0, state: 0 } as const;
  const model = { ...languageModel, dropout, init: { recurrent: 0, embedding: 0, decoder: 0 }, transformBias: -2 };
  expect(describeLanguageModel(model, training).parameters.nnz).toBeGreaterThan(0);
});
