import { variableGrads } from '@tensorflow/tfjs-core';
import type { MatrixParameter } from '../models/parameters.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import type { RuleMemory } from '../topology/drop/rule.ts';
import type { SparseWeights, UpdatedMatrix } from '../topology/matrix.ts';
import type { Method } from '../topology/methods/method.ts';
import { pruneTopology } from '../topology/prune/prune.ts';
import { DEFAULT_PRUNING, pruneDue, pruneProgress } from '../topology/schedule/pruning.ts';
import { removalRate, updateDue } from '../topology/schedule/schedule.ts';
import { updateTopology } from '../topology/update.ts';
import { largestScores } from './largestScores.ts';
import type { Slots } from './slots.ts';
import type { DropoutKey, Task } from './tasks/task.ts';
import { TopologyTracker } from './topologyTracker.ts';
import type { BatchSource, MatrixState, Snapshot, TopologyUpdate, TrainingSettings } from './types.ts';

/**
 * The topologies of a model in training: asks the schedule whether the method has something to do before a step, has it
 * done, moves weights and optimizer slots, and keeps account.
 */
export class TopologyControl<Source extends BatchSource> {
  /** What drop rules remember between updates. */
  private memory: Record<string, RuleMemory> = {};
  private readonly tracker: TopologyTracker;
  private readonly sparse: readonly MatrixParameter[];

  constructor(
    private readonly task: Task<Source>,
    private readonly slots: Slots,
    private readonly method: Method,
    private readonly training: TrainingSettings,
    private readonly keyAt: (step: number) => DropoutKey,
  ) {
    this.sparse = task.model.matrices.filter(({ weight }) => weight instanceof SparseMatrix);
    this.tracker = new TopologyTracker(task.model, training.seed, Boolean(method.update ?? method.prune));
  }

  /** The topology update that is due before a step, if one is. @param steps gradient steps taken so far. */
  updateIfDue(steps: number): TopologyUpdate | undefined {
    const { update, prune } = this.method;
    const length = { stepsPerEpoch: this.task.stepsPerEpoch, epochs: this.training.epochs };
    if (update !== undefined && updateDue(this.training.update, length, steps)) {
      const rate = removalRate(this.training.update, length, steps);
      return { rate, matrices: this.move(this.updated(steps, rate)) };
    }
    if (prune === undefined) return undefined;
    const schedule = this.training.prune ?? DEFAULT_PRUNING;
    const due = prune.when === 'start' ? steps === 0 : pruneDue(schedule, length, steps);
    if (!due) return undefined;
    const progress = prune.when === 'start' ? 1 : pruneProgress(schedule, length, steps);
    const weights = this.weights(prune.needs === 'gradient' ? this.gradients(steps) : undefined);
    const pruned = pruneTopology(weights, prune, { density: this.training.density, progress });
    const [before, dropped] = [weights, pruned].map(each => {
      return each.reduce((sum, matrix) => sum + ('dropped' in matrix ? matrix.dropped : matrix.values).length, 0);
    });
    return { rate: before === 0 ? 0 : dropped / before, matrices: this.move(pruned) };
  }

  /** Whether a method that prunes has come to its density; true for all others. @param steps gradient steps taken so far. */
  settled(steps: number): boolean {
    const { prune } = this.method;
    if (prune === undefined) return true;
    const length = { stepsPerEpoch: this.task.stepsPerEpoch, epochs: this.training.epochs };
    // An update comes before the step that reports it.
    const before = steps - 1;
    if (prune.when === 'start') return before >= 0;
    return before >= 0 && pruneProgress(this.training.prune ?? DEFAULT_PRUNING, length, before) === 1;
  }

  states(): MatrixState[] {
    return this.tracker.states(this.task.model);
  }

  save(): Snapshot {
    return { tensors: this.tracker.save(), state: { memory: this.memory } };
  }

  /** @throws InputError if a snapshot does not have what is kept of the topologies. */
  check(tensors: Snapshot['tensors']): void {
    this.tracker.read(tensors);
  }

  load({ tensors, state }: Snapshot): void {
    this.tracker.load(tensors);
    this.memory = (state.memory ?? {}) as Record<string, RuleMemory>;
  }

  private updated(steps: number, rate: number): UpdatedMatrix[] {
    const { seed, update, optimizer } = this.training;
    const { gates, growStd, regrow, scoreBlock } = update;
    const beta = optimizer.name === 'adam' ? optimizer.beta1 : optimizer.momentum;
    const keyAt = (k: number) => this.keyAt(steps + k);
    const largest = largestScores(this.task, { keyAt, beta, block: scoreBlock });
    const options = { rate, seed, step: steps, gates, growStd, regrow, largest, memory: this.memory };
    return updateTopology(this.weights(), this.method.update!, options);
  }

  /** All sparse matrices in canonical order, as rules see them. */
  private weights(gradients?: readonly Float32Array[]): SparseWeights[] {
    const { update } = this.method;
    const needsMomentum = update?.drop.needs === 'momentum' || update?.redistribute.needs === 'momentum';
    return this.sparse.map((parameter, index) => {
      const weight = parameter.weight as SparseMatrix;
      const smoothed = this.slots.named(parameter, 'momentum') ?? this.slots.named(parameter, 'm');
      return {
        name: parameter.name,
        topology: weight.topology,
        values: weight.toCanonical(weight.values),
        gates: parameter.gates.length,
        ...(needsMomentum && smoothed && { momentum: weight.toCanonical(smoothed) }),
        ...(gradients && { gradient: gradients[index] }),
      };
    });
  }

  /** The gradient of every weight on the batch to come, canonical order. The training stands afterwards where it stood. */
  private gradients(steps: number): Float32Array[] {
    const goBack = this.task.mark();
    this.task.next();
    const variables = this.sparse.map(({ weight }) => weight.values);
    const { value, grads } = variableGrads(() => this.task.loss(this.keyAt(steps)), variables);
    value.dispose();
    this.task.commit();
    goBack();
    return this.sparse.map(({ weight }) => {
      const gradient = grads[weight.values.name];
      const canonical = (weight as SparseMatrix).toCanonical(gradient);
      gradient.dispose();
      return canonical;
    });
  }

  /** Puts the weights and slots of every sparse matrix where the update wants them. */
  private move(updated: readonly UpdatedMatrix[]): TopologyUpdate['matrices'] {
    this.sparse.forEach((parameter, index) => {
      const { topology, values, kept } = updated[index];
      this.slots.move(parameter, kept, values, () => (parameter.weight as SparseMatrix).replace(topology, values));
    });
    this.tracker.add(this.task.model);
    const states = this.states();
    return this.sparse.map(({ name }, index) => ({
      ...states.find(state => state.name === name)!,
      dropped: updated[index].dropped.length,
      grown: updated[index].grown.length,
    }));
  }
}
