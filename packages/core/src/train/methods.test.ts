import { afterEach, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { LanguageModelSettings } from '../models/settings.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { METHODS } from '../topology/methods.ts';
import { createLanguageModelTrainer } from './create.ts';
import type { Snapshot, TrainingSettings } from './types.ts';

const VOCABULARY = 17;
const STEPS = 6;
const EPOCHS = 4;
const model: LanguageModelSettings = {
  vocabulary: VOCABULARY,
  embedding: 11,
  hidden: 13,
  layers: 1,
  dropout: { kind: 'elementwise', input: 0.1, between: 0, output: 0.1, word: 0 },
  init: { recurrent: 0.4, embedding: 0.5, decoder: 0.4 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};
const training: TrainingSettings = {
  method: 'set',
  density: 0.35,
  distribution: 'uniform',
  seed: 5,
  optimizer: { name: 'momentum', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, nonMonotone: 0 },
  learningRate: 0.2,
  decay: { factor: 1, after: 0 },
  clip: 5,
  weightDecay: 0,
  loss: 'mean',
  epochs: EPOCHS,
  update: { steps: 0, rate: 0.3, schedule: 'constant', endRate: 0, stop: 1, growStd: 0, gates: 'free' },
};
const source = () => learnableSource(VOCABULARY, 4, 5, STEPS);

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

/** The settings a method is trained with here: its own, where it prescribes some. */
function settingsOf(name: string): TrainingSettings {
  const { optimizer, growStd = 0, distribution = 'uniform' } = METHODS.get(name)!.settings ?? {};
  return {
    ...training,
    method: name,
    distribution,
    optimizer: { ...training.optimizer, name: (optimizer ?? 'momentum') as 'momentum' },
    update: { ...training.update, growStd },
    prune: { steps: 4, begin: 0, end: 0.5 },
  };
}

interface Outcome {
  losses: number[];
  nnz: number[];
  snapshot: Snapshot;
  spent: { tokens: number; training: number; method: number };
}

async function train(settings: TrainingSettings, { threads = 1, interrupt = -1 } = {}): Promise<Outcome> {
  engine = await startEngine('simd', threads);
  const create = () => createLanguageModelTrainer(model, settings, source(), engine!);
  let trainer = create();
  const losses: number[] = [];
  const nnz: number[] = [];
  for (let step = 0; step < EPOCHS * STEPS; step++) {
    if (step === interrupt) {
      const snapshot = structuredClone(trainer.snapshot());
      trainer.dispose();
      trainer = create();
      // The state passes through JSON, as a checkpoint's does.
      trainer.restore({ ...snapshot, state: JSON.parse(JSON.stringify(snapshot.state)) });
    }
    losses.push(trainer.step().loss);
    nnz.push(trainer.matrixStates().reduce((sum, state) => sum + state.nnz, 0));
    if ((step + 1) % STEPS === 0) trainer.endEpoch(step);
  }
  const outcome = { losses, nnz, snapshot: structuredClone(trainer.snapshot()), spent: { ...trainer.spent } };
  trainer.dispose();
  await engine.dispose();
  engine = undefined;
  return outcome;
}

const sizes = [17 * 11, 52 * 11, 52 * 13, 17 * 13];
const positions = sizes.reduce((sum, size) => sum + size);

describe.each([...METHODS.keys()])('%s', name => {
  const { dense, startsDense } = METHODS.get(name)!;

  it('trains, keeps its number of weights as it says, and counts its FLOPs', async () => {
    const { losses, nnz, spent } = await train(settingsOf(name));
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    if (!dense) expect(nnz.at(-1)).toBe(sizes.reduce((s, n) => s + Math.round(0.35 * n), 0));
    if (!startsDense) expect(new Set(nnz).size).toBe(1);
    expect(spent.tokens).toBe(EPOCHS * STEPS * 20);
    const perToken = 6 * (52 * 11 + 52 * 13 + 17 * 13);
    if (name === 'dense') expect(spent.training).toBe(spent.tokens * perToken);
    else expect(spent.training).toBeLessThan(spent.tokens * perToken);
    expect(spent.method > 0).toBe(['rigl', 'snfs', 'snip'].includes(name));
  });

  it('resumes bit-exactly across its updates', async () => {
    const whole = await train(settingsOf(name));
    for (const interrupt of [1, 6, 13]) expect(await train(settingsOf(name), { interrupt })).toEqual(whole);
  });

  it('does the same with 1 and 2 threads', async () => {
    const { snapshot } = await train(settingsOf(name), { threads: 2 });
    expect(snapshot).toEqual((await train(settingsOf(name))).snapshot);
  });
});

describe('methods that start dense', () => {
  it('gmp follows its cubic schedule down to the density half way through the training', async () => {
    const { nnz } = await train(settingsOf('gmp'));
    const at = (step: number) => {
      const density = 0.35 + 0.65 * (1 - Math.min(1, step / 12)) ** 3;
      return sizes.reduce((sum, size) => sum + Math.round(density * size), 0);
    };
    nnz.forEach((count, step) => {
      expect(count).toBe(at(Math.min(12, 4 * Math.floor(step / 4))));
    });
    expect(nnz[0]).toBe(positions);
  });

  it.each(['gmp', 'snip', 'set'])('%s is settled once it has its density, and tells its size as it is', async name => {
    engine = await startEngine('simd', 1);
    const trainer = createLanguageModelTrainer(model, settingsOf(name), source(), engine);
    const dense = trainer.parameters;
    expect(dense.nnz === positions).toBe(name !== 'set');
    for (let step = 1; step <= 14; step++) {
      trainer.step();
      // gmp reaches its density before the 13th step.
      expect(trainer.settled).toBe(name !== 'gmp' || step > 12);
    }
    const { nnz, total } = trainer.parameters;
    const now = trainer.matrixStates().reduce((sum, state) => sum + state.nnz, 0);
    expect(nnz).toBe(now);
    expect(total - nnz).toBe(dense.total - dense.nnz);
    expect(trainer.matrices.reduce((sum, matrix) => sum + matrix.nnz, 0)).toBe(now);
    trainer.dispose();
  });

  it('snip has pruned before its first step', async () => {
    const { nnz } = await train(settingsOf('snip'));
    expect(new Set(nnz).size).toBe(1);
    expect(nnz[0]).toBeLessThan(0.36 * positions);
  });
});

describe('what scores are', () => {
  /**
   * Gradients of the windows to come at all positions, one after the other at the same weights: those of the same weights as
   * a matrix whose empty positions hold zeros. With a momentum of 0 the slot of a weight is its gradient.
   */
  async function denseGradients(snapshot: Snapshot, windows: number): Promise<Record<string, Float32Array>[]> {
    engine = await startEngine('simd', 1);
    const settings = {
      ...settingsOf('static'),
      density: 1,
      optimizer: { ...training.optimizer, momentum: 0 },
    };
    const trainer = createLanguageModelTrainer(model, { ...settings, learningRate: 0, clip: 0 }, source(), engine);
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
      if (name.endsWith('bias') || name.startsWith('state.')) full.tensors[name] = tensor;
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
    const trainer = createLanguageModelTrainer(model, settings, source(), engine);
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
    const base = settingsOf(name);
    const { before, after, matrices } = await changed({ ...base, update: { ...base.update, scoreBlock } }, STEPS);
    const gradients = await denseGradients(before, windows);
    const { momentum } = training.optimizer;
    for (const { name: matrix, grown } of matrices) {
      const old = new Set(before.tensors[`${matrix}.indices`].data);
      const fresh = [...after.tensors[`${matrix}.indices`].data].filter(index => !old.has(index));
      expect(fresh.length).toBe(grown);
      const score = (flat: number) =>
        Math.abs(gradients.reduce((sum, gradient, k) => sum + momentum ** k * gradient[matrix][flat], 0));
      const empty = [...gradients[0][matrix].keys()].filter(flat => !old.has(flat));
      const best = empty.sort((a, b) => score(b) - score(a)).slice(0, grown);
      for (const flat of fresh) expect(score(flat)).toBeGreaterThan(aboutLeast(best.map(score)));
    }
  }

  it.each([1, 100, undefined])('rigl grows where the dense gradient is largest, %s positions at a time', scoreBlock =>
    expectLargest('rigl', scoreBlock, 1),
  );

  it.each([1, 100, undefined])(
    'snfs grows where the sum of momentum^k times the dense gradient of the k-th of ten windows is largest, %s positions at a time',
    scoreBlock => expectLargest('snfs', scoreBlock, 10),
  );

  it('snip keeps the weights of largest weight times dense gradient on the first window', async () => {
    const { before, after, matrices } = await changed(settingsOf('snip'), 0);
    const [gradient] = await denseGradients(before, 1);
    const scores = matrices.flatMap(({ name }) => {
      const kept = new Set(after.tensors[`${name}.indices`].data);
      const values = before.tensors[`${name}.values`].data;
      return Array.from(values, (w, flat) => ({ score: Math.abs(w * gradient[name][flat]), kept: kept.has(flat) }));
    });
    const kept = scores.filter(each => each.kept);
    expect(kept.length).toBe(sizes.reduce((sum, size) => sum + Math.round(0.35 * size), 0));
    const best = scores.sort((a, b) => b.score - a.score).slice(0, kept.length);
    for (const { score } of kept) expect(score).toBeGreaterThan(aboutLeast(best.map(each => each.score)));
  });
});

describe('scores for growth', () => {
  it.each(['rigl', 'snfs'])('%s: the model and the training stand afterwards where they stood', async name => {
    const base = settingsOf(name);
    // With p = 0 scores are computed and nothing is moved.
    const update = { ...base.update, rate: 0, scoreBlock: 100 };
    const scored = await train({ ...base, update });
    const untouched = await train({ ...base, method: 'static' });
    expect(scored.spent.method).toBeGreaterThan(0);
    expect(scored.losses).toEqual(untouched.losses);
    // Beside all that static has there are the explored sets.
    expect(scored.snapshot.tensors).toMatchObject(untouched.snapshot.tensors);
    expect(scored.snapshot.state.position).toEqual(untouched.snapshot.state.position);
  });
});

describe('deepr', () => {
  it('lets no weight change its sign: it goes through 0, and stays there until it is dropped', async () => {
    engine = await startEngine('simd', 1);
    const settings = { ...settingsOf('deepr'), learningRate: 1 };
    const trainer = createLanguageModelTrainer(model, settings, source(), engine);
    let dormant = 0;
    for (let step = 0; step < STEPS - 1; step++) {
      const before = structuredClone(trainer.model().tensors);
      trainer.step();
      const after = trainer.model().tensors;
      for (const { name } of trainer.matrices) {
        const [old, now] = [before, after].map(tensors => tensors[`${name}.values`].data as Float32Array);
        old.forEach((value, rank) => {
          if (value === 0) expect(now[rank]).toBe(0);
          else if (now[rank] !== 0) expect(Math.sign(now[rank])).toBe(Math.sign(value));
          else dormant++;
        });
      }
    }
    expect(dormant).toBeGreaterThan(0);
    trainer.dispose();
  });
});

describe('parts that do not fit', () => {
  it.each<[string, Partial<TrainingSettings>, RegExp]>([
    ['snfs', { optimizer: { ...training.optimizer, name: 'sgd' } }, /smoothed gradient.*"sgd".*momentum or adam/],
    ['deepr', {}, /standard deviation above 0/],
    ['static', { rules: { grow: 'gradient' } }, /updates its topology where rules are named, got "static"/],
    ['set', { rules: { grow: 'gradent' } }, /grow rule.*random, gradient, momentum.*"gradent"/],
    ['set', { update: { ...training.update, steps: -3 } }, /whole number of steps between topology updates, got -3/],
    ['set', { update: { ...training.update, steps: 1.5 } }, /whole number of steps between topology updates, got 1.5/],
    ['rigl', { update: { ...training.update, rate: 1.5 } }, /removal rate in \[0, 1\], got 1.5/],
    ['set', { update: { ...training.update, stop: 7 } }, /stop point in \[0, 1\].*got 7/],
    ['set', { update: { ...training.update, schedule: 'cosin' as 'cosine' } }, /constant or cosine, got "cosin"/],
    ['set', { update: { ...training.update, schedule: 'cosine', endRate: 0.4 } }, /end rate in \[0, 0.3\].*got 0.4/],
    ['gmp', { prune: { steps: 0, begin: 0.5, end: 0.2 } }, /end of the pruning in \[0.5, 1\].*0.2/],
  ])('%s is refused before anything is trained', async (method, settings, message) => {
    engine = await startEngine('simd', 1);
    const create = () => createLanguageModelTrainer(model, { ...training, method, ...settings }, source(), engine!);
    expect(create).toThrow(message);
  });

  it('rules take the place of the method’s own', async () => {
    const { spent } = await train({ ...settingsOf('set'), rules: { grow: 'gradient', redistribute: 'nonzeros' } });
    expect(spent.method).toBeGreaterThan(0);
  });
});
