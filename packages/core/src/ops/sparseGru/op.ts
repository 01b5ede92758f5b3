import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { runKernel } from '../kernel.ts';
import { denseWeight, type RecurrentOptions, type RecurrentResult, withoutValues } from '../recurrent.ts';
import { checkWeight, type WeightMatrix } from '../weight.ts';
import { type GruShape, validateGru } from './contract.ts';

/** Inputs x, h0, wx, wh, bias, recurrentBias; outputs hLast, saved, and y if `sequences`. */
export const GRU_LAYER = 'SparseRnnGru';
/**
 * Inputs dhLast, x, h0, wx, wh, bias, recurrentBias, saved, and dy if `sequences`; outputs dx, dh0, dwx, dwh, dbias,
 * drecurrentBias.
 */
export const GRU_LAYER_GRAD = 'SparseRnnGruGrad';

/** Attributes of the two kernels. */
export interface GruAttributes {
  shape: GruShape;
  wx: Omit<WeightMatrix, 'values'>;
  wh: Omit<WeightMatrix, 'values'>;
  /** Whether a gradient may be asked for: if not, the activations are not kept. */
  keep: boolean;
  /** Whether y is wanted. */
  sequences: boolean;
}

/** The state of a GRU layer after a window: h `[H, B]`, each column's after its last step. */
export interface GruState {
  hLast: Tensor2D;
}

/**
 * One GRU layer over a whole window, as contract.ts defines it. Each of the two weights is sparse or dense.
 *
 * @param x `[I, T*B]`, columns (t, b) with t outermost.
 * @param h0 `[H, B]`, state before the window.
 * @param wx `[3H, I]`, gates r, z, n stacked.
 * @param wh `[3H, H]`.
 * @param bias `[3H]`, added to wx's product.
 * @param recurrentBias `[3H]`, added to wh's product: that of n inside the reset gate.
 * @param options `lengths` of the sequences (default: all T) and whether `sequences`, that is y, are wanted (default: yes).
 * @returns y `[H, T*B]`, all h_t, and the state after the window: hLast `[H, B]`.
 * @throws Error if the shapes or lengths do not fit; InputError if no engine runs, or not that of the weights.
 * @example
 * const { y, hLast } = sparseGru(x, h0, wx, wh, bias, recurrentBias);
 */
export function sparseGru<Options extends RecurrentOptions = { sequences: true }>(
  x: Tensor2D,
  h0: Tensor2D,
  wx: WeightMatrix,
  wh: WeightMatrix,
  bias: Tensor1D,
  recurrentBias: Tensor1D,
  options?: Options,
): RecurrentResult<GruState, Options> {
  checkWeight('sparseGru wx', wx);
  checkWeight('sparseGru wh', wh);
  const shapes = {
    x: x.shape,
    h0: h0.shape,
    wx: [wx.rows, wx.cols],
    wh: [wh.rows, wh.cols],
    bias: bias.shape,
    recurrentBias: recurrentBias.shape,
  };
  const attributes: GruAttributes = {
    shape: validateGru(shapes, options?.lengths),
    wx: withoutValues(wx),
    wh: withoutValues(wh),
    keep: ENGINE.isTapeOn(),
    sequences: options?.sequences ?? true,
  };
  const inputs = { x, h0, wx: wx.values, wh: wh.values, bias, recurrentBias };
  // The second output stands for the activations that the gradient needs.
  const outputs = runKernel(GRU_LAYER, inputs, attributes as unknown as Record<string, never>);
  const [hLast, , y] = outputs as unknown as Tensor[];
  return { hLast, y } as unknown as RecurrentResult<GruState, Options>;
}

/** The dense twin: wx `[3H, I]` and wh `[3H, H]` are plain tensors. */
export function denseGru<Options extends RecurrentOptions = { sequences: true }>(
  x: Tensor2D,
  h0: Tensor2D,
  wx: Tensor2D,
  wh: Tensor2D,
  bias: Tensor1D,
  recurrentBias: Tensor1D,
  options?: Options,
): RecurrentResult<GruState, Options> {
  return sparseGru(x, h0, denseWeight(wx), denseWeight(wh), bias, recurrentBias, options);
}
