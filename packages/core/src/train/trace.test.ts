import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { LanguageModelSettings } from '../models/settings.ts';
import { hashTopology } from '../sparsity/topologyOps.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { createLanguageModelTrainer } from './create.ts';
import type { Snapshot, TrainingSettings } from './types.ts';

/** Ten steps of training with one topology update, as the float64 references took them. */
interface Trace {
  losses: number[];
  /** Gradients of step 0 by parameter, canonical order. */
  gradients: Record<string, number[]>;
  /** SHA-256 of every matrix's topology before the update and at the end. */
  topologies: { before: Record<string, string>; after: Record<string, string> };
}

const STEPS = 10;
const UPDATE_BEFORE = 6;

const shared = {
  vocabulary: 19,
  hidden: 9,
  dropout: { kind: 'locked', input: 0.2, between: 0.2, output: 0.2, word: 0.05 },
  init: { recurrent: 1, embedding: 1, decoder: 1.5 },
  sparse: { embedding: true, recurrent: true, decoder: true },
} as const;

const MODELS: Record<string, LanguageModelSettings> = {
  lstm: { ...shared, cell: 'lstm', embedding: 7, layers: 2 },
  gru: { ...shared, cell: 'gru', embedding: 7, layers: 2 },
  // Three depths, a state mask, one matrix for embedding and decoder.
  rhn: {
    ...shared,
    cell: 'rhn',
    embedding: 9,
    layers: 1,
    depth: 3,
    tied: true,
    transformBias: -0.5,
    dropout: { ...shared.dropout, state: 0.25 },
  },
};

const fixtureOf = (cell: string) => fileURLToPath(new URL(`../../../../fixtures/traces/${cell}.json`, import.meta.url));

/** Rate 1, no clipping, no decay: the weights then change by exactly their gradient. */
const training: TrainingSettings = {
  method: 'set',
  density: 0.45,
  distribution: 'er',
  seed: 11,
  optimizer: { name: 'sgd', momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 1,
  decay: { factor: 1, after: 0 },
  clip: 0,
  weightDecay: 0,
  loss: 'sum-over-time',
  epochs: 2,
  update: { steps: UPDATE_BEFORE, rate: 0.3, schedule: 'constant', endRate: 0, stop: 1, growStd: 0, gates: 'free' },
};

function record(engine: StartedEngine, model: LanguageModelSettings): Trace {
  const trainer = createLanguageModelTrainer(model, training, learnableSource(model.vocabulary, 4, 5, 8), engine);
  const topologies = () => {
    const { tensors } = trainer.snapshot();
    return Object.fromEntries(
      trainer.matrices.map(({ name, rows, cols }) => {
        return [name, hashTopology({ rows, cols, indices: tensors[`${name}.indices`].data as Uint32Array })];
      }),
    );
  };
  const start = structuredClone(trainer.model());
  const before = topologies();
  const losses = [trainer.step().loss];
  const gradients = difference(start, trainer.model());
  while (losses.length < STEPS) losses.push(trainer.step().loss);
  const trace = { losses, gradients, topologies: { before, after: topologies() } };
  trainer.dispose();
  return trace;
}

function difference(before: Snapshot, after: Snapshot): Record<string, number[]> {
  const floats = Object.entries(before.tensors).filter(([, tensor]) => tensor.dtype === 'F32');
  return Object.fromEntries(
    floats.map(([name, { data }]) => [name, Array.from(data, (value, i) => value - after.tensors[name].data[i])]),
  );
}

describe.each(ENGINES)('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine?.dispose());

  it.each(Object.keys(MODELS))('replays the recorded training trace of %s', cell => {
    const trace = record(engine, MODELS[cell]);
    const fixture = fixtureOf(cell);
    // RECORD_TRACE=1 with the cpu engine writes the fixture anew, after a change of the rules that is meant.
    if (process.env.RECORD_TRACE && name === 'cpu') {
      mkdirSync(new URL('.', `file://${fixture}`), { recursive: true });
      writeFileSync(fixture, `${JSON.stringify(trace)}\n`);
    }
    expect(existsSync(fixture), `${fixture} is missing: record it with RECORD_TRACE=1`).toBe(true);
    const recorded: Trace = JSON.parse(readFileSync(fixture, 'utf8'));
    expect(trace.topologies).toEqual(recorded.topologies);
    expect(recorded.topologies.after).not.toEqual(recorded.topologies.before);
    assertClose('losses', trace.losses, recorded.losses, name);
    expect(Object.keys(trace.gradients)).toEqual(Object.keys(recorded.gradients));
    for (const [parameter, gradient] of Object.entries(recorded.gradients)) {
      assertClose(`gradient of ${parameter}`, trace.gradients[parameter], gradient, name);
      expect(
        gradient.some(value => Math.abs(value) > 0.01),
        `gradient of ${parameter} is too small to compare`,
      ).toBe(true);
    }
  });
});
