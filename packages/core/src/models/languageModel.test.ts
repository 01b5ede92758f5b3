import { type Tensor1D, tensor, tensor1d, variableGrads } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { rng } from '../base/philox.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import { dropout as dropoutReference } from '../ops/dropout/reference.ts';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy/reference.ts';
import { embedding as embeddingReference } from '../ops/sparseEmbedding/reference.ts';
import { referenceGruForward } from '../ops/sparseGru/reference.ts';
import { referenceLstmForward } from '../ops/sparseLstm/reference.ts';
import { matMul } from '../ops/sparseMatMul/reference.ts';
import { referenceRhnForward } from '../ops/sparseRhn/reference.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { startEngine } from '../testing/engines.ts';
import {
  createLanguageModel,
  disposeState,
  type LanguageModel,
  planLanguageModel,
  windowLoss,
  zeroState,
} from './languageModel.ts';
import { countParameters } from './model.ts';
import { type MatrixParameter, toCanonical, variableOf } from './parameters.ts';
import { referenceWeight } from './referenceWeight.testing.ts';
import type { LanguageModelSettings } from './settings.ts';

const [V, H, T, B] = [13, 6, 4, 3];
const KEY = [123, 456] as const;
const settings: LanguageModelSettings = {
  vocabulary: V,
  embedding: 5,
  hidden: H,
  layers: 2,
  dropout: { kind: 'locked', input: 0.2, between: 0.3, output: 0.25, word: 0.1 },
  init: { recurrent: 0.7, embedding: 0.9, decoder: 0.8 },
  sparse: { embedding: true, recurrent: true, decoder: false },
};
const half = { density: 0.5, distribution: 'uniform' as const };

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

/** A model whose biases are not zero, and a window. */
function prepare(changes: Partial<LanguageModelSettings> = {}) {
  const model = createLanguageModel({ ...settings, ...changes }, engine!, 1, half);
  const stream = rng(1, 'window');
  for (const { variable } of model.biases) {
    variable.assign(tensor(Float32Array.from({ length: variable.size }, () => stream.normal())));
  }
  const [ids, targets] = [0, 1].map(() => Int32Array.from({ length: T * B }, () => stream.integer(V)));
  return { model, ids, targets };
}

function loss(model: LanguageModel, ids: Int32Array, targets: Int32Array, key: typeof KEY | null): number {
  const before = zeroState(model, B);
  const result = windowLoss(model, tensor1d(ids, 'int32'), tensor1d(targets, 'int32'), before, key);
  disposeState([...before, ...result.state]);
  return result.loss.dataSync()[0];
}

/** The same window put together from the float64 references, each dropout with its own random stream. */
function referenceLoss(model: LanguageModel, ids: Int32Array, targets: Int32Array, key: typeof KEY | null): number {
  const { kind, word, input, between, output, state = 0 } = model.settings.dropout;
  const drop = (x: ArrayLike<number>, rate: number, stream: number, as: typeof kind | 'word' = kind) => {
    const options = { rate, kind: as, batch: B, key: key!, stream };
    return key === null ? x : dropoutReference(x, x.length / (T * B), T * B, options, ids);
  };
  let x: ArrayLike<number> = embeddingReference(referenceWeight(model.embedding), ids);
  x = drop(drop(x, word, 0, 'word'), input, 1);
  model.layers.forEach(({ cell, matrices, biases }, index) => {
    const [w, ...r] = matrices.map(referenceWeight);
    const [bias, recurrentBias] = biases.map(({ variable }) => variable.dataSync());
    const zeros = new Float64Array(H * B);
    const shape = { inputs: x.length / (T * B), hidden: H, steps: T, batch: B };
    if (cell.name === 'rhn') {
      const options = { rate: state, kind: 'elementwise', batch: B, key: key!, stream: 1024 + index } as const;
      const mask = key === null ? undefined : dropoutReference(new Float64Array(H * B).fill(1), H, B, options);
      x = referenceRhnForward({ ...shape, depth: r.length }, { x, s0: zeros, w, r, bias, mask }).y;
    } else if (cell.name === 'gru') {
      x = referenceGruForward(shape, { x, h0: zeros, wx: w, wh: r[0], bias, recurrentBias }).y;
    } else x = referenceLstmForward(shape, { x, h0: zeros, c0: zeros, wx: w, wh: r[0], bias }).y;
    x = drop(x, index + 1 < model.layers.length ? between : output, 2 + index);
  });
  const logits = matMul(referenceWeight(model.decoder), x, T * B, model.decoderBias.variable.dataSync());
  return softmaxCrossEntropy(logits, V, targets).loss;
}

