import { type Scalar, type Tensor, tensor1d, tidy, type Variable, variableGrads } from '@tensorflow/tfjs-core';
import { rng } from '../base/philox.ts';
import type { Engine } from '../engines/engine.ts';
import { countFlops } from '../flops/count.ts';
import { createLanguageModel } from '../models/createLanguageModel.ts';
import { disposeState, matricesOf, type RecurrentState, windowLoss, zeroState } from '../models/languageModel.ts';
import { denseVariable, variableOf } from '../models/parameters.ts';
import { clipFactor, createOptimizer, decayedRate } from '../optim/optimizer.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { findMethod } from '../topology/methods.ts';
import { removalRate, updateDue } from '../topology/schedule/schedule.ts';
import {
  find,
  loadModel,
  loadSlots,
  type Parameter,
  parametersOf,
  type Slots,
  saveModel,
  saveRecurrent,
  saveSlots,
} from './state.ts';
import { TopologyTracker } from './topologyTracker.ts';
import type {
  LanguageModelSettings,
  MatrixInfo,
  Snapshot,
  StepResult,
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
 * @throws InputError on an unknown method or a density outside (0, 1].
 */
export function createLanguageModelTrainer(
  settings: LanguageModelSettings,
  training: TrainingSettings,
  source: WindowSource,
  engine: Engine,
): Trainer {
  return new LanguageModelTrainer(settings, training, source, engine);
}

class LanguageModelTrainer implements Trainer {
  steps = 0;
  readonly matrices: readonly MatrixInfo[];
  readonly parameters: Trainer['parameters'];
  readonly flops: Trainer['flops'];
  private readonly method;
  private readonly optimizer;
  private readonly net;
  private readonly trained: Parameter[];
  private readonly slots: Slots = new Map();
  private readonly tracker: TopologyTracker;
  private state: RecurrentState;
  private bytesPerNonzero = 0;

  constructor(
    settings: LanguageModelSettings,
    private readonly training: TrainingSettings,
    private readonly source: WindowSource,
    private readonly engine: Engine,
  ) {
    const { density, distribution, seed } = training;
    this.method = findMethod(training.method);
    this.optimizer = createOptimizer(training.optimizer);
    this.net = createLanguageModel(settings, engine, seed, this.method.dense ? undefined : { density, distribution });
    this.trained = parametersOf(this.net);
    for (const parameter of this.trained) this.slots.set(parameter.name, this.freshSlots(variableOf(parameter)));
    this.state = zeroState(this.net, source.batch);
    this.matrices = matricesOf(this.net).map(({ name, role, gates, weight }) => {
      const { rows, cols, nnz } = weight;
      return { name, role, rows, cols, gates, nnz, sparse: weight instanceof SparseMatrix };
    });
    this.tracker = new TopologyTracker(this.net, seed, this.method.update !== undefined);
    const nnz = this.matrices.reduce((sum, matrix) => sum + matrix.nnz, 0);
    const dense = this.matrices.reduce((sum, matrix) => sum + matrix.rows * matrix.cols, 0);
    const biases = this.trained.reduce((sum, each) => sum + ('weight' in each ? 0 : each.variable.size), 0);
    this.parameters = { total: nnz + biases, dense: dense + biases, nnz };
    this.flops = countFlops(this.matrices);
  }

  learningRate(epoch: number): number {
    return decayedRate(this.training.learningRate, this.training.decay, epoch);
  }

  step(): StepResult {
    const topology = this.updateTopologyIfDue();
    const window = this.source.next();
    if (window.newEpoch) this.carry(zeroState(this.net, this.source.batch));
    const epoch = 1 + Math.floor(this.steps / this.source.stepsPerEpoch);
    const bits = rng(this.training.seed, 'dropout', this.steps);
    const key = [bits.uint32(), bits.uint32()] as const;

    let next: RecurrentState | undefined;
    const { value, grads } = variableGrads(() => {
      const inputs = tensor1d(window.inputs, 'int32');
      const targets = tensor1d(window.targets, 'int32');
      const result = windowLoss(this.net, inputs, targets, this.state, key);
      next = result.state;
      return result.loss;
    }, this.trained.map(variableOf));
    const loss = value.dataSync()[0];
    value.dispose();
    this.carry(next!);

    const gradients = this.trained.map(parameter => grads[variableOf(parameter).name]);
    const lossScale = this.training.loss === 'sum-over-time' ? this.source.window : 1;
    const squares = gradients.reduce((sum, gradient) => sum + this.engine.sumSquares(gradient), 0);
    const gradientNorm = lossScale * Math.sqrt(squares);
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
      this.apply(gradients, this.learningRate(epoch), lossScale * clipFactor(gradientNorm, this.training.clip));
    }
    this.measureWeights();
    for (const gradient of gradients) gradient.dispose();
    this.steps++;
    const healthy = Number.isFinite(gradientNorm) ? loss : Number.NaN;
    return { loss: healthy, gradientNorm, tokens: window.targets.length, topology };
  }

  evaluate(source: WindowSource, tick?: (done: number, of: number) => void): { loss: number; tokens: number } {
    let state = zeroState(this.net, source.batch);
    let total = 0;
    let tokens = 0;
    source.seek({ epoch: 0, step: 0 });
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      const window = source.next();
      const loss = tidy(() => {
        const inputs = tensor1d(window.inputs, 'int32');
        const targets = tensor1d(window.targets, 'int32');
        const result = windowLoss(this.net, inputs, targets, state, null);
        disposeState(state);
        state = result.state;
        return (result.loss as Scalar).dataSync()[0];
      });
      total += loss * window.targets.length;
      tokens += window.targets.length;
      tick?.(step + 1, source.stepsPerEpoch);
    }
    disposeState(state);
    return { loss: total / tokens, tokens };
  }

  matrixStates() {
    return this.tracker.states(this.net);
  }

  picture(matrix: string, size: number): { rows: number; cols: number; active: number[] } {
    const { weight } = matricesOf(this.net).find(({ name }) => name === matrix)!;
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
    return { tensors: saveModel(this.net), state: {} };
  }

  loadModel(snapshot: Snapshot): void {
    loadModel(this.net, snapshot.tensors);
  }

  snapshot(): Snapshot {
    return {
      tensors: {
        ...saveModel(this.net),
        ...saveSlots(this.trained, this.slots, this.optimizer.slots),
        ...saveRecurrent(this.state),
        ...this.tracker.save(),
      },
      state: { steps: this.steps, position: this.source.position() },
    };
  }

  restore({ tensors, state }: Snapshot): void {
    loadModel(this.net, tensors);
    loadSlots(this.trained, this.slots, this.optimizer.slots, tensors);
    const load = (name: string, like: Tensor) => {
      return denseVariable(find(tensors, name, 'F32').data as Float32Array, like.shape);
    };
    this.carry({
      h: this.state.h.map((like, layer) => load(`state.h${layer}`, like) as unknown as RecurrentState['h'][0]),
      c: this.state.c.map((like, layer) => load(`state.c${layer}`, like) as unknown as RecurrentState['c'][0]),
    });
    this.tracker.load(tensors);
    this.steps = state.steps as number;
    this.source.seek(state.position as { epoch: number; step: number });
  }

  memory(): { heapBytes: number; peakHeapBytes: number; bytesPerNonzero: number } {
    return { ...this.engine.memory(), bytesPerNonzero: this.bytesPerNonzero };
  }

  dispose(): void {
    for (const parameter of this.trained) {
      if ('weight' in parameter) parameter.weight.dispose();
      else parameter.variable.dispose();
      for (const slot of this.slots.get(parameter.name)!) slot.dispose();
    }
    disposeState(this.state);
  }

  /** Bytes of all weight matrices as they stand after a gradient step, when second copies of the values exist. */
  private measureWeights(): void {
    let bytes = 0;
    let nonzeros = 0;
    for (const { weight } of matricesOf(this.net)) {
      nonzeros += weight.nnz;
      // Values, gradient and optimizer slots, beside what the layout itself holds.
      bytes += 4 * weight.nnz * (2 + this.optimizer.slots.length) + (weight.layout?.bytes ?? 0);
    }
    this.bytesPerNonzero = bytes / nonzeros;
  }

  private carry(next: RecurrentState): void {
    disposeState(this.state);
    this.state = next;
  }

  private apply(gradients: Tensor[], rate: number, scale: number): void {
    const options = { rate, scale, decay: this.training.weightDecay, step: this.steps + 1 };
    this.trained.forEach((parameter, index) => {
      const slots = this.slots.get(parameter.name)!;
      this.optimizer.apply(this.engine, variableOf(parameter), gradients[index], slots, options);
    });
  }

  private freshSlots(variable: Variable): Variable[] {
    return this.optimizer.slots.map(() => denseVariable(new Float32Array(variable.size), variable.shape));
  }

  private updateTopologyIfDue(): StepResult['topology'] {
    const { training, source, steps } = this;
    const length = { stepsPerEpoch: source.stepsPerEpoch, epochs: training.epochs };
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
