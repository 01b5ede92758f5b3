import { keep, type Rank, type Scalar, type Tensor1D, type Tensor2D, tidy, zeros } from '@tensorflow/tfjs-core';
import { type DropoutOptions, dropout } from '../ops/dropout/contract.ts';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy/contract.ts';
import { sparseEmbedding } from '../ops/sparseEmbedding/contract.ts';
import { sparseLstm } from '../ops/sparseLstm/op.ts';
import { sparseMatMul } from '../ops/sparseMatMul/contract.ts';
import type { LanguageModelSettings } from '../train/types.ts';
import type { BiasParameter, MatrixParameter } from './parameters.ts';

/** Parameters of one LSTM layer. */
export interface LstmLayer {
  /** `[4H, I]` and `[4H, H]`, gates i, f, g, o stacked. */
  wx: MatrixParameter;
  wh: MatrixParameter;
  /** `[4H]`. */
  bias: BiasParameter;
}

/** The recurrent state of every layer: h and c, `[H, B]`. */
export interface RecurrentState {
  h: Tensor2D[];
  c: Tensor2D[];
}

/**
 * Embedding -> dropout -> LSTM layers with dropout between -> dropout -> decoder -> softmax cross-entropy.
 */
export interface LanguageModel {
  settings: LanguageModelSettings;
  /** `[V, E]`. */
  embedding: MatrixParameter;
  layers: LstmLayer[];
  /** `[V, H]`. */
  decoder: MatrixParameter;
  /** `[V]`. */
  decoderBias: BiasParameter;
}

/** All weight matrices, in the order of the forward pass. */
export function matricesOf(model: LanguageModel): MatrixParameter[] {
  return [model.embedding, ...model.layers.flatMap(layer => [layer.wx, layer.wh]), model.decoder];
}

/** All biases, in the order of the forward pass. */
export function biasesOf(model: LanguageModel): BiasParameter[] {
  return [...model.layers.map(layer => layer.bias), model.decoderBias];
}

export function zeroState(model: LanguageModel, batch: number): RecurrentState {
  const state = () => model.layers.map(() => zeros<Rank.R2>([model.settings.hidden, batch]));
  return { h: state(), c: state() };
}

export function disposeState(state: RecurrentState): void {
  for (const tensor of [...state.h, ...state.c]) tensor.dispose();
}

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
  const { dropout: rates, layers } = model.settings;
  const batch = state.h[0].shape[1];
  const next: RecurrentState = { h: [], c: [] };
  const drop = (x: Tensor2D, rate: number, stream: number, kind: DropoutOptions['kind'] = rates.kind) =>
    dropoutKey === null ? x : dropout(x, { rate, kind, batch, key: dropoutKey, stream }, inputs);
  const loss = tidy(() => {
    let x = sparseEmbedding(model.embedding.weight, inputs);
    x = drop(x, rates.word, 0, 'word');
    x = drop(x, rates.input, 1);
    model.layers.forEach((layer, index) => {
      const { y, hLast, cLast } = sparseLstm(
        x,
        state.h[index],
        state.c[index],
        layer.wx.weight,
        layer.wh.weight,
        layer.bias.variable as unknown as Tensor1D,
      );
      next.h.push(keep(hLast.clone()));
      next.c.push(keep(cLast.clone()));
      x = index + 1 < layers ? drop(y, rates.between, 2 + index) : drop(y, rates.output, 2 + index);
    });
    const logits = sparseMatMul(model.decoder.weight, x, model.decoderBias.variable as unknown as Tensor1D);
    return softmaxCrossEntropy(logits, targets, { overwriteLogits: true });
  });
  return { loss, state: next };
}
