import type { LanguageModelSettings } from '../models/settings.ts';
import { findMethod } from '../topology/methods.ts';
import type { TrainingSettings } from './types.ts';

/**
 * A small language model: one LSTM layer of 96 units, all its weight matrices sparse. With `trainingDefaults()` it learns a
 * text of some ten thousand words in seconds; the recipes of papers are the presets of `@sparse-rnn/experiments`.
 *
 * @example
 * const settings = { ...LANGUAGE_MODEL_DEFAULTS, vocabulary: 10_000, embedding: 200, hidden: 200 };
 */
export const LANGUAGE_MODEL_DEFAULTS: Readonly<Omit<LanguageModelSettings, 'vocabulary'>> = {
  cell: 'lstm',
  embedding: 96,
  hidden: 96,
  layers: 1,
  // A small text is soon known by heart.
  dropout: { kind: 'elementwise', input: 0.1, between: 0, output: 0.1, word: 0 },
  // That of the recurrent layers follows the hidden units.
  init: { embedding: 0.1, decoder: 0.1 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};

/**
 * How a fifth of the weights is trained for five epochs with a method: what its paper prescribes (`Method.settings`), and
 * for the rest what suits a small model. To be spread and changed: what you write after it wins.
 *
 * Adam with a learning rate of 0.005 unless the method prescribes another optimizer: plain gradient descent, averaged or
 * not, gets 10. An average begins after the seventh epoch at the earliest (`nonMonotone`, default 5), so that `selfish` wants
 * more epochs, and `endEpoch` to be called after each.
 *
 * @param method name of a registered method. Default `set`.
 * @returns A new object each time, its parts too.
 * @throws {InputError} If there is no such method; the message lists the valid names.
 * @example
 * const training = { ...trainingDefaults('selfish'), density: 0.1, epochs: 20 };
 */
export function trainingDefaults(method = 'set'): TrainingSettings {
  const { optimizer = 'adam', distribution = 'uniform', ...update } = findMethod(method).settings ?? {};
  return {
    method,
    density: 0.2,
    distribution,
    seed: 1,
    // Adam gets furthest in few steps.
    optimizer: { name: optimizer, momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    learningRate: optimizer === 'adam' ? 0.005 : 10,
    decay: { factor: 1, after: 0 },
    clip: 1,
    weightDecay: 0,
    loss: 'mean',
    epochs: 5,
    // After every epoch; the cosine ends where that of Selfish-RNN does (Liu et al. 2021).
    update: { steps: 0, rate: 0.3, schedule: 'cosine', endRate: 0.005, stop: 1, growStd: 0, gates: 'free', ...update },
  };
}
