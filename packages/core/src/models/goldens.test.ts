import { readFileSync } from 'node:fs';
import { type Scalar, tensor1d, variableGrads } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { loadModel, type Parameter, parametersOf } from '../train/state.ts';
import type { SnapshotTensor } from '../train/types.ts';
import { createLanguageModel, windowLoss, zeroState } from './languageModel.ts';
import type { Model } from './model.ts';
import { toCanonical, variableOf } from './parameters.ts';
import type { LanguageModelSettings, TextClassifierSettings } from './settings.ts';
import { classifierLoss, classScores, createTextClassifier } from './textClassifier.ts';

/** A whole model computed by PyTorch: bench/goldens/models.py says how. */
interface Golden {
  settings: object;
  parameters: Record<string, number[] | { rows: number; cols: number; values: number[]; indices?: number[] }>;
  ids: number[];
  /** Gradients of the parameters, by name; of a sparse matrix at its nonzeros. */
  gradients: Record<string, number[]>;
}

interface ClassifierGolden extends Golden {
  lengths: number[];
  labels: number[];
  outputs: { scores: number[]; loss: number[] };
}

interface TiedGolden extends Golden {
  batch: number;
  targets: number[];
  outputs: { loss: number[] };
}

const shared = {
  init: { recurrent: 0.1, embedding: 0.1, decoder: 0.1 },
  sparse: { embedding: true, recurrent: true, decoder: false },
};
const half = { density: 0.5, distribution: 'uniform' as const };

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

function read<T extends Golden>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../fixtures/models/${name}.json`, import.meta.url), 'utf8'));
}

/** Gives a model the golden's parameters. */
function load(model: Model, { parameters }: Golden): void {
  const float = (values: number[]): SnapshotTensor => {
    return { dtype: 'F32', shape: [values.length], data: Float32Array.from(values) };
  };
  const tensors: Record<string, SnapshotTensor> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const values = Array.isArray(parameter) ? parameter : parameter.values;
    const indices = Array.isArray(parameter) ? undefined : parameter.indices;
    tensors[indices === undefined ? name : `${name}.values`] = float(values);
    if (indices === undefined) continue;
    tensors[`${name}.indices`] = { dtype: 'U32', shape: [indices.length], data: Uint32Array.from(indices) };
  }
  loadModel(model, tensors);
}

/** The loss and its gradient in every parameter of the model, compared with the golden's. */
function expectGradients(model: Model, loss: () => Scalar, golden: Golden & { outputs: { loss: number[] } }): void {
  const parameters: Parameter[] = parametersOf(model);
  const { value, grads } = variableGrads(loss, parameters.map(variableOf));
  assertClose('loss', value.dataSync(), golden.outputs.loss, engine!.name);
  expect(parameters.map(({ name }) => name).sort()).toEqual(Object.keys(golden.gradients).sort());
  for (const parameter of parameters) {
    const gradient = toCanonical(parameter, grads[variableOf(parameter).name]);
    assertClose(`gradient of ${parameter.name}`, gradient, golden.gradients[parameter.name], engine!.name);
  }
}

function classifierOf({ settings, ...golden }: ClassifierGolden) {
  const dropout = { input: 0, between: 0, output: 0 };
  const all = { ...shared, dropout, ...settings } as TextClassifierSettings;
  const model = createTextClassifier(all, engine!, 1, half);
  load(model, { settings, ...golden });
  return { model, input: { ids: tensor1d(golden.ids, 'int32'), lengths: Int32Array.from(golden.lengths) } };
}

describe.each(ENGINES)('engine %s against PyTorch', name => {
  it.each(['lstm', 'gru'])('a bidirectional %s classifier of true lengths: scores, loss, all gradients', async cell => {
    engine = await startEngine(name);
    const golden = read<ClassifierGolden>(`classifier-${cell}`);
    const { model, input } = classifierOf(golden);
    assertClose('scores', classScores(model, input, null).dataSync(), golden.outputs.scores, name);
    expectGradients(model, () => classifierLoss(model, input, tensor1d(golden.labels, 'int32'), null), golden);
  });

  it('a language model of one matrix for embedding and decoder: loss, all gradients', async () => {
    engine = await startEngine(name);
    const golden = read<TiedGolden>('tied-lstm');
    const dropout = { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 };
    const settings = { ...shared, dropout, ...golden.settings } as LanguageModelSettings;
    const model = createLanguageModel(settings, engine, 1, half);
    load(model, golden);
    const [ids, targets] = [golden.ids, golden.targets].map(each => tensor1d(each, 'int32'));
    const state = zeroState(model, golden.batch);
    expectGradients(model, () => windowLoss(model, ids, targets, state, null).loss, golden);
  });
});

it.each(['lstm', 'gru'])('the golden of a bidirectional %s would notice lengths that are ignored', async cell => {
  engine = await startEngine('cpu');
  const golden = read<ClassifierGolden>(`classifier-${cell}`);
  const { model, input } = classifierOf(golden);
  const scores = classScores(model, { ...input, lengths: input.lengths.fill(golden.lengths[0]) }, null).dataSync();
  const differences = golden.outputs.scores.map((wanted, k) => Math.abs(scores[k] - wanted));
  expect(Math.max(...differences)).toBeGreaterThan(1e-2);
});
