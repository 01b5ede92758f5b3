import { tensor, tensor1d } from '@tensorflow/tfjs-core';
import { afterEach, expect, it } from 'vitest';
import { rng } from '../base/philox.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import { dropout as dropoutReference } from '../ops/dropout/reference.ts';
import { reverseSequences as reverseReference } from '../ops/reverseSequences/reference.ts';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy/reference.ts';
import { embedding as embeddingReference } from '../ops/sparseEmbedding/reference.ts';
import { referenceGruForward } from '../ops/sparseGru/reference.ts';
import { referenceLstmForward } from '../ops/sparseLstm/reference.ts';
import { matMul } from '../ops/sparseMatMul/reference.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { loadModel, saveModel } from '../train/state.ts';
import type { Layer } from './layer.ts';
import { referenceWeight } from './referenceWeight.testing.ts';
import type { TextClassifierSettings } from './settings.ts';
import { classifierLoss, classScores, createTextClassifier, type TextClassifier } from './textClassifier.ts';

const [H, CLASSES] = [6, 3];
const settings: TextClassifierSettings = {
  vocabulary: 17,
  embedding: 5,
  hidden: H,
  layers: 1,
  classes: CLASSES,
  dropout: { input: 0, between: 0, output: 0 },
  init: { recurrent: 0.8, embedding: 1, decoder: 1 },
  sparse: { embedding: true, recurrent: true, decoder: false },
};
const LENGTHS = Int32Array.of(5, 3, 3, 1);
const half = { density: 0.5, distribution: 'uniform' as const };

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

const stream = rng(1, 'texts');
const texts = Array.from(LENGTHS, length => Array.from({ length }, () => 1 + stream.integer(16)));

/** The texts side by side: ids `[T*B]`, and their lengths. */
function batchOf(of: number[][]): { ids: Int32Array; lengths: Int32Array } {
  const lengths = Int32Array.from(of, ({ length }) => length);
  const ids = Int32Array.from({ length: lengths[0] * of.length }, (_, n) => {
    return of[n % of.length][Math.floor(n / of.length)] ?? 0;
  });
  return { ids, lengths };
}

/** Class scores of texts, `[classes][texts]`. */
function scores(model: TextClassifier, of: number[][]): number[][] {
  const { ids, lengths } = batchOf(of);
  return classScores(model, { ids: tensor1d(ids, 'int32'), lengths }, null).arraySync();
}

const KEY = [123, 456] as const;

/**
 * What the linear layer gives, `[units, B]`: the forward pass put together from the float64 references, each dropout with
 * its own random stream, counted from the embeddings on.
 */
function referenceOutputs(model: TextClassifier, of: number[][], key: typeof KEY | null): Float64Array {
  const { ids, lengths } = batchOf(of);
  const [columns, batch] = [ids.length, lengths.length];
  const { input, between, output } = model.settings.dropout;
  const drop = (values: ArrayLike<number>, width: number, rate: number, stream: number) => {
    if (key === null) return values;
    const options = { rate, kind: 'elementwise', batch, key, stream } as const;
    return dropoutReference(values, values.length / width, width, options);
  };
  const run = ({ cell, hidden, matrices, biases }: Layer, values: ArrayLike<number>) => {
    const [wx, wh] = matrices.map(referenceWeight);
    const [bias, recurrentBias] = biases.map(({ variable }) => variable.dataSync());
    const zeros = new Float64Array(hidden * batch);
    const shape = { inputs: values.length / columns, hidden, steps: columns / batch, batch, lengths: [...lengths] };
    if (cell.name === 'gru') return referenceGruForward(shape, { x: values, h0: zeros, wx, wh, bias, recurrentBias });
    return referenceLstmForward(shape, { x: values, h0: zeros, c0: zeros, wx, wh, bias });
  };
  const turn = (values: ArrayLike<number>) => reverseReference(values, values.length / columns, columns, lengths);
  const stack = (parts: Float64Array[]) => parts.flatMap(part => [...part]);
  let x = drop(embeddingReference(referenceWeight(model.embedding), ids), columns, input, 0);
  let last: ArrayLike<number> = [];
  model.layers.forEach(([forwards, ...others], index) => {
    const ahead = run(forwards, x);
    const back = others.map(layer => run(layer, turn(x)));
    last = stack([ahead.hLast, ...back.map(({ hLast }) => hLast)]);
    x = drop(stack([ahead.y, ...back.map(({ y }) => turn(y))]), columns, between, 1 + index);
  });
  const dropped = drop(last, batch, output, 1 + model.layers.length);
  return matMul(referenceWeight(model.linear), dropped, batch, model.linearBias.variable.dataSync());
}

