import { afterEach, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../../engines/createEngine.ts';
import type { LanguageModelSettings } from '../../models/settings.ts';
import { startEngine } from '../../testing/engines.ts';
import { learnableSource } from '../../testing/textSource.ts';
import { createLanguageModelTrainer } from '../create.ts';
import type { Snapshot, TrainingSettings } from '../types.ts';

const VOCABULARY = 17;
const [B, T, WINDOWS] = [4, 6, 5];
const model: LanguageModelSettings = {
  vocabulary: VOCABULARY,
  embedding: 8,
  hidden: 9,
  layers: 2,
  dropout: { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 },
  init: { recurrent: 0.8, embedding: 1, decoder: 1 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};
const training: TrainingSettings = {
  method: 'static',
  density: 0.4,
  distribution: 'uniform',
  seed: 3,
  optimizer: { name: 'sgd', momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 0,
  decay: { factor: 1, after: 0 },
  clip: 0,
  weightDecay: 0,
  loss: 'mean',
  epochs: 9,
  update: { steps: 0, rate: 0.3, schedule: 'constant', endRate: 0, stop: 1, growStd: 0, gates: 'free' },
};

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

/** Windows of `window` time steps over one and the same text. */
const source = (window: number) => learnableSource(VOCABULARY, B, window, (WINDOWS * T) / window);

async function trainer(changes: Partial<TrainingSettings> = {}, window = T) {
  engine ??= await startEngine('cpu');
  return createLanguageModelTrainer(model, { ...training, ...changes }, source(window), engine);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the recurrent state', () => {
  it('is carried from window to window: windows of 1, 3, 6 and 30 steps read the text alike', async () => {
    const losses: number[] = [];
    const evaluations: number[] = [];
    for (const window of [1, 3, 6, 30]) {
      const each = await trainer({}, window);
      losses.push(mean(Array.from({ length: (WINDOWS * T) / window }, () => each.step().loss)));
      const { loss, predictions } = each.evaluate(source(window));
      expect(predictions).toBe(WINDOWS * T * B);
      evaluations.push(loss);
      each.dispose();
    }
    for (const loss of [...losses, ...evaluations]) expect(loss).toBeCloseTo(losses[0], 5);
  });

  it('starts at zero in every epoch and every evaluation, and an evaluation leaves that of the training alone', async () => {
    const [plain, evaluating] = [await trainer(), await trainer()];
    const epoch = Array.from({ length: WINDOWS }, () => plain.step().loss);
    const [first] = epoch;
    const alone = plain.evaluate(source(T)).loss;
    expect(plain.evaluate(source(T)).loss).toBe(alone);
    for (let n = 0; n < 2 * WINDOWS; n++) {
      expect(evaluating.step().loss).toBe(epoch[n % WINDOWS]);
      if (n % 2 === 0) expect(evaluating.evaluate(source(T)).loss).toBe(alone);
    }
    // A state that goes on is another one: the first window of an epoch, read after the last.
    const carried = plain.snapshot();
    expect((carried.tensors['state.h0'].data as Float32Array).some(value => value !== 0)).toBe(true);
    expect(plain.step().loss).toBe(first);
    plain.dispose();
    evaluating.dispose();
  });
});

/** How far two models are apart: the Euclidean norm over all trained numbers. */
function distance(before: Snapshot, after: Snapshot): number {
  const squares = Object.entries(before.tensors).flatMap(([name, { dtype, data }]) => {
    return dtype === 'F32' ? Array.from(data, (value, at) => (value - after.tensors[name].data[at]) ** 2) : [];
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
}

describe('the gradient', () => {
  /** One step of gradient descent at rate 1, which moves the weights by their gradient. */
  async function step(changes: Partial<TrainingSettings>) {
    const each = await trainer({ learningRate: 1, ...changes });
    const before = structuredClone(each.model());
    const { loss, gradientNorm } = each.step();
    const moved = distance(before, each.model());
    each.dispose();
    return { loss, gradientNorm, moved };
  }

  it('has the norm of all active weights and biases together, and is clipped to it', async () => {
    const plain = await step({});
    expect(plain.gradientNorm).toBeCloseTo(plain.moved, 5);
    const clip = plain.gradientNorm / 3;
    const clipped = await step({ clip });
    expect(clipped.gradientNorm).toBe(plain.gradientNorm);
    expect(clipped.moved).toBeCloseTo(clip, 5);
    expect((await step({ clip: 1.01 * plain.gradientNorm })).moved).toBe(plain.moved);
  });

  it('of the sum over time is T times that of the mean, before clipping; the loss that is told is the mean', async () => {
    const [averaged, summed] = [await step({}), await step({ loss: 'sum-over-time' })];
    expect(summed.loss).toBe(averaged.loss);
    expect(summed.gradientNorm).toBeCloseTo(T * averaged.gradientNorm, 4);
    expect(summed.moved).toBeCloseTo(T * averaged.moved, 4);
    const clip = averaged.gradientNorm / 2;
    expect((await step({ loss: 'sum-over-time', clip })).moved).toBeCloseTo(clip, 5);
  });
});
