import { type Tensor, variableGrads } from '@tensorflow/tfjs-core';
import { rng } from '../base/philox.ts';
import type { Engine } from '../engines/engine.ts';
import { countFlops } from '../flops/count.ts';
import { createLanguageModel } from '../models/languageModel.ts';
import type { InitialSparsity } from '../models/model.ts';
import { setVariable, variableOf } from '../models/parameters.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { createTextClassifier } from '../models/textClassifier.ts';
import { clipFactor, createOptimizer, decayedRate } from '../optim/optimizer.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { findMethod } from '../topology/methods.ts';
import { removalRate, updateDue } from '../topology/schedule/schedule.ts';
import { LanguageModelTask } from './languageModelTask.ts';
import { Slots } from './slots.ts';
import { loadModel, type Parameter, parametersOf, saveModel } from './state.ts';
import type { Task } from './task.ts';
import { TextClassifierTask } from './textClassifierTask.ts';
import { TopologyTracker } from './topologyTracker.ts';
import type {
  BatchSource,
  Evaluation,
  MatrixInfo,
  Snapshot,
  StepResult,
  TextSource,
  Trainer,
  TrainingSettings,
  WindowSource,
} from './types.ts';
import { updateModelTopology } from './updateTopology.ts';

/**
 * A language model, its optimizer and its topology method, ready to train.
 *
 * @param settings sizes, dropout and initial ranges of the model.
 * @param training method, density, optimizer, schedule.
 * @param source endless stream of training windows.
 * @param engine from `createEngine`; its TensorFlow.js backend must be the current one.
 * @throws InputError on an unknown method or cell, sizes that do not fit, or a density outside (0, 1].
 */
export function createLanguageModelTrainer(
  settings: LanguageModelSettings,
  training: TrainingSettings,
  source: WindowSource,
  engine: Engine,
): Trainer {
  const model = createLanguageModel(settings, engine, training.seed, initialSparsity(training));
  return new ModelTrainer(new LanguageModelTask(model, source, training.loss), training, engine);
}

/** A text classifier likewise. @param source endless stream of training batches. */
export function createTextClassifierTrainer(
  settings: TextClassifierSettings,
  training: TrainingSettings,
  source: TextSource,
  engine: Engine,
): Trainer<TextSource> {
  const model = createTextClassifier(settings, engine, training.seed, initialSparsity(training));
  return new ModelTrainer(new TextClassifierTask(model, source), training, engine);
}

function initialSparsity({ method, density, distribution }: TrainingSettings): InitialSparsity | undefined {
  return findMethod(method).dense ? undefined : { density, distribution };
}

class ModelTrainer<Source extends BatchSource> implements Trainer<Source> {
  steps = 0;
  readonly matrices: readonly MatrixInfo[];
  readonly parameters: Trainer['parameters'];
  readonly flops: Trainer['flops'];
  private readonly method;
  private readonly optimizer;
  private readonly net;
  private readonly trained: Parameter[];
  private readonly slots: Slots;
  private readonly tracker: TopologyTracker;
  private bytesPerNonzero = 0;

  constructor(
    private readonly task: Task<Source>,
    private readonly training: TrainingSettings,
    private readonly engine: Engine,
  ) {
    this.method = findMethod(training.method);
    this.optimizer = createOptimizer(training.optimizer);
    this.net = task.model;
    this.trained = parametersOf(this.net);
    this.slots = new Slots(this.trained, this.optimizer);
    this.matrices = this.net.matrices.map(({ name, role, gates, weight }) => {
      const { rows, cols, nnz } = weight;
      return { name, role, rows, cols, gates, nnz, sparse: weight instanceof SparseMatrix };
    });
    this.tracker = new TopologyTracker(this.net, training.seed, this.method.update !== undefined);
    const nnz = this.matrices.reduce((sum, matrix) => sum + matrix.nnz, 0);
    const dense = this.matrices.reduce((sum, matrix) => sum + matrix.rows * matrix.cols, 0);
    const biases = this.net.biases.reduce((sum, { variable }) => sum + variable.size, 0);
    this.parameters = { total: nnz + biases, dense: dense + biases, nnz };
    this.flops = countFlops(
      this.net.uses.map(use => ({ ...this.matrices.find(({ name }) => name === use.name)!, ...use })),
    );
  }

  learningRate(epoch: number): number {
    return decayedRate(this.training.learningRate, this.training.decay, epoch);
  }