const rhn: Partial<LanguageModelSettings> = {
  ...{ cell: 'rhn', depth: 2, embedding: H, tied: true },
  dropout: { ...settings.dropout, kind: 'elementwise', state: 0.4 },
};

describe('a language model', () => {
  it.each([
    ['two LSTM layers', {}],
    ['two GRU layers', { cell: 'gru' }],
    ['two RHN layers, tied', rhn],
  ])('%s: the loss of a window is that of the references put together', async (_, changes) => {
    engine = await startEngine('cpu');
    const { model, ids, targets } = prepare(changes);
    const dropped = loss(model, ids, targets, KEY);
    expect(dropped).toBeCloseTo(referenceLoss(model, ids, targets, KEY), 5);
    // Evaluation has no dropout.
    const plain = loss(model, ids, targets, null);
    expect(plain).toBeCloseTo(referenceLoss(model, ids, targets, null), 5);
    expect(Math.abs(plain - dropped)).toBeGreaterThan(1e-3);
  });

  it('state: one mask of the stream 1024 + k for all time steps and depths of layer k, at rate 0 none', async () => {
    engine = await startEngine('cpu');
    const none = { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 } as const;
    const [whole, dropped] = [0, 0.4].map(state => {
      const { model, ids, targets } = prepare({ ...rhn, dropout: { ...none, state } });
      const result = loss(model, ids, targets, KEY);
      expect(result).toBeCloseTo(referenceLoss(model, ids, targets, KEY), 5);
      return result;
    });
    expect(Math.abs(whole - dropped)).toBeGreaterThan(1e-3);
  });

  it('tied: one matrix is used twice, and its gradient is the sum of both', async () => {
    engine = await startEngine('cpu');
    const { model: tied, ids, targets } = prepare({ embedding: H, tied: true });
    const { model: apart } = prepare({ embedding: H, sparse: { embedding: true, recurrent: true, decoder: true } });
    expect(tied.matrices.map(({ name }) => name)).not.toContain('decoder');
    expect(() => prepare({ embedding: H + 1, tied: true })).toThrow('of one size where embedding and decoder are tied');
    expect(tied.decoder).toBe(tied.embedding);
    expect(tied.uses.filter(({ name }) => name === 'embedding').map(({ role }) => role)).toEqual([
      'embedding',
      'decoder',
    ]);
    const shared = referenceWeight(tied.embedding);
    for (const { weight } of [apart.embedding, apart.decoder]) {
      (weight as SparseMatrix).replace(
        { rows: V, cols: H, indices: shared.indices! },
        Float32Array.from(shared.values),
      );
    }
    const gradients = (model: LanguageModel, of: MatrixParameter[]) => {
      const { value, grads } = variableGrads(() => {
        const state = zeroState(model, B);
        return windowLoss(model, tensor1d(ids, 'int32'), tensor1d(targets, 'int32') as Tensor1D, state, null).loss;
      }, of.map(variableOf));
      return { loss: value.dataSync()[0], all: of.map(each => toCanonical(each, grads[variableOf(each).name])) };
    };
    const one = gradients(tied, [tied.embedding]);
    const two = gradients(apart, [apart.embedding, apart.decoder]);
    expect(one.loss).toBe(two.loss);
    const [embedding, decoder] = two.all;
    one.all[0].forEach((gradient, k) => {
      expect(gradient).toBeCloseTo(embedding[k] + decoder[k], 6);
    });
    expect(embedding.some(value => value !== 0) && decoder.some(value => value !== 0)).toBe(true);
  });

  it('sparse are the matrices that the settings name, a tied one as the embedding; biases are dense', async () => {
    engine = await startEngine('cpu');
    const sparse = (changes: Partial<LanguageModelSettings>) => {
      const { matrices, biases } = createLanguageModel({ ...settings, layers: 1, ...changes }, engine!, 1, half);
      expect(biases.every(({ variable }) => variable.rank === 1)).toBe(true);
      return matrices.flatMap(({ name, weight }) => (weight instanceof SparseMatrix ? [name] : []));
    };
    const [yes, no] = [true, false];
    expect(sparse({})).toEqual(['embedding', 'lstm0.wx', 'lstm0.wh']);
    expect(sparse({ sparse: { embedding: no, recurrent: no, decoder: yes } })).toEqual(['decoder']);
    const tied = { embedding: H, tied: true };
    expect(sparse({ ...tied, sparse: { embedding: yes, recurrent: no, decoder: no } })).toEqual(['embedding']);
    expect(sparse({ ...tied, sparse: { embedding: no, recurrent: yes, decoder: yes } })).toEqual([
      'lstm0.wx',
      'lstm0.wh',
    ]);
  });
});

