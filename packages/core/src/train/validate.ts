import { expected } from '../base/errors.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { createOptimizer, type OptimizerSettings } from '../optim/optimizer.ts';
import { validatePruning } from '../topology/schedule/pruning.ts';
import { validateSchedule } from '../topology/schedule/schedule.ts';
import type { TrainingSettings } from './types.ts';

/**
 * Checks every number and name of a training but those of its method and rules.
 *
 * @throws {InputError} Naming the first setting that is out of range.
 */
export function validateTraining(training: TrainingSettings): void {
  const { density, distribution, seed, optimizer, learningRate, decay, clip, weightDecay, loss, epochs } = training;
  const { update, prune } = training;
  requireRange('in (0, 1]', value => value > 0 && value <= 1, { density });
  requireOneOf(['uniform', 'er'], { distribution });
  requireWhole(0, { seed, 'decay.after': decay.after });
  requireSize({ learningRate, 'decay.factor': decay.factor, clip, weightDecay });
  requireOneOf(['mean', 'sum-over-time'], { loss });
  requireWhole(1, { epochs });
  validateOptimizer(optimizer);
  validateSchedule(update);
  requireSize({ 'update.growStd': update.growStd });
  requireOneOf(['free', 'keep'], { 'update.gates': update.gates });
  requireWhole(1, { 'update.scoreBlock': update.scoreBlock ?? 1 });
  if (prune !== undefined) validatePruning(prune);
}

/**
 * Checks the sizes, rates and initial ranges of a model, each by itself.
 *
 * @throws {InputError} Naming the first setting that is out of range.
 */
export function validateModel(settings: LanguageModelSettings | TextClassifierSettings): void {
  const { vocabulary, embedding, hidden, layers, depth = 1, transformBias = 0, init } = settings;
  requireWhole(1, { vocabulary, embedding, hidden, layers, depth });
  requireRange('', Number.isFinite, { transformBias });
  requireSize({
    'init.recurrent': init.recurrent ?? 0,
    'init.embedding': init.embedding,
    'init.decoder': init.decoder,
  });
  const { input, between, output } = settings.dropout;
  requireRate({ 'dropout.input': input, 'dropout.between': between, 'dropout.output': output });
  if ('classes' in settings) requireOneOf(['softmax', 'sigmoid'], { output: settings.output ?? 'softmax' });
  else {
    const { kind, word, state = 0 } = settings.dropout;
    requireRate({ 'dropout.word': word, 'dropout.state': state });
    requireOneOf(['elementwise', 'locked'], { 'dropout.kind': kind });
  }
}

/** Checks the name and the constants that the optimizer of that name reads. */
function validateOptimizer(settings: OptimizerSettings): void {
  const { name, momentum, beta1, beta2, epsilon } = settings;
  createOptimizer(settings);
  if (name === 'momentum') requireRate({ 'optimizer.momentum': momentum });
  if (name !== 'adam') return;
  requireRate({ 'optimizer.beta1': beta1, 'optimizer.beta2': beta2 });
  requireRange('above 0', value => value > 0 && Number.isFinite(value), { 'optimizer.epsilon': epsilon });
}

function requireWhole(least: number, settings: Record<string, number>): void {
  for (const [key, value] of Object.entries(settings))
    if (!(Number.isSafeInteger(value) && value >= least))
      throw expected(`a whole number of at least ${least} as ${key}`, value);
}

function requireRate(settings: Record<string, number>): void {
  requireRange('in [0, 1)', value => value >= 0 && value < 1, settings);
}

function requireSize(settings: Record<string, number>): void {
  requireRange('of at least 0', value => value >= 0 && Number.isFinite(value), settings);
}

function requireRange(range: string, inside: (value: number) => boolean, settings: Record<string, number>): void {
  for (const [key, value] of Object.entries(settings))
    if (!inside(value)) throw expected(['a number', range, `as ${key}`].filter(Boolean).join(' '), value);
}

function requireOneOf(names: readonly string[], settings: Record<string, string>): void {
  for (const [key, value] of Object.entries(settings))
    if (!names.includes(value)) throw expected(`one of ${names.join(', ')} as ${key}`, value);
}
