/**
 * sparseLstm: one LSTM layer over a whole window of T time steps, as a single op.
 *
 *     z_t = Wx x_t + Wh h_{t-1} + bias            i, f, o = sigmoid(z), g = tanh(z)
 *     c_t = f * c_{t-1} + i * g                   h_t = o * tanh(c_t)
 *
 * Letters: I inputs, H hidden units, T time steps, B batch.
 *
 * | operand      | shape      | notes                                                          |
 * |--------------|------------|----------------------------------------------------------------|
 * | x            | [I, T*B]   | feature-major; columns are (t, b) with t outermost             |
 * | h0, c0       | [H, B]     | state before the first step                                    |
 * | wx           | [4H, I]    | sparse or dense; rows are the gates i, f, g, o, H rows each     |
 * | wh           | [4H, H]    | sparse or dense; the same row order                            |
 * | bias         | [4H]       | always dense; the one bias stands for PyTorch's b_ih + b_hh     |
 * | y (result)   | [H, T*B]   | h_t of every step; absent with `sequences: false`               |
 * | hLast (res.) | [H, B]     | h after a column's last step: the next window's h0              |
 * | cLast (res.) | [H, B]     | c after a column's last step: the next window's c0              |
 *
 * Gradients: dx, dh0, dc0, dwx, dwh and dbias from those of y, hLast and cLast. The gradient of a sparse matrix has one
 * entry per nonzero; positions outside the matrix's topology are never computed.
 *
 * Sequences of different lengths (`lengths`, longest first): a column's steps from its length on are padding. They touch
 * no state, y and dx are 0 there, and nothing of x's padding reaches any result.
 *
 * Source: Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000), no peepholes: the cell of
 * Zaremba et al. (2014) and of `torch.nn.LSTM`.
 */

import { type RecurrentShape, readSizes, requireShape, validateLengths } from '../recurrent.ts';

const OP = 'sparseLstm';

/** The gates in the order in which their H rows are stacked in wx, wh and bias. */
export const LSTM_GATES = ['i', 'f', 'g', 'o'] as const;

/** Sizes of one sparseLstm call. */
export type LstmShape = RecurrentShape;

/** Shapes of the operands, as an engine finds them on its tensors and matrices. */
export interface LstmOperandShapes {
  readonly x: readonly number[];
  readonly h0: readonly number[];
  readonly c0: readonly number[];
  readonly wx: readonly number[];
  readonly wh: readonly number[];
  readonly bias: readonly number[];
}

/**
 * Checks the operands and lengths against each other and returns the sizes. H and B are read off h0, I off x, T is x's
 * columns / B.
 * @throws an Error naming the operand, the shape that was expected, the one that came, and what to do.
 */
export function validateLstm(shapes: LstmOperandShapes, lengths?: ArrayLike<number>): LstmShape {
  const sizes = readSizes(OP, shapes.x, shapes.h0);
  const { inputs, hidden, steps, batch } = sizes;
  const gates = LSTM_GATES.length * hidden;
  const because = `hidden ${hidden} and batch ${batch} are read off h0, inputs ${inputs} off x`;
  requireShape(OP, 'c0', [hidden, batch], shapes.c0, `${because}; pass h0 and c0 of the same layer`);
  requireShape(OP, 'wx', [gates, inputs], shapes.wx, `${because}; stack the gates i, f, g, o as rows`);
  requireShape(OP, 'wh', [gates, hidden], shapes.wh, `${because}; stack the gates i, f, g, o as rows`);
  requireShape(OP, 'bias', [gates], shapes.bias, `${because}; add PyTorch's two biases into one`);
  return { ...sizes, lengths: validateLengths(OP, lengths, steps, batch) };
}