/** A model whose biases are not zero. */
function prepare(changes: Partial<TextClassifierSettings>): TextClassifier {
  const dropout = { input: 0.2, between: 0.3, output: 0.25 };
  const model = createTextClassifier({ ...settings, dropout, ...changes }, engine!, 1, half);
  const values = rng(1, 'biases');
  for (const { variable } of model.biases) {
    variable.assign(tensor(Float32Array.from({ length: variable.size }, () => values.normal())));
  }
  return model;
}

function loss(model: TextClassifier, labels: Int32Array, key: typeof KEY | null): number {
  const { ids, lengths } = batchOf(texts);
  return classifierLoss(model, { ids: tensor1d(ids, 'int32'), lengths }, tensor1d(labels, 'int32'), key).dataSync()[0];
}

it.each<[string, Partial<TextClassifierSettings>]>([
  ['one LSTM layer', {}],
  ['two GRU layers', { cell: 'gru', layers: 2 }],
  ['one GRU layer, both directions', { cell: 'gru', bidirectional: true }],
  ['two LSTM layers, both directions', { layers: 2, bidirectional: true }],
])('%s: the loss of a batch is that of the references put together', async (_, changes) => {
  engine = await startEngine('cpu');
  const model = prepare(changes);
  const labels = Int32Array.of(0, 2, 1, 2);
  const expected = (key: typeof KEY | null) =>
    softmaxCrossEntropy(referenceOutputs(model, texts, key), CLASSES, labels).loss;
  const dropped = loss(model, labels, KEY);
  expect(dropped).toBeCloseTo(expected(KEY), 5);
  // Evaluation has no dropout.
  const plain = loss(model, labels, null);
  expect(plain).toBeCloseTo(expected(null), 5);
  expect(Math.abs(plain - dropped)).toBeGreaterThan(1e-3);
});

it.each([null, KEY])('a sigmoid unit z is the softmax of (0, z), dropout key %j', async key => {
  engine = await startEngine('cpu');
  const model = prepare({ classes: 2, output: 'sigmoid' });
  const outputs = referenceOutputs(model, texts, key);
  expect(outputs.length).toBe(texts.length);
  const mean = (of: (z: number) => number) => outputs.reduce((sum, z) => sum + of(z), 0) / outputs.length;
  const labelled = (label: number) => loss(model, new Int32Array(texts.length).fill(label), key);
  // -log sigmoid(z), and -log(1 - sigmoid(z)).
  expect(labelled(1)).toBeCloseTo(
    mean(z => Math.log(1 + Math.exp(-z))),
    5,
  );
  expect(labelled(0)).toBeCloseTo(
    mean(z => Math.log(1 + Math.exp(z))),
    5,
  );
});

function expectClose(actual: number[][], expected: number[][]): void {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  actual.forEach((row, c) => {
    row.forEach((score, b) => {
      expect(score).toBeCloseTo(expected[c][b], 4);
    });
  });
}

it.each(ENGINES)(
  'engine %s: the last state is that at the true length: a text alone has the same scores',
  async name => {
    engine = await startEngine(name);
    const model = createTextClassifier({ ...settings, bidirectional: true, layers: 2 }, engine, 1, half);
    const together = scores(model, texts);
    texts.forEach((text, b) => {
      expectClose(
        scores(model, [text]),
        together.map(row => [row[b]]),
      );
    });
  },
);

it.each(ENGINES)('engine %s: reading backwards is reading the text turned around', async name => {
  engine = await startEngine(name);
  const model = createTextClassifier({ ...settings, bidirectional: true }, engine, 1, half);
  const read = scores(model, texts);
  // The layers of the two directions change places, and so do their columns of the linear layer.
  const tensors = saveModel(model);
  const swapped = Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => {
      const other = key.includes('.forwards')
        ? key.replace('.forwards', '.backwards')
        : key.replace('.backwards', '.forwards');
      return [other, tensor];
    }),
  );
  const linear = tensors.decoder.data;
  swapped.decoder = {
    ...tensors.decoder,
    data: Float32Array.from(linear, (_, at) => linear[at - (at % (2 * H)) + ((at + H) % (2 * H))]),
  };
  loadModel(model, swapped);
  expectClose(
    scores(
      model,
      texts.map(text => text.toReversed()),
    ),
    read,
  );
  // Were both directions alike, nothing would have been compared.
  expect(Math.abs(scores(model, texts)[0][0] - read[0][0])).toBeGreaterThan(1e-3);
});
