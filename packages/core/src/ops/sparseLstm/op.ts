import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { checkWeight, type WeightMatrix } from '../weight.ts';
import { type LstmShape, validateLstm } from './contract.ts';

export const LSTM_LAYER = 'SparseRnnLstm';
export const LSTM_LAYER_GRAD = 'SparseRnnLstmGrad';

/** Attributes of the two kernels. */
export interface LstmAttributes {
  shape: LstmShape;
  wx: Omit<WeightMatrix, 'values'>;
  wh: Omit<WeightMatrix, 'values'>;
  /** Whether a gradient may be asked for: if not, the activations are not kept. */
  keep: boolean;
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
 * @returns y `[H, T*B]`, all h_t (its last B columns are the next window's h0), and cLast `[H, B]`.
 * @throws RangeError if the shapes do not fit.
 */
export function sparseLstm(
  x: Tensor2D,
  h0: Tensor2D,
  c0: Tensor2D,
  wx: WeightMatrix,
  wh: WeightMatrix,
  bias: Tensor1D,
): { y: Tensor2D; cLast: Tensor2D } {
  checkWeight('sparseLstm wx', wx);
  checkWeight('sparseLstm wh', wh);
  const shape = validateLstm({
    x: x.shape,
    h0: h0.shape,
    c0: c0.shape,
    wx: [wx.rows, wx.cols],
    wh: [wh.rows, wh.cols],
    bias: bias.shape,
  });
  const attributes: LstmAttributes = { shape, wx: withoutValues(wx), wh: withoutValues(wh), keep: ENGINE.isTapeOn() };
  const inputs = { x, h0, c0, wx: wx.values, wh: wh.values, bias };
  // The third output stands for the activations that the gradient needs.
  const outputs = ENGINE.runKernel(LSTM_LAYER, inputs, attributes as unknown as Record<string, never>);
  const [y, cLast] = outputs as unknown as Tensor[];
  return { y: y as Tensor2D, cLast: cLast as Tensor2D };
}

/** The dense twin: wx `[4H, I]` and wh `[4H, H]` are plain tensors. */
export function denseLstm(
  x: Tensor2D,
  h0: Tensor2D,
  c0: Tensor2D,
  wx: Tensor2D,
  wh: Tensor2D,
  bias: Tensor1D,
): { y: Tensor2D; cLast: Tensor2D } {
  const dense = (values: Tensor2D) => ({ rows: values.shape[0], cols: values.shape[1], values });
  return sparseLstm(x, h0, c0, dense(wx), dense(wh), bias);
}

function withoutValues(w: WeightMatrix): Omit<WeightMatrix, 'values'> {
  return { rows: w.rows, cols: w.cols, layout: w.layout };
}
