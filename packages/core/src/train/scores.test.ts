import { afterEach, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource, tellingSource } from '../testing/textSource.ts';
import { createLanguageModelTrainer, createTextClassifierTrainer } from './create.ts';
import type { BatchSource, Snapshot, Trainer, TrainingSettings } from './types.ts';

// What rules of growth and pruning read of the gradient, compared with that of a model that has all its positions.

const VOCABULARY = 17;
const STEPS = 6;
const sizes = {
  ...{ vocabulary: VOCABULARY, embedding: 11, hidden: 13, layers: 1 },
  init: { recurrent: 0.4, embedding: 0.5, decoder: 0.4 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};
const training: TrainingSettings = {
  ...{ method: 'set', density: 0.35, distribution: 'uniform', seed: 5, loss: 'mean', epochs: 4 },
  optimizer: { name: 'momentum', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ learningRate: 0.2, decay: { factor: 1, after: 0 }, clip: 5, weightDecay: 0 },
  update: { steps: 0, rate: 0.3, schedule: 'constant', endRate: 0, stop: 1, growStd: 0, gates: 'free' },
};

type Create = (training: TrainingSettings, engine: StartedEngine) => Trainer<BatchSource>;

function languageModel(changes: Partial<LanguageModelSettings> = {}): Create {
  const dropout = { kind: 'elementwise', input: 0.1, between: 0.1, output: 0.1, word: 0.1 } as const;
  const source = () => learnableSource(VOCABULARY, 4, 5, STEPS);
  return (...args) => createLanguageModelTrainer({ ...sizes, dropout, ...changes }, args[0], source(), args[1]);
}

function classifier(changes: Partial<TextClassifierSettings>): Create {
  const dropout = { input: 0.1, between: 0.1, output: 0.1 };
  const settings = { ...sizes, classes: 3, dropout, ...changes };
  return (...args) => createTextClassifierTrainer(settings, args[0], tellingSource(VOCABULARY, 3, 5, STEPS), args[1]);
}

const MODELS: Record<string, Create> = {
  'one LSTM layer': languageModel(),
  'a tied RHN': languageModel({
    ...{ cell: 'rhn', depth: 2, embedding: 13, tied: true },
    dropout: { kind: 'locked', input: 0.1, between: 0, output: 0.1, word: 0.1, state: 0.2 },
  }),
  'two GRU layers': languageModel({ cell: 'gru', layers: 2 }),
  'a classifier that reads in both directions': classifier({ bidirectional: true }),
};

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

describe.each(Object.entries(MODELS))('%s', (_name, create) => {
  /**
   * Gradients of the windows to come at all positions, one after the other at the same weights: those of the same weights as
   * a matrix whose empty positions hold zeros. With a momentum of 0 the slot of a weight is its gradient.
   */
  async function denseGradients(snapshot: Snapshot, windows: number): Promise<Record<string, Float32Array>[]> {
    engine = await startEngine('simd', 1);
    const optimizer = { ...training.optimizer, momentum: 0 };
    const settings = { ...training, method: 'static', density: 1, optimizer, learningRate: 0, clip: 0 };
    const trainer = create(settings, engine);
    const full = trainer.snapshot();
    for (const { name, rows, cols } of trainer.matrices) {
      const values = new Float32Array(rows * cols);
      const [indices, sparse] = [`${name}.indices`, `${name}.values`].map(key => snapshot.tensors[key].data);
      indices.forEach((flat, rank) => {
        values[flat] = sparse[rank];
      });
      full.tensors[`${name}.values`].data = values;
    }
    for (const [name, tensor] of Object.entries(snapshot.tensors)) {
      if (/bias$/i.test(name) || name.startsWith('state.')) full.tensors[name] = tensor;
    }
    const { position, steps } = snapshot.state;
    // The update comes before the step; the dense twin takes the step alone.
    trainer.restore({ tensors: full.tensors, state: { ...full.state, position, steps } });
    const gradients = Array.from({ length: windows }, () => {
      trainer.step();
      const { tensors } = structuredClone(trainer.snapshot());
      return Object.fromEntries(
        trainer.matrices.map(({ name }) => [name, tensors[`${name}.momentum`].data as Float32Array]),
      );
    });
    trainer.dispose();
    await engine.dispose();
    engine = undefined;
    return gradients;
  }

  /** Takes `steps` steps and then the one before which the method changes the topology. */
  async function changed(settings: TrainingSettings, steps: number) {
    engine = await startEngine('simd', 1);
    const trainer = create(settings, engine);
    for (let step = 0; step < steps; step++) trainer.step();
    const before = structuredClone(trainer.snapshot());
    const { topology } = trainer.step();
    const after = structuredClone(trainer.model());
    trainer.dispose();
    await engine.dispose();
    return { before, after, matrices: topology!.matrices };
  }

  /** Rounding may turn around two positions that are as good as equal. */
  const aboutLeast = (scores: number[]) => Math.min(...scores) * (1 - 1e-3) - 1e-9;

  async function expectLargest(name: string, scoreBlock: number | undefined, windows: number): Promise<void> {
    const settings = { ...training, method: name, update: { ...training.update, scoreBlock } };
    const { before, after, matrices } = await changed(settings, STEPS);
    const gradients = await denseGradients(before, windows);
    const { momentum } = training.optimizer;
    let choices = 0;
    for (const { name: matrix, grown } of matrices) {
      const old = new Set(before.tensors[`${matrix}.indices`].data);
      const fresh = [...after.tensors[`${matrix}.indices`].data].filter(index => !old.has(index));
      const score = (flat: number) =>
        Math.abs(gradients.reduce((sum, gradient, k) => sum + momentum ** k * gradient[matrix][flat], 0));
      const empty = [...gradients[0][matrix].keys()].filter(flat => !old.has(flat));
      // What was dropped grows again where nothing else is left.
      expect(fresh.length).toBe(Math.min(grown, empty.length));
      if (fresh.length < empty.length) choices++;
      const best = empty.sort((a, b) => score(b) - score(a)).slice(0, grown);
      for (const flat of fresh) expect(score(flat)).toBeGreaterThan(aboutLeast(best.map(score)));
    }
    expect(choices).toBeGreaterThan(1);
  }

  it.each([1, 100, undefined])('rigl grows where the dense gradient is largest, %s positions at a time', scoreBlock =>
    expectLargest('rigl', scoreBlock, 1),
  );

  it.each([1, 100, undefined])(
    'snfs grows where the sum of momentum^k times the dense gradient of the k-th of ten windows is largest, %s positions at a time',
    scoreBlock => expectLargest('snfs', scoreBlock, 10),
  );

  it('snip keeps the weights of largest weight times dense gradient on the first window', async () => {
    const { before, after, matrices } = await changed({ ...training, method: 'snip' }, 0);
    const [gradient] = await denseGradients(before, 1);
    let wanted = 0;
    const scores = matrices.flatMap(({ name }) => {
      const kept = new Set(after.tensors[`${name}.indices`].data);
      const values = before.tensors[`${name}.values`].data;
      wanted += Math.round(training.density * values.length);
      return Array.from(values, (w, flat) => ({ score: Math.abs(w * gradient[name][flat]), kept: kept.has(flat) }));
    });
    const kept = scores.filter(each => each.kept);
    expect(kept.length).toBe(wanted);
    const best = scores.sort((a, b) => b.score - a.score).slice(0, kept.length);
    for (const { score } of kept) expect(score).toBeGreaterThan(aboutLeast(best.map(each => each.score)));
  });
});