it('the sizes of the papers have the parameters of the papers', () => {
  const millions = (changes: Partial<LanguageModelSettings>, density: number) => {
    const sparse = { embedding: true, recurrent: true, decoder: true };
    const plan = planLanguageModel({ ...settings, vocabulary: 10_000, sparse, ...changes });
    const counts = [countParameters(plan), countParameters(plan, { density, distribution: 'uniform' })];
    return counts.map(count => (count / 1e6).toFixed(1));
  };
  expect(millions({ embedding: 1500, hidden: 1500, layers: 2 }, 0.33)).toEqual(['66.0', '21.8']);
  const rhn10 = { cell: 'rhn', depth: 10, embedding: 830, hidden: 830, layers: 1, tied: true };
  expect(millions(rhn10, 0.472)).toEqual(['23.5', '11.1']);
});

describe('initial values', () => {
  it('are uniform in (-r, r), r being the range of the matrix, and as many as there are nonzeros', async () => {
    engine = await startEngine('cpu');
    const large = { ...settings, vocabulary: 400, embedding: 40, hidden: 40, layers: 1 };
    const { matrices } = createLanguageModel(large, engine, 1, half);
    for (const parameter of matrices) {
      const values = toCanonical(parameter, parameter.weight.values);
      const { rows, cols } = parameter.weight;
      expect(values.length).toBe(parameter.name === 'decoder' ? rows * cols : (rows * cols) / 2);
      const range = settings.init[parameter.role]!;
      const scaled = values.map(value => Math.abs(value) / range);
      expect(Math.max(...scaled)).toBeLessThanOrEqual(1);
      expect(Math.max(...scaled)).toBeGreaterThan(0.99);
      const mean = (of: Float32Array) => of.reduce((sum, value) => sum + value, 0) / of.length;
      // Standard deviations .58 and .29 over the root of at least 3,200 values: five of them.
      expect(Math.abs(mean(values) / range)).toBeLessThan(0.051);
      expect(Math.abs(mean(scaled) - 0.5)).toBeLessThan(0.026);
    }
  });

  it('of biases are 0, but those of the transform gate of an rhn are transformBias at every depth', async () => {
    engine = await startEngine('cpu');
    const values = (changes: Partial<LanguageModelSettings>) => {
      const { biases } = createLanguageModel({ ...settings, layers: 1, ...changes }, engine!, 1, half);
      return Object.fromEntries(biases.map(({ name, variable }) => [name, [...variable.dataSync()]]));
    };
    const zeros = (count: number) => new Array(count).fill(0);
    expect(values({ transformBias: -2 })).toEqual({ 'lstm0.bias': zeros(4 * H), 'decoder.bias': zeros(V) });
    expect(values({ cell: 'gru', transformBias: -2 })).toEqual({
      'gru0.bias': zeros(3 * H),
      'gru0.recurrentBias': zeros(3 * H),
      'decoder.bias': zeros(V),
    });
    const depth = [...zeros(H), ...new Array(H).fill(-2)];
    expect(values({ ...rhn, transformBias: -2 })['rhn0.bias']).toEqual([...depth, ...depth]);
  });
});

describe('which gate matrices are sparse', () => {
  const sparseOf = (cell: string, sparse: { input?: boolean; recurrent: boolean }) =>
    planLanguageModel({
      ...settings,
      cell,
      layers: 1,
      depth: cell === 'rhn' ? 2 : 1,
      sparse: { embedding: false, decoder: false, ...sparse },
    })
      .matrices.filter(matrix => matrix.sparse)
      .map(({ name }) => name);

  it.each([
    ['lstm', ['lstm0.wx'], ['lstm0.wh']],
    ['gru', ['gru0.wx'], ['gru0.wh']],
    ['rhn', ['rhn0.w'], ['rhn0.r1', 'rhn0.r2']],
  ])('%s: those of the input %j, of the state %j, or both', (cell, input, recurrent) => {
    expect(sparseOf(cell, { input: true, recurrent: false })).toEqual(input);
    expect(sparseOf(cell, { input: false, recurrent: true })).toEqual(recurrent);
    expect(sparseOf(cell, { recurrent: true })).toEqual([...input, ...recurrent]);
    expect(sparseOf(cell, { recurrent: false })).toEqual([]);
  });
});
