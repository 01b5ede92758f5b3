import type { LanguageModelSettings } from '../models/settings.ts';
import { learnableSource } from '../testing/textSource.ts';
import { SHORT_TRAINING } from '../testing/training.ts';
import type { TrainingSettings } from './types.ts';

// A small training that several test files begin from.

export const VOCABULARY = 23;
export const model: LanguageModelSettings = {
  vocabulary: VOCABULARY,
  embedding: 12,
  hidden: 20,
  layers: 2,
  dropout: { kind: 'elementwise', input: 0.1, between: 0.1, output: 0.1, word: 0.02 },
  init: { recurrent: 0.3, embedding: 0.5, decoder: 0.3 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};
export const training: TrainingSettings = {
  ...SHORT_TRAINING,
  density: 0.4,
  distribution: 'uniform',
  seed: 3,
  optimizer: { ...SHORT_TRAINING.optimizer, name: 'sgd' },
  learningRate: 1,
  decay: { factor: 0.9, after: 2 },
  clip: 5,
  weightDecay: 1e-6,
  loss: 'sum-over-time',
  epochs: 4,
  update: { ...SHORT_TRAINING.update, schedule: 'cosine', endRate: 0.01, growStd: 0 },
};
export const STEPS = 10;
export const source = () => learnableSource(VOCABULARY, 5, 7, STEPS);
