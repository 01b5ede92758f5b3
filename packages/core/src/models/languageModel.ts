import { keep, ones, type Rank, type Scalar, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { InputError } from '../base/errors.ts';
import type { Engine } from '../engines/engine.ts';
import { type DropoutOptions, dropout } from '../ops/dropout/contract.ts';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy/contract.ts';
import { sparseEmbedding } from '../ops/sparseEmbedding/contract.ts';
import { sparseMatMul } from '../ops/sparseMatMul/contract.ts';
import { type Layer, layerBiases, layerMatrices, layerOf, planLayers, runLayer, zeroStates } from './layer.ts';
import { createParameters, type InitialSparsity, type Model } from './model.ts';
import type { BiasParameter, MatrixParameter } from './parameters.ts';
import type { MatrixPlan, ModelPlan } from './plan.ts';
import type { LanguageModelSettings } from './settings.ts';

/**
 * Embedding -> dropout -> recurrent layers with dropout between -> dropout -> decoder -> softmax cross-entropy.
 */
export interface LanguageModel extends Model {
  readonly settings: LanguageModelSettings;
  /** `[V, E]`. */
  readonly embedding: MatrixParameter;
  readonly layers: readonly Layer[];
  /** `[V, H]`; the embedding itself where the two are tied. */
  readonly decoder: MatrixParameter;
  /** `[V]`. */
  readonly decoderBias: BiasParameter;
}

/** The recurrent state of every layer, `[H, B]` each, in the order of the cell's states. */
export type RecurrentState = Tensor2D[][];

/** The weights of a language model, in the order of the forward pass. */
export function planLanguageModel(settings: LanguageModelSettings): ModelPlan {
  const { vocabulary, embedding, hidden, init, sparse, tied = false } = settings;
  if (tied && embedding !== hidden) {
    throw new InputError(
      `expected embedding and hidden of one size where embedding and decoder are tied, got ${embedding} and ${hidden}; ` +
        `set embedding to ${hidden}, or tied to false`,
    );
  }
  const layers = planLayers(settings, embedding, ['']);
  const single = (name: 'embedding' | 'decoder', cols: number): MatrixPlan => {
    return { name, role: name, rows: vocabulary, cols, gates: [name], range: init[name], sparse: sparse[name] };
  };
  const matrices = [
    single('embedding', embedding),
    ...layers.flatMap(layer => layerMatrices(layer, sparse, init.recurrent)),
    ...(tied ? [] : [single('decoder', hidden)]),
  ];
  return {
    layers,
    matrices,
    uses: [
      ...matrices.map(({ name, role }) => ({ name, role })),
      ...(tied ? [{ name: 'embedding', role: 'decoder' as const }] : []),
    ],
    biases: [
      ...layers.flatMap(layer => layerBiases(layer, settings.transformBias)),
      { name: 'decoder.bias', values: new Float32Array(vocabulary) },
    ],
  };
}

/** A language model with fresh weights. */
export function createLanguageModel(
  settings: LanguageModelSettings,
  engine: Engine,
  seed: number,
  sparsity?: InitialSparsity,
): LanguageModel {
  const plan = planLanguageModel(settings);
  const parameters = createParameters(plan, engine, seed, sparsity);
  const { matrices, biases } = parameters;
  const [embedding] = matrices;
  const decoder = settings.tied ? embedding : matrices[matrices.length - 1];
  return {
    ...parameters,
    settings,
    embedding,
    layers: plan.layers.map(layer => layerOf(layer, parameters)),
    decoder,
    decoderBias: biases[biases.length - 1],
    uses: plan.uses,
  };
}

export function zeroState(model: LanguageModel, batch: number): RecurrentState {
  return model.layers.map(layer => zeroStates(layer, batch));
}

export function disposeState(state: RecurrentState): void {
  for (const tensor of state.flat()) tensor.dispose();
}

/** Random streams of a window's dropout masks: words, embeddings, then the layers' outputs; state masks far behind. */
const STREAMS = { word: 0, input: 1, output: 2, state: 1024 };

/**
 * Mean loss per token of one window.
 *
 * @param inputs int32 `[T*B]`, columns (t, b) with t outermost; `targets` likewise.
 * @param state before the window; not disposed.
 * @param dropoutKey random key of this window's dropout, or null for evaluation without dropout.
 * @returns the loss and the state after the window. The state is kept (not freed by a tidy): the caller disposes of it.
 */
export function windowLoss(
  model: LanguageModel,
  inputs: Tensor1D,
  targets: Tensor1D,
  state: RecurrentState,
  dropoutKey: readonly [number, number] | null,
): { loss: Scalar; state: RecurrentState } {
  const { dropout: rates } = model.settings;
  const batch = state[0][0].shape[1];
  const next: RecurrentState = [];
  const drop = (x: Tensor2D, rate: number, stream: number, kind: DropoutOptions['kind'] = rates.kind) =>
    dropoutKey === null ? x : dropout(x, { rate, kind, batch, key: dropoutKey, stream }, inputs);
  const stateMask = (layer: Layer, index: number) => {
    const rate = rates.state ?? 0;
    if (dropoutKey === null || rate === 0 || !layer.cell.stateDropout) return undefined;
    return drop(ones<Rank.R2>([layer.hidden, batch]), rate, STREAMS.state + index, 'elementwise');
  };
  const loss = tidy(() => {
    let x = sparseEmbedding(model.embedding.weight, inputs);
    x = drop(x, rates.word, STREAMS.word, 'word');
    x = drop(x, rates.input, STREAMS.input);
    model.layers.forEach((layer, index) => {
      const { y, states } = runLayer(layer, { x, states: state[index], stateMask: stateMask(layer, index) });
      next.push(states.map(each => keep(each.clone())));
      const rate = index + 1 < model.layers.length ? rates.between : rates.output;
      x = drop(y!, rate, STREAMS.output + index);
    });
    const logits = sparseMatMul(model.decoder.weight, x, model.decoderBias.variable as unknown as Tensor1D);
    return softmaxCrossEntropy(logits, targets, { overwriteLogits: true });
  });
  return { loss, state: next };
}
