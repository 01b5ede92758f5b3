import type { LanguageModelSettings } from '../models/settings.ts';
import type { TrainingSettings } from './types.ts';

/**
 * A small language model: one LSTM layer of 96 units, all its weight matrices sparse. With `TRAINING_DEFAULTS` it learns a
 * text of some ten thousand words in seconds; the recipes of papers are the presets of `@sparse-rnn/experiments`.
 *
 * @example
 * const settings = { ...LANGUAGE_MODEL_DEFAULTS, vocabulary: 10_000, hidden: 200 };
 */
export const LANGUAGE_MODEL_DEFAULTS: Readonly<Omit<LanguageModelSettings, 'vocabulary'>> = {
  cell: 'lstm',
  embedding: 96,
  hidden: 96,
  layers: 1,
  // A small text is soon known by heart.
  dropout: { kind: 'elementwise', input: 0.1, between: 0, output: 0.1, word: 0 },
  // The nearest decimal to 1 / sqrt(hidden).
  init: { recurrent: 0.1, embedding: 0.1, decoder: 0.1 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};

/**
 * Sparse evolutionary training of a fifth of the weights for five epochs, to be spread and changed.
 *
 * @example
 * const training = { ...TRAINING_DEFAULTS, method: 'rigl', density: 0.1 };
 */
export const TRAINING_DEFAULTS: Readonly<TrainingSettings> = {
  method: 'set',
  density: 0.2,
  distribution: 'uniform',
  seed: 1,
  // Adam gets furthest in few steps.
  optimizer: { name: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 0.005,
  decay: { factor: 1, after: 0 },
  clip: 1,
  weightDecay: 0,
  loss: 'mean',
  epochs: 5,
  // After every epoch; the cosine ends where that of Selfish-RNN does (Liu et al. 2021).
  update: { steps: 0, rate: 0.3, schedule: 'cosine', endRate: 0.005, stop: 1, growStd: 0, gates: 'free' },
};
