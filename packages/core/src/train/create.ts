import { type Engine, requireCurrent } from '../engines/engine.ts';
import { countFlops, type FlopCount } from '../flops/count.ts';
import { type PlannedFlops, plannedFlops } from '../flops/planned.ts';
import { fewerUnits, missedSize } from '../models/denseSmall.ts';
import { createLanguageModel, planLanguageModel } from '../models/languageModel.ts';
import { countNonzeros, type InitialSparsity } from '../models/model.ts';
import type { ModelPlan } from '../models/plan.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { createTextClassifier, planTextClassifier } from '../models/textClassifier.ts';
import type { Method } from '../topology/methods/method.ts';
import { checkMethod, findMethod } from '../topology/methods.ts';
import { withRules } from '../topology/rules.ts';
import { LanguageModelTask } from './tasks/languageModelTask.ts';
import { TextClassifierTask } from './tasks/textClassifierTask.ts';
import { ModelTrainer } from './trainer.ts';
import type { TextSource, Trainer, TrainingSettings, WindowSource } from './types.ts';
import { validateModel, validateTraining } from './validate.ts';

/**
 * A language model, its optimizer and its topology method, ready to train.
 *
 * @param settings sizes, dropout and initial ranges of the model.
 * @param training method, density, optimizer, schedule.
 * @param source endless stream of training windows.
 * @param engine from `createEngine`; its TensorFlow.js backend must be the current one.
 * @throws InputError on an engine that is not the current one, an unknown method or cell, sizes that do not fit, or any
 *   setting outside the range that its doc comment gives; the message names it. Constants that the optimizer does not read
 *   are not checked.
 */
export function createLanguageModelTrainer(
  settings: LanguageModelSettings,
  training: TrainingSettings,
  source: WindowSource,
  engine: Engine,
): Trainer {
  requireCurrent(engine.name);
  const method = methodOf(training);
  const { sized, wanted } = sizesOf(settings, planLanguageModel, method, training);
  const model = createLanguageModel(sized, engine, training.seed, initialSparsity(method, training));
  const task = new LanguageModelTask(model, source, training.loss);
  return new ModelTrainer(task, sized, method, training, engine, wanted);
}

/** A text classifier likewise. @param source endless stream of training batches. @throws InputError likewise. */
export function createTextClassifierTrainer(
  settings: TextClassifierSettings,
  training: TrainingSettings,
  source: TextSource,
  engine: Engine,
): Trainer<TextSource> {
  requireCurrent(engine.name);
  const method = methodOf(training);
  const { sized, wanted } = sizesOf(settings, planTextClassifier, method, training);
  const model = createTextClassifier(sized, engine, training.seed, initialSparsity(method, training));
  return new ModelTrainer(new TextClassifierTask(model, source), sized, method, training, engine, wanted);
}

/** The method of the settings, with their own rules, once it is certain that all parts fit. */
function methodOf(training: TrainingSettings): Method {
  validateTraining(training);
  const { method: name, rules = {}, optimizer, update } = training;
  const method = withRules(findMethod(name), rules);
  checkMethod(method, { optimizer: optimizer.name, growStd: update.growStd });
  return method;
}

/** Checks the sizes and returns those that the method trains; `wanted` as in `Trainer`. */
function sizesOf<S extends LanguageModelSettings | TextClassifierSettings>(
  settings: S,
  plan: (settings: S) => ModelPlan,
  { small }: Method,
  training: TrainingSettings,
): { sized: S; wanted?: number } {
  validateModel(settings);
  if (!small) return { sized: settings };
  const sized = fewerUnits(settings, plan, training);
  return { sized, wanted: missedSize({ settings, sized }, plan, training) };
}

function initialSparsity(method: Method, { density, distribution }: TrainingSettings): InitialSparsity | undefined {
  if (method.dense) return undefined;
  return method.startsDense ? { density: 1, distribution: 'uniform' } : { density, distribution };
}

/** What is known of a training before any number of its model exists. */
export interface ModelDescription {
  /** Trained numbers with the method, and with every matrix dense; `nnz` are the weights alone; `wanted` as in `Trainer`. */
  parameters: Trainer['parameters'];
  /** FLOPs per token; of a method that starts dense, those at its density. */
  flops: FlopCount;
  /** What the whole training takes per token, with so many steps in an epoch. */
  plannedFlops(stepsPerEpoch: number): PlannedFlops;
}

/** Size and cost of a language model with a method, without making it. @throws InputError as the trainer would. */
export function describeLanguageModel(settings: LanguageModelSettings, training: TrainingSettings): ModelDescription {
  return describe(settings, planLanguageModel, training);
}

/** The same of a text classifier. */
export function describeTextClassifier(settings: TextClassifierSettings, training: TrainingSettings): ModelDescription {
  return describe(settings, planTextClassifier, training);
}

function describe<S extends LanguageModelSettings | TextClassifierSettings>(
  settings: S,
  plan: (settings: S) => ModelPlan,
  training: TrainingSettings,
): ModelDescription {
  const method = methodOf(training);
  const { sized: sizes, wanted } = sizesOf(settings, plan, method, training);
  const sized = plan(sizes);
  // Pruning leaves the same share of every matrix, whatever distribution the other sparse methods begin with.
  const { density, distribution } = method.startsDense ? { ...training, distribution: 'uniform' as const } : training;
  const countsAt = (at = density) => countNonzeros(sized, method.dense ? undefined : { density: at, distribution });
  const flopsAt = (at?: number) => {
    const counts = countsAt(at);
    const matrices = new Map(sized.matrices.map((matrix, k) => [matrix.name, { ...matrix, nnz: counts[k] }]));
    return countFlops(sized.uses.map(use => ({ ...matrices.get(use.name)!, ...use })));
  };
  const nnz = countsAt().reduce((sum, count) => sum + count, 0);
  const dense = sized.matrices.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  const biases = sized.biases.reduce((sum, { values }) => sum + values.length, 0);
  return {
    parameters: { total: nnz + biases, dense: dense + biases, nnz, ...(wanted !== undefined && { wanted }) },
    flops: flopsAt(),
    plannedFlops: stepsPerEpoch => plannedFlops(method, training, { stepsPerEpoch, epochs: training.epochs }, flopsAt),
  };
}
