import { type Tensor, tensor1d, type Variable } from '@tensorflow/tfjs-core';
import { rng } from '../base/philox.ts';
import type { Engine } from '../engines/engine.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { createOptimizer, moveSlot, type Optimizer, type OptimizerSettings, startSlot } from './optimizer.ts';

/** Wider than a panel of the simd engine, so that its layout's order is not the canonical one. */
export const ROWS = 5;
export const COLS = 600;
export const EPOCHS = 9;
export const STEPS_PER_EPOCH = 7;

/** With n = 2 the trigger fires at the end of epoch 5: 3.1 is above 3, the smallest of 4, 3. */
export const LOSSES = [4, 3, 3.5, 2.9, 3.1, 9, 1, 1, 1];
export const FIRES_AFTER_EPOCH = 5;
/** Topology updates after these epochs, so before and after the trigger; one comes right after it. */
export const UPDATES_AFTER = [2, 5, 7];

export const SETTINGS: Omit<OptimizerSettings, 'name'> = {
  momentum: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  nonMonotone: 2,
};

/** What a step is taken with. The scale changes as clipping makes it change. */
export function stepOptions(step: number, rate: number): { rate: number; scale: number; decay: number; step: number } {
  return { rate, scale: step % 3 === 0 ? 0.5 : 1, decay: 0.01, step };
}

/** The gradient of a weight: a bowl around its own minimum, and noise of its own in every step. */
export function gradientAt(position: number, step: number, w: number): number {
  return w - Math.sin(position) + Math.sin(1.3 * position + 2.1 * step);
}

/** The positions, strictly ascending, after so many updates: each replaces about a third; many come back later. */
export function positionsAfter(updates: number): Uint32Array {
  const stream = rng(11, 'positions', updates);
  const all = Array.from({ length: ROWS * COLS }, (_, position) => position);
  return Uint32Array.from(all.filter(position => position % 31 === 0 || stream.float() < 0.05));
}

/** Value of a weight at the start, and of one that an update puts in. */
export function valueAt(position: number, updates: number): number {
  return Math.fround(updates === 0 ? Math.cos(position) : 0.25 + 0.1 * Math.cos(position));
}

/** What an engine's run ends with, in canonical order. */
export interface Outcome {
  positions: Uint32Array;
  weights: Float32Array;
  slots: Record<string, Float32Array>;
  state: string;
}

/** One sparse matrix under an optimizer, as a trainer would hold it. */
export class Training {
  private readonly matrix: SparseMatrix;
  private slots: Variable[];
  private steps = 0;
  private updates = 0;

  constructor(
    private readonly engine: Engine,
    private readonly settings: OptimizerSettings,
    private readonly rate: number,
    private optimizer: Optimizer = createOptimizer(settings),
  ) {
    const indices = positionsAfter(0);
    const values = Float32Array.from(indices, position => valueAt(position, 0));
    this.matrix = new SparseMatrix(engine, { rows: ROWS, cols: COLS, indices }, values);
    this.slots = this.begin('start');
  }

  /** Trains for some epochs. After each, `interrupted` replaces the optimizer by one that was saved and loaded as JSON. */
  run(epochs: number, interrupted = false): void {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      for (let step = 0; step < STEPS_PER_EPOCH; step++) this.step();
      if (this.optimizer.observe(LOSSES[epoch - 1])) this.slots.push(...this.begin('trigger'));
      if (UPDATES_AFTER.includes(epoch)) this.update();
      if (interrupted) {
        const state = JSON.stringify(this.optimizer.save());
        this.optimizer = createOptimizer(this.settings);
        this.optimizer.load(JSON.parse(state));
      }
    }
  }

  outcome(): Outcome {
    const slots = this.optimizer.slots.map((name, k) => [name, this.matrix.toCanonical(this.slots[k])]);
    return {
      positions: this.matrix.topology.indices,
      weights: this.canonical(),
      slots: Object.fromEntries(slots),
      state: JSON.stringify(this.optimizer.save()),
    };
  }

  dispose(): void {
    this.matrix.dispose();
    for (const slot of this.slots) slot.dispose();
  }

  private canonical(tensor: Tensor = this.matrix.values): Float32Array {
    return this.matrix.toCanonical(tensor);
  }

  private begin(from: 'start' | 'trigger'): Variable[] {
    const begun = this.optimizer.allSlots.filter(slot => slot.from === from);
    return begun.map(slot => this.matrix.toVariable(startSlot(slot, this.canonical())));
  }

  private step(): void {
    const { matrix } = this;
    const positions = matrix.topology.indices;
    this.steps++;
    const weights = this.canonical();
    const canonical = weights.map((w, rank) => gradientAt(positions[rank], this.steps, w));
    const gradient = tensor1d(matrix.layout.fromCanonical(canonical));
    this.optimizer.apply(this.engine, matrix.values, gradient, this.slots, stepOptions(this.steps, this.rate));
    gradient.dispose();
  }

  private update(): void {
    const { matrix } = this;
    this.updates++;
    const old = new Map([...matrix.topology.indices].map((position, rank) => [position, rank]));
    const indices = positionsAfter(this.updates);
    const kept = Int32Array.from(indices, position => old.get(position) ?? -1);
    const weights = this.canonical();
    const before = this.slots.map(slot => matrix.toCanonical(slot));
    const values = Float32Array.from(kept, (rank, k) => (rank < 0 ? valueAt(indices[k], this.updates) : weights[rank]));
    for (const slot of this.slots) slot.dispose();
    matrix.replace({ rows: ROWS, cols: COLS, indices }, values);
    const held = this.optimizer.allSlots.filter(({ name }) => this.optimizer.slots.includes(name));
    this.slots = held.map((slot, k) => matrix.toVariable(moveSlot(slot, before[k], kept, values)));
  }
}
