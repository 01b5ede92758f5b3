import { sign, type Tensor, variableGrads } from '@tensorflow/tfjs-core';
import { rng } from '../base/philox.ts';
import { type Engine, requireCurrent } from '../engines/engine.ts';
import { countFlops, countUse, type UseFlops, usesOf } from '../flops/count.ts';
import { methodFlops } from '../flops/method.ts';
import { type BatchSize, countBytes } from '../memory/count.ts';
import { type MatrixParameter, setVariable, variableOf } from '../models/parameters.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { clipFactor, createOptimizer, decayedRate } from '../optim/optimizer.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import type { Method } from '../topology/methods/method.ts';
import { Slots } from './slots.ts';
import { checkModel, loadModel, type Parameter, parametersOf, requireSame, saveModel, sizesOf } from './state.ts';
import type { DropoutKey, Task } from './tasks/task.ts';
import { TopologyControl } from './topologyControl.ts';
import type { BatchSource, Evaluation, MatrixInfo, Snapshot, StepResult, Trainer, TrainingSettings } from './types.ts';

/** Trains any task with any method; see `create.ts` for how one is made. */
export class ModelTrainer<Source extends BatchSource> implements Trainer<Source> {
  steps = 0;
  readonly spent = { tokens: 0, training: 0, method: 0 };
  private readonly optimizer;
  private readonly net;
  private readonly trained: Parameter[];
  private readonly slots: Slots;
  private readonly topology: TopologyControl<Source>;
  /** The counts that a method prunes from: those of its largest step. Every trainer starts with them, a resumed one too. */
  private readonly unpruned: readonly MatrixInfo[] | undefined;
  private bytesPerNonzero = 0;
  /** The batch of most columns so far, and of most tokens among those. */
  private largest: Required<BatchSize> = { batch: 0, steps: 0, tokens: 0 };
  private holdsLoadedModel = false;

  constructor(
    private readonly task: Task<Source>,
    private readonly settings: LanguageModelSettings | TextClassifierSettings,
    private readonly method: Method,
    private readonly training: TrainingSettings,
    private readonly engine: Engine,
    private readonly wanted?: number,
  ) {
    this.optimizer = createOptimizer(training.optimizer);
    this.net = task.model;
    this.trained = parametersOf(this.net);
    this.slots = new Slots(this.trained, this.optimizer);
    this.topology = new TopologyControl(task, this.slots, method, training, step => this.dropoutKey(step));
    this.unpruned = method.prune && this.matrices;
  }

  get matrices(): readonly MatrixInfo[] {
    return this.net.matrices.map(({ name, role, gates, weight }) => {
      const { rows, cols, nnz } = weight;
      return { name, role, rows, cols, gates, nnz, sparse: weight instanceof SparseMatrix };
    });
  }

  get parameters(): Trainer['parameters'] {
    const nnz = this.net.matrices.reduce((sum, { weight }) => sum + weight.nnz, 0);
    const dense = this.net.matrices.reduce((sum, { weight }) => sum + weight.rows * weight.cols, 0);
    const biases = this.net.biases.reduce((sum, { variable }) => sum + variable.size, 0);
    const { wanted } = this;
    return { total: nnz + biases, dense: dense + biases, nnz, ...(wanted !== undefined && { wanted }) };
  }

  get settled(): boolean {
    return this.topology.settled(this.steps);
  }

  get flops(): Trainer['flops'] {
    return countFlops(usesOf(this.net));
  }

  flopsByUse(): UseFlops[] {
    return usesOf(this.net).map(countUse);
  }

  learningRate(epoch: number): number {
    return decayedRate(this.training.learningRate, this.training.decay, epoch);
  }

  step(): StepResult {
    requireCurrent(this.engine.name);
    this.requireTrained('step');
    const { flops } = this;
    const topology = this.topology.updateIfDue(this.steps);
    const { predictions, tokens, batch, steps } = this.task.next();
    const [columns, most] = [batch * steps, this.largest.batch * this.largest.steps];
    if (columns > most || (columns === most && tokens > this.largest.tokens)) this.largest = { batch, steps, tokens };
    const epoch = 1 + Math.floor(this.steps / this.task.stepsPerEpoch);
    const key = this.dropoutKey(this.steps);
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
    this.spent.tokens += tokens;
    this.spent.training += tokens * this.flops.training;
    // Scores were taken with the weights that there were before the update.
    if (topology !== undefined) this.spent.method += tokens * methodFlops(this.method, flops);
    for (const gradient of gradients) gradient.dispose();
    this.steps++;
    const healthy = Number.isFinite(gradientNorm) ? loss : Number.NaN;
    return { loss: healthy, gradientNorm, predictions, tokens, topology };
  }

  evaluate(source: Source, tick?: (done: number, of: number) => void): Evaluation {
    requireCurrent(this.engine.name);
    return this.withAverages(() => this.task.evaluate(source, tick));
  }