  step(): StepResult {
    const topology = this.updateTopologyIfDue();
    const { predictions, tokens } = this.task.next();
    const epoch = 1 + Math.floor(this.steps / this.task.stepsPerEpoch);
    const bits = rng(this.training.seed, 'dropout', this.steps);
    const key = [bits.uint32(), bits.uint32()] as const;

    const { value, grads } = variableGrads(() => this.task.loss(key), this.trained.map(variableOf));
    const loss = value.dataSync()[0];
    value.dispose();
    this.task.commit();

    const gradients = this.trained.map(parameter => grads[variableOf(parameter).name]);
    const { lossScale } = this.task;
    const squares = gradients.reduce((sum, gradient) => sum + this.engine.sumSquares(gradient), 0);
    const gradientNorm = lossScale * Math.sqrt(squares);
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
      this.apply(gradients, this.learningRate(epoch), lossScale * clipFactor(gradientNorm, this.training.clip));
    }
    this.measureWeights();
    for (const gradient of gradients) gradient.dispose();
    this.steps++;
    const healthy = Number.isFinite(gradientNorm) ? loss : Number.NaN;
    return { loss: healthy, gradientNorm, predictions, tokens, topology };
  }

  evaluate(source: Source, tick?: (done: number, of: number) => void): Evaluation {
    return this.withAverages(() => this.task.evaluate(source, tick));
  }

  endEpoch(validationLoss: number): void {
    if (this.optimizer.observe(validationLoss)) this.slots.begin();
  }

  matrixStates() {
    return this.tracker.states(this.net);
  }

  picture(matrix: string, size: number): { rows: number; cols: number; active: number[] } {
    const { weight } = this.net.matrices.find(({ name }) => name === matrix)!;
    const rows = Math.min(size, weight.rows);
    const cols = Math.min(size, weight.cols);
    const active: number[] = [];
    if (weight instanceof SparseMatrix) {
      for (const flat of weight.topology.indices) {
        const row = Math.floor(flat / weight.cols);
        if (row >= rows) break;
        if (flat % weight.cols < cols) active.push(row * cols + (flat % weight.cols));
      }
    } else for (let position = 0; position < rows * cols; position++) active.push(position);
    return { rows, cols, active };
  }

  model(): Snapshot {
    return this.withAverages(() => ({ tensors: saveModel(this.net), state: {} }));
  }

  loadModel(snapshot: Snapshot): void {
    loadModel(this.net, snapshot.tensors);
  }

  snapshot(): Snapshot {
    const task = this.task.save();
    return {
      tensors: {
        ...saveModel(this.net),
        ...this.slots.save(),
        ...task.tensors,
        ...this.tracker.save(),
      },
      state: { steps: this.steps, optimizer: this.optimizer.save(), ...task.state },
    };
  }

  restore(snapshot: Snapshot): void {
    const { tensors, state } = snapshot;
    loadModel(this.net, tensors);
    this.optimizer.load((state.optimizer ?? {}) as Record<string, unknown>);
    this.slots.load(tensors);
    this.task.load(snapshot);
    this.tracker.load(tensors);
    this.steps = state.steps as number;
  }

  memory(): { heapBytes: number; peakHeapBytes: number; bytesPerNonzero: number } {
    return { ...this.engine.memory(), bytesPerNonzero: this.bytesPerNonzero };
  }

  dispose(): void {
    for (const parameter of this.trained) {
      if ('weight' in parameter) parameter.weight.dispose();
      else parameter.variable.dispose();
    }
    this.slots.dispose();
    this.task.dispose();
  }

  /** Bytes of all weight matrices as they stand after a gradient step, when second copies of the values exist. */
  private measureWeights(): void {
    let bytes = 0;
    let nonzeros = 0;
    for (const { weight } of this.net.matrices) {
      nonzeros += weight.nnz;
      // Values, gradient and optimizer slots, beside what the layout itself holds.
      bytes += 4 * weight.nnz * (2 + this.optimizer.slots.length) + (weight.layout?.bytes ?? 0);
    }
    this.bytesPerNonzero = bytes / nonzeros;
  }

  private apply(gradients: Tensor[], rate: number, scale: number): void {
    const options = { rate, scale, decay: this.training.weightDecay, step: this.steps + 1 };
    this.trained.forEach((parameter, index) => {
      this.optimizer.apply(this.engine, variableOf(parameter), gradients[index], this.slots.of(parameter), options);
    });
  }

  /** Runs `work` with the averaged weights in the place of the weights, where the optimizer averages. */
  private withAverages<T>(work: () => T): T {
    const { averageSlot } = this.optimizer;
    if (averageSlot === undefined) return work();
    const weights = this.trained.map(variableOf);
    for (const parameter of this.trained) setVariable(parameter, this.slots.named(parameter, averageSlot)!);
    try {
      return work();
    } finally {
      this.trained.forEach((parameter, index) => {
        setVariable(parameter, weights[index]);
      });
    }
  }

  private updateTopologyIfDue(): StepResult['topology'] {
    const { training, task, steps } = this;
    const length = { stepsPerEpoch: task.stepsPerEpoch, epochs: training.epochs };
    if (this.method.update === undefined || !updateDue(training.update, length, steps)) return undefined;
    const rate = removalRate(training.update, length, steps);
    const updates = updateModelTopology(this.net, this.slots, this.method, training, steps, rate);
    this.tracker.add(this.net);
    const states = this.tracker.states(this.net);
    return {
      rate,
      matrices: updates.map(update => ({ ...states.find(({ name }) => name === update.name)!, ...update })),
    };
  }
}
