import type { MatrixState, Snapshot, StepResult, Trainer } from '@sparse-rnn/core';
import type { OpenWorkbench } from '../run/types.ts';

/** How a fake run misbehaves. */
export interface Faults {
  /** The loss of this step is NaN; 1 for the first. */
  nanAtStep?: number;
  /** From this step on the weights, but not the losses, are NaN. */
  poisonAtStep?: number;
  /** Before this step it is not what is asked for, as a model that is still being pruned. */
  settledAtStep?: number;
  /** Every step waits so long. */
  stepMs?: number;
}

const STEPS = 40;
const SIZE = 16;

/**
 * A workbench without tensors, for tests of everything around the trainer: 40 steps an epoch, and weights, topology and
 * losses that depend on every step before, so that a single lost or doubled step shows in all that follows.
 */
export function fakeWorkbench(faults: Faults = {}): OpenWorkbench {
  return async spec => {
    const trainer = new FakeTrainer(spec.seed, spec.epochs, faults);
    return {
      trainer,
      stepsPerEpoch: STEPS,
      evaluate: (_part, tick) => trainer.evaluate(tick),
      dataset: {
        name: spec.data,
        sha256: 'f'.repeat(64),
        vocabulary: 10,
        tokens: { train: 800, validation: 80, test: 80 },
      },
      engine: { name: 'fake', threads: 1, reason: 'a test', busy() {} },
      async dispose() {},
    };
  };
}

class FakeTrainer implements Omit<Trainer, 'evaluate'> {
  readonly matrices = [
    { name: 'wh', role: 'recurrent', rows: 16, cols: 4, gates: ['i', 'f', 'g', 'o'], nnz: SIZE, sparse: true },
  ] as const as unknown as Trainer['matrices'];
  readonly parameters = { total: SIZE + 4, dense: 68, nnz: SIZE };
  readonly flops = { forward: 32, training: 96, denseForward: 128, denseTraining: 384 };
  steps = 0;
  readonly spent = { tokens: 0, training: 0, method: 0 };
  private weights: Float32Array;
  private slot = new Float32Array(SIZE);
  private indices = Uint32Array.from({ length: SIZE }, (_, k) => 4 * k);
  private readonly epochs: number;
  private readonly faults: Faults;

  constructor(seed: number, epochs: number, faults: Faults) {
    this.weights = Float32Array.from({ length: SIZE }, (_, k) => Math.sin(seed + k));
    this.epochs = epochs;
    this.faults = faults;
  }

  learningRate(epoch: number): number {
    return 1 / epoch;
  }

  step(): StepResult {
    const until = performance.now() + (this.faults.stepMs ?? 0);
    while (performance.now() < until);
    let topology: StepResult['topology'];
    if (this.steps > 0 && this.steps % STEPS === 0 && this.steps < this.epochs * STEPS) {
      this.indices = this.indices.map(index => (index % 4 === 3 ? index - 3 : index + 1));
      topology = { rate: 0.5, matrices: this.matrixStates().map(state => ({ ...state, dropped: SIZE, grown: SIZE })) };
    }
    this.steps++;
    for (let k = 0; k < SIZE; k++) {
      this.slot[k] = 0.9 * this.slot[k] + Math.sin(this.weights[(k + 1) % SIZE] + this.indices[k] + this.steps);
      this.weights[k] -= 0.01 * this.slot[k];
    }
    const loss = this.loss();
    if (this.steps >= (this.faults.poisonAtStep ?? Number.POSITIVE_INFINITY)) this.weights[3] = Number.NaN;
    return {
      loss: this.steps === this.faults.nanAtStep ? Number.NaN : loss,
      gradientNorm: 1,
      predictions: 20,
      tokens: 20,
      topology,
    };
  }

  evaluate(tick?: (done: number, of: number) => void) {
    tick?.(1, 1);
    return { loss: this.loss() + 0.1, predictions: 80 };
  }

  flopsByUse() {
    return [{ name: 'wh', role: 'recurrent', per: 'token', ...this.flops } as const];
  }

  get settled(): boolean {
    return this.steps >= (this.faults.settledAtStep ?? 0);
  }

  endEpoch(): void {}

  /** Averages from the third epoch on, whatever the optimizer. */
  get averages(): boolean {
    return this.steps > 2 * STEPS;
  }

  matrixStates(): MatrixState[] {
    return [{ name: 'wh', nnz: SIZE, gates: [4, 4, 4, 4], explored: 0.5, initialKept: 0.5 }];
  }

  picture() {
    return { rows: 16, cols: 4, active: [...this.indices] };
  }

  model(): Snapshot {
    return {
      tensors: {
        'wh.values': { dtype: 'F32', shape: [SIZE], data: this.weights.slice() },
        'wh.indices': { dtype: 'U32', shape: [SIZE], data: this.indices.slice() },
      },
      state: {},
    };
  }

  loadModel({ tensors }: Snapshot): void {
    this.weights = (tensors['wh.values'].data as Float32Array).slice();
    this.indices = (tensors['wh.indices'].data as Uint32Array).slice();
  }

  snapshot(): Snapshot {
    const slot = { dtype: 'F32', shape: [SIZE], data: this.slot.slice() } as const;
    return {
      tensors: { ...this.model().tensors, 'wh.slot': { ...slot, shape: [SIZE] } },
      state: { steps: this.steps },
    };
  }

  restore(snapshot: Snapshot): void {
    this.loadModel(snapshot);
    this.slot = (snapshot.tensors['wh.slot'].data as Float32Array).slice();
    this.steps = snapshot.state['steps'] as number;
  }

  memory() {
    const weights = { values: 4 * SIZE, indices: 4 * SIZE, copies: 0, gradients: 4 * SIZE, slots: 4 * SIZE };
    const computed = { weights, biases: 48, activations: 100, logits: 40, peak: 444 };
    return { heapBytes: 0, peakHeapBytes: 0, bytesPerNonzero: 16, ...(this.steps > 0 && { computed }) };
  }

  dispose(): void {}

  private loss(): number {
    return 1 + this.weights.reduce((sum, w) => sum + Math.abs(Math.sin(w)), 0) / SIZE;
  }
}