  endEpoch(validationLoss: number): void {
    this.requireTrained('endEpoch');
    if (this.optimizer.observe(validationLoss)) this.slots.begin();
  }

  get averages(): boolean {
    return this.optimizer.averageSlot !== undefined;
  }

  matrixStates() {
    return this.topology.states();
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
    return this.withAverages(() => ({ tensors: saveModel(this.net), state: { sizes: sizesOf(this.net) } }));
  }

  loadModel({ tensors, state }: Snapshot): void {
    checkModel(this.net, tensors, state.sizes);
    loadModel(this.net, tensors);
    // The averages are still those of the training.
    this.holdsLoadedModel = true;
  }

  snapshot(): Snapshot {
    this.requireTrained('snapshot');
    const task = this.task.save();
    const topology = this.topology.save();
    return {
      tensors: {
        ...saveModel(this.net),
        ...this.slots.save(),
        ...task.tensors,
        ...topology.tensors,
      },
      state: {
        origin: this.origin,
        sizes: sizesOf(this.net),
        steps: this.steps,
        spent: { ...this.spent },
        largest: { ...this.largest },
        optimizer: this.optimizer.save(),
        ...topology.state,
        ...task.state,
      },
    };
  }

  restore(snapshot: Snapshot): void {
    const { tensors, state } = snapshot;
    requireSame('a training with', this.origin, state.origin);
    checkModel(this.net, tensors, state.sizes);
    this.topology.check(tensors);
    this.task.check(snapshot);
    this.loadOptimizer(snapshot);
    // All of it fits: from here on nothing is refused.
    loadModel(this.net, tensors);
    this.slots.load(tensors);
    this.task.load(snapshot);
    this.topology.load(snapshot);
    Object.assign(this.spent, state.spent);
    Object.assign(this.largest, state.largest);
    this.steps = state.steps as number;
    this.holdsLoadedModel = false;
  }

  memory(): ReturnType<Trainer['memory']> {
    const { engine, largest, unpruned: matrices = this.matrices } = this;
    const measured = { ...engine.memory(), bytesPerNonzero: this.bytesPerNonzero };
    if (largest.batch === 0 || engine.name !== 'simd') return measured;
    const slots = this.optimizer.slots.length;
    const computed = countBytes(this.settings, { ...largest, matrices, slots, threads: engine.threads });
    return { ...measured, ...(computed && { computed }) };
  }

  dispose(): void {
    for (const parameter of this.trained) {
      if ('weight' in parameter) parameter.weight.dispose();
      else parameter.variable.dispose();
    }
    this.slots.dispose();
    this.task.dispose();
  }

  /** The optimizer's own state, if its slots are there as well; else that is as it was. @throws InputError */
  private loadOptimizer({ tensors, state }: Snapshot): void {
    const before = this.optimizer.save();
    try {
      this.optimizer.load((state.optimizer ?? {}) as Record<string, unknown>);
      this.slots.check(tensors);
    } catch (error) {
      this.optimizer.load(before);
      throw error;
    }
  }

  /** What a snapshot must have been taken with, so that training can go on from it. */
  private get origin(): Record<string, unknown> {
    const { method, density, optimizer } = this.training;
    return { method, density, optimizer: optimizer.name };
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
      const w = variableOf(parameter);
      const signs = this.method.rewire && isSparse(parameter) ? sign(w) : undefined;
      this.optimizer.apply(this.engine, w, gradients[index], this.slots.of(parameter), options);
      if (signs !== undefined) this.rewire(parameter as MatrixParameter, w, signs, rate);
    });
  }

  /** The method's walk after the optimizer's step. @param signs of the weights before that step; 0: out of use. */
  private rewire({ name, weight }: MatrixParameter, w: Tensor, signs: Tensor, rate: number): void {
    const { l1, temperature } = this.method.rewire!;
    const { layout } = weight;
    const bits = rng(this.training.seed, 'rewire', name, this.steps);
    const key = [bits.uint32(), bits.uint32()] as const;
    this.engine.rewire(w, signs, { shrink: rate * l1, noise: Math.sqrt(2 * rate * temperature), key, layout });
    signs.dispose();
  }

  private requireTrained(what: string): void {
    if (!this.holdsLoadedModel) return;
    throw new Error(
      `${what}: expected the model that is being trained, got one of loadModel. Call restore(snapshot) first, with a ` +
        'snapshot from before loadModel.',
    );
  }

  private dropoutKey(step: number): DropoutKey {
    const bits = rng(this.training.seed, 'dropout', step);
    return [bits.uint32(), bits.uint32()];
  }

  /** Runs `work` with the averaged weights in the place of the weights, where the optimizer averages. */
  private withAverages<T>(work: () => T): T {
    const { averageSlot } = this.optimizer;
    if (averageSlot === undefined || this.holdsLoadedModel) return work();
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
}

function isSparse(parameter: Parameter): boolean {
  return 'weight' in parameter && parameter.weight instanceof SparseMatrix;
}
