import { concat, type Rank, type Scalar, type Tensor1D, type Tensor2D, tidy, zeros } from '@tensorflow/tfjs-core';
import { expected, InputError } from '../base/errors.ts';
import type { Engine } from '../engines/engine.ts';
import { dropout } from '../ops/dropout/contract.ts';
import { reverseSequences } from '../ops/reverseSequences/contract.ts';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy/contract.ts';
import { sparseEmbedding } from '../ops/sparseEmbedding/contract.ts';
import { sparseMatMul } from '../ops/sparseMatMul/contract.ts';
import { type Layer, layerBiases, layerMatrices, layerOf, planLayers, runLayer, zeroStates } from './layer.ts';
import { createParameters, type InitialSparsity, type Model } from './model.ts';
import type { BiasParameter, MatrixParameter } from './parameters.ts';
import type { ModelPlan } from './plan.ts';
import type { TextClassifierSettings } from './settings.ts';

/** Embedding -> dropout -> recurrent layers -> last state of every text -> dropout -> linear -> softmax or sigmoid. */
export interface TextClassifier extends Model {
  readonly settings: TextClassifierSettings;
  /** `[V, E]`. */
  readonly embedding: MatrixParameter;
  /** Layer by layer; with `bidirectional` the one that reads forwards, then the one that reads backwards. */
  readonly layers: readonly (readonly Layer[])[];
  /** `[classes, H]` for softmax, `[1, H]` for sigmoid; `2H` columns with `bidirectional`. */
  readonly linear: MatrixParameter;
  readonly linearBias: BiasParameter;
}

/** A batch of texts. */
export interface ClassifierInput {
  /** int32 `[T*B]`, columns (t, b) with t outermost. */
  ids: Tensor1D;
  /** `[B]`, never increasing. Tokens from a text's length on are padding and are never read. */
  lengths: Int32Array;
}

const DIRECTIONS = { one: [''], two: ['.forwards', '.backwards'] };

/** The weights of a classifier, in the order of the forward pass. */
export function planTextClassifier(settings: TextClassifierSettings): ModelPlan {
  const { vocabulary, embedding, hidden, classes, bidirectional, init, sparse, output } = settings;
  if (!(Number.isInteger(classes) && classes >= 2)) throw expected('at least 2 classes', classes);
  if (output === 'sigmoid' && classes !== 2) {
    throw new InputError(
      `expected 2 classes for a sigmoid output, got ${classes}; set the output to softmax for more than two`,
    );
  }
  const directions = bidirectional ? DIRECTIONS.two : DIRECTIONS.one;
  const layers = planLayers(settings, embedding, directions);
  if (layers.some(({ cell }) => !cell.lengths)) {
    throw expected('a cell that reads texts of different lengths: lstm or gru', settings.cell);
  }
  const units = output === 'sigmoid' ? 1 : classes;
  const single = (name: 'embedding' | 'decoder', rows: number, cols: number) => {
    return { name, role: name, rows, cols, gates: [name], range: init[name], sparse: sparse[name] };
  };
  const matrices = [
    single('embedding', vocabulary, embedding),
    ...layers.flatMap(layer => layerMatrices(layer, sparse, init.recurrent)),
    single('decoder', units, directions.length * hidden),
  ];
  return {
    layers,
    matrices,
    uses: matrices.map(({ name, role }) => ({ name, role, per: role === 'decoder' ? 'sequence' : 'token' })),
    biases: [
      ...layers.flatMap(layer => layerBiases(layer, settings.transformBias)),
      { name: 'decoder.bias', values: new Float32Array(units) },
    ],
  };
}

/** A classifier with fresh weights. */
export function createTextClassifier(
  settings: TextClassifierSettings,
  engine: Engine,
  seed: number,
  sparsity?: InitialSparsity,
): TextClassifier {
  const plan = planTextClassifier(settings);
  const parameters = createParameters(plan, engine, seed, sparsity);
  const { matrices, biases } = parameters;
  const width = settings.bidirectional ? 2 : 1;
  return {
    ...parameters,
    settings,
    embedding: matrices[0],
    layers: Array.from({ length: settings.layers }, (_, index) =>
      plan.layers.slice(width * index, width * (index + 1)).map(layer => layerOf(layer, parameters)),
    ),
    linear: matrices[matrices.length - 1],
    linearBias: biases[biases.length - 1],
    uses: plan.uses,
  };
}

/**
 * Class scores of a batch, `[classes, B]`: the logits of a softmax. A sigmoid unit z is the softmax of (0, z).
 *
 * @param dropoutKey random key of this batch's dropout, or null for evaluation without dropout.
 */
export function classScores(
  model: TextClassifier,
  { ids, lengths }: ClassifierInput,
  dropoutKey: readonly [number, number] | null,
): Tensor2D {
  const { dropout: rates, output } = model.settings;
  const batch = lengths.length;
  const drop = (x: Tensor2D, rate: number, stream: number) =>
    dropoutKey === null ? x : dropout(x, { rate, kind: 'elementwise', batch, key: dropoutKey, stream });
  return tidy(() => {
    let x = drop(sparseEmbedding(model.embedding.weight, ids), rates.input, 0);
    let last = x;
    model.layers.forEach((directions, index) => {
      const sequences = index + 1 < model.layers.length;
      const results = directions.map((layer, backwards) => {
        const turned = backwards ? reverseSequences(x, lengths) : x;
        const { y, states } = runLayer(layer, { x: turned, states: zeroStates(layer, batch), lengths, sequences });
        return { y: y && (backwards ? reverseSequences(y, lengths) : y), last: states[0] };
      });
      last = stack(results.map(result => result.last));
      if (sequences) x = drop(stack(results.map(({ y }) => y!)), rates.between, 1 + index);
    });
    last = drop(last, rates.output, 1 + model.layers.length);
    const scores = sparseMatMul(model.linear.weight, last, model.linearBias.variable as unknown as Tensor1D);
    return output === 'sigmoid' ? stack([zeros<Rank.R2>([1, batch]), scores]) : scores;
  });
}

/** Mean cross-entropy per text, in nats. @param labels int32 `[B]`. */
export function classifierLoss(
  model: TextClassifier,
  input: ClassifierInput,
  labels: Tensor1D,
  dropoutKey: readonly [number, number] | null,
): Scalar {
  return tidy(() => softmaxCrossEntropy(classScores(model, input, dropoutKey), labels));
}

function stack(parts: Tensor2D[]): Tensor2D {
  return parts.length === 1 ? parts[0] : concat(parts, 0);
}
