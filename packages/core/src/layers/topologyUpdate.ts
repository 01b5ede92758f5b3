import { Callback } from '@tensorflow/tfjs-layers';
import { expected } from '../base/errors.ts';
import { rng } from '../base/philox.ts';
import type { UpdateRules } from '../topology/methods/method.ts';
import { findMethod } from '../topology/methods.ts';
import { type UpdateOptions, updateTopology, validateUpdate } from '../topology/update.ts';
import { slotsOf } from './optimizerSlots.ts';
import { sparseKernels } from './sparseKernel.ts';

/** Options of `TopologyUpdate`. */
export interface TopologyUpdateOptions {
  /**
   * A method whose rules read the weights alone, that grows at random, keeps the number of nonzeros of every matrix, and
   * prescribes neither an optimizer nor a rate that falls. Default `set`.
   */
  method?: string;
  /** Share of the weights that an update removes, in [0, 1]; or a function of the training steps taken. Default 0.3. */
  rate?: number | ((steps: number) => number);
  /** An update between every two epochs (default), or after every so many training steps. */
  every?: 'epoch' | number;
  /** Seed of all random choices. Default 0. */
  seed?: number;
  /** Standard deviation of new weights. Default: what the method prescribes, or 0: they start at 0. */
  growStd?: number;
  /**
   * Whether the gates of a stacked matrix compete for the freed budget or keep their counts. Default: what the method
   * prescribes, or `free`.
   */
  gates?: UpdateOptions['gates'];
}

/** What one update did. */
export interface TopologyUpdateRecord {
  /** Training steps before it. */
  steps: number;
  /** Removal rate p of it. */
  rate: number;
  /** Weights that moved in each kernel: as many are dropped as grown. */
  kernels: { name: string; moved: number }[];
}

/**
 * Adapts the topology of all sparse layers of a model while `fit` or `fitDataset` trains it: a callback as Keras has them.
 *
 * An update comes before a step, never after the last one, so that what is evaluated and saved at an epoch's end are
 * weights that were trained. The optimizer's accumulators (momentum, RMSProp, Adam and the others of TensorFlow.js)
 * follow the weights that stay and start anew for those that are new. The number of nonzeros never changes.
 *
 * @throws {InputError} If an option is out of range, or the method needs more than `TopologyUpdateOptions.method` says.
 * @example
 * await model.fit(x, y, { epochs: 10, callbacks: [new TopologyUpdate({ method: 'set', rate: 0.3, every: 'epoch', seed: 1 })] });
 */
export class TopologyUpdate extends Callback {
  /** All updates so far. */
  readonly history: TopologyUpdateRecord[] = [];
  private readonly rules: UpdateRules;
  private readonly rate: (steps: number) => number;
  private readonly every: 'epoch' | number;
  private readonly options: Pick<UpdateOptions, 'seed' | 'gates' | 'growStd' | 'memory'>;
  private steps = 0;
  private updatedAt = 0;

  constructor(options: TopologyUpdateOptions = {}) {
    super();
    const { method = 'set', rate = 0.3, every = 'epoch', seed = 0 } = options;
    if (every !== 'epoch' && !(Number.isInteger(every) && every >= 1)) {
      throw expected("'epoch' or a whole number of steps between topology updates, at least 1", every);
    }
    const { rules, ...prescribed } = runnable(method);
    const { growStd = prescribed.growStd, gates = prescribed.gates } = options;
    validateUpdate({ rate: typeof rate === 'number' ? rate : 0, growStd, gates });
    rng(seed); // refuses a seed that streams cannot have
    this.rules = rules;
    this.rate = typeof rate === 'number' ? () => rate : rate;
    this.every = every;
    this.options = { seed, gates, growStd, memory: {} };
  }

  override async onEpochBegin(): Promise<void> {
    if (this.every === 'epoch') this.updateOnce();
  }

  override async onBatchBegin(): Promise<void> {
    if (this.every !== 'epoch' && this.steps % this.every === 0) this.updateOnce();
  }

  override async onBatchEnd(): Promise<void> {
    this.steps++;
  }

  /** Updates the model now. `fit` does it by itself; own training loops call it after `setModel(model)`. */
  update(): void {
    const { model, rules, steps } = this;
    const kernels = sparseKernels(model);
    if (kernels.length === 0) {
      throw expected(
        'a model with sparse layers that are trained',
        'none',
        'leave the callback out, or unfreeze a layer',
      );
    }
    const { optimizer, trainableWeights: trained } = model;
    if (optimizer === undefined) throw expected('a compiled model', 'one without an optimizer', 'call compile first');
    const rate = this.rate(steps);
    const before = kernels.map(kernel => kernel.read());
    const after = updateTopology(before, rules, { ...this.options, rate, step: steps });
    kernels.forEach((kernel, k) => {
      const { topology, values, kept } = after[k];
      const index = trained.findIndex(weight => kernel.trains(weight));
      const slots = slotsOf(optimizer, index, kernel.nnz).map(slot => {
        return { ...slot, old: kernel.toCanonical(slot.variable) };
      });
      kernel.replace(topology, values);
      for (const { variable, initial, old } of slots) {
        kernel.assign(
          variable,
          Float32Array.from(kept, rank => (rank < 0 ? initial : old[rank])),
        );
      }
    });
    const moved = after.map(({ grown }, k) => ({ name: kernels[k].name, moved: grown.length }));
    this.history.push({ steps, rate, kernels: moved });
  }

  /** Not before the first step, and not twice between two steps. */
  private updateOnce(): void {
    if (this.steps === this.updatedAt) return;
    this.updatedAt = this.steps;
    this.update();
  }
}

/**
 * The rules of a method, and what it prescribes of an update. A variable keeps its size, `fit` hands no gradients out, and the
 * optimizer is the model's: other methods belong to the trainers of core.
 */
function runnable(name: string): { rules: UpdateRules } & Pick<UpdateOptions, 'gates' | 'growStd'> {
  const { update, rewire, settings = {} } = findMethod(name);
  // A layer has a density of its own, so that a prescribed distribution does not concern it.
  const { gates, growStd, distribution: _distribution, schedule = 'constant', ...others } = settings;
  const isConstant = schedule === 'constant' && Object.keys(others).length === 0;
  const keepsCounts = update?.redistribute.name === 'none' && update.grow.name === 'random';
  if (keepsCounts && isConstant && !rewire && !update.drop.needs) return { rules: update, gates, growStd };
  throw expected(
    'a method for TopologyUpdate: one whose rules read the weights alone, that grows at random, keeps the number of nonzeros ' +
      'of every matrix, and prescribes neither an optimizer nor a rate that falls',
    name,
    "use 'set', for example, or createLanguageModelTrainer for all methods",
  );
}
