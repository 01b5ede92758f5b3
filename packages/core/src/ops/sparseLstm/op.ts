import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { runKernel } from '../kernel.ts';
import { denseWeight, type RecurrentOptions, type RecurrentResult, withoutValues } from '../recurrent.ts';
import { checkWeight, type WeightMatrix } from '../weight.ts';
import { type LstmShape, validateLstm } from './contract.ts';

/** Inputs x, h0, c0, wx, wh, bias; outputs hLast, cLast, saved, and y if `sequences`. */
export const LSTM_LAYER = 'SparseRnnLstm';
/** Inputs dhLast, dcLast, x, h0, c0, wx, wh, bias, saved, and dy if `sequences`; outputs dx, dh0, dc0, dwx, dwh, dbias. */
export const LSTM_LAYER_GRAD = 'SparseRnnLstmGrad';

/** Attributes of the two kernels. */
export interface LstmAttributes {
  shape: LstmShape;
  wx: Omit<WeightMatrix, 'values'>;
  wh: Omit<WeightMatrix, 'values'>;
  /** Whether a gradient may be asked for: if not, the activations are not kept. */
  keep: boolean;
  /** Whether y is wanted. */
  sequences: boolean;
}

/** The state of an LSTM layer after a window: h and c `[H, B]`, each column's after its last step. */
export interface LstmState {
  hLast: Tensor2D;
  cLast: Tensor2D;
}

/**
 * One LSTM layer over a whole window, as contract.ts defines it. Each of the two weights is sparse or dense.
 *
 * @param x `[I, T*B]`, columns (t, b) with t outermost.
 * @param h0 `[H, B]`, state before the window.
 * @param c0 `[H, B]`.
 * @param wx `[4H, I]`, gates i, f, g, o stacked.
 * @param wh `[4H, H]`.
 * @param bias `[4H]`.
 * @param options `lengths` of the sequences (default: all T) and whether `sequences`, that is y, are wanted (default: yes).
 * @returns y `[H, T*B]`, all h_t, and the state after the window: hLast and cLast `[H, B]`.
 * @throws Error if the shapes or lengths do not fit; InputError if no engine runs, or not that of the weights.
 * @example
 * const { hLast } = sparseLstm(x, h0, c0, wx, wh, bias, { lengths: [5, 3, 2], sequences: false });
 */
export function sparseLstm<Options extends RecurrentOptions = { sequences: true }>(
  x: Tensor2D,
  h0: Tensor2D,
  c0: Tensor2D,
  wx: WeightMatrix,
  wh: WeightMatrix,
  bias: Tensor1D,
  options?: Options,
): RecurrentResult<LstmState, Options> {
  checkWeight('sparseLstm wx', wx);
  checkWeight('sparseLstm wh', wh);
  const shapes = {
    x: x.shape,
    h0: h0.shape,
    c0: c0.shape,
    wx: [wx.rows, wx.cols],
    wh: [wh.rows, wh.cols],
    bias: bias.shape,
  };
  const attributes: LstmAttributes = {
    shape: validateLstm(shapes, options?.lengths),
    wx: withoutValues(wx),
    wh: withoutValues(wh),
    keep: ENGINE.isTapeOn(),
    sequences: options?.sequences ?? true,
  };
  const inputs = { x, h0, c0, wx: wx.values, wh: wh.values, bias };
  // The third output stands for the activations that the gradient needs.
  const outputs = runKernel(LSTM_LAYER, inputs, attributes as unknown as Record<string, never>);
  const [hLast, cLast, , y] = outputs as unknown as Tensor[];
  return { hLast, cLast, y } as unknown as RecurrentResult<LstmState, Options>;
}

/** The dense twin: wx `[4H, I]` and wh `[4H, H]` are plain tensors. */
export function denseLstm<Options extends RecurrentOptions = { sequences: true }>(
  x: Tensor2D,
  h0: Tensor2D,
  c0: Tensor2D,
  wx: Tensor2D,
  wh: Tensor2D,
  bias: Tensor1D,
  options?: Options,
): RecurrentResult<LstmState, Options> {
  return sparseLstm(x, h0, c0, denseWeight(wx), denseWeight(wh), bias, options);
}
