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
