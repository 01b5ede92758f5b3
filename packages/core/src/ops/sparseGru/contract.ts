/**
 * sparseGru: one GRU layer over a whole window of T time steps, as a single op.
 *
 *     a = Wx x_t + bias                           q = Wh h_{t-1} + recurrentBias
 *     r = sigmoid(a_r + q_r)                      z = sigmoid(a_z + q_z)
 *     n = tanh(a_n + r * q_n)                     h_t = (1 - z) * n + z * h_{t-1}
 *
 * Letters: I inputs, H hidden units, T time steps, B batch.
 *
 * | operand       | shape      | notes                                                         |
 * |---------------|------------|---------------------------------------------------------------|
 * | x             | [I, T*B]   | feature-major; columns are (t, b) with t outermost            |
 * | h0            | [H, B]     | state before the first step                                   |
 * | wx            | [3H, I]    | sparse or dense; rows are the gates r, z, n, H rows each       |
 * | wh            | [3H, H]    | sparse or dense; the same row order                           |
 * | bias          | [3H]       | always dense; PyTorch's b_ih                                  |
 * | recurrentBias | [3H]       | always dense; PyTorch's b_hh. That of n is multiplied by r     |
 * | y (result)    | [H, T*B]   | h_t of every step; absent with `sequences: false`              |
 * | hLast (res.)  | [H, B]     | h after a column's last step: the next window's h0             |
 *
 * Gradients: dx, dh0, dwx, dwh, dbias and drecurrentBias from those of y and hLast. The gradient of a sparse matrix has one
 * entry per nonzero; positions outside the matrix's topology are never computed.
 *
 * Sequences of different lengths: as sparseLstm.
 *
 * Source: Cho et al. (2014), with the reset gate applied after the recurrent product, so that Wh is one matrix: version 1 of
 * arXiv 1406.1078 as cuDNN and `torch.nn.GRU` have it.
 */

import { type RecurrentShape, readSizes, requireShape, validateLengths } from '../recurrent.ts';

const OP = 'sparseGru';

/** The gates in the order in which their H rows are stacked in wx, wh and the biases. */
export const GRU_GATES = ['r', 'z', 'n'] as const;

/** Sizes of one sparseGru call. */
export type GruShape = RecurrentShape;

/** Shapes of the operands, as an engine finds them on its tensors and matrices. */
export interface GruOperandShapes {
  readonly x: readonly number[];
  readonly h0: readonly number[];
  readonly wx: readonly number[];
  readonly wh: readonly number[];
  readonly bias: readonly number[];
  readonly recurrentBias: readonly number[];
}

/**
 * Checks the operands and lengths against each other and returns the sizes. H and B are read off h0, I off x, T is x's
 * columns / B.
 * @throws an Error naming the operand, the shape that was expected, the one that came, and what to do.
 */
export function validateGru(shapes: GruOperandShapes, lengths?: ArrayLike<number>): GruShape {
  const sizes = readSizes(OP, shapes.x, shapes.h0);
  const { inputs, hidden, steps, batch } = sizes;
  const gates = GRU_GATES.length * hidden;
  const because = `hidden ${hidden} and batch ${batch} are read off h0, inputs ${inputs} off x`;
  requireShape(OP, 'wx', [gates, inputs], shapes.wx, `${because}; stack the gates r, z, n as rows`);
  requireShape(OP, 'wh', [gates, hidden], shapes.wh, `${because}; stack the gates r, z, n as rows`);
  requireShape(OP, 'bias', [gates], shapes.bias, `${because}; pass b_ih of a PyTorch layer`);
  requireShape(OP, 'recurrentBias', [gates], shapes.recurrentBias, `${because}; pass b_hh of a PyTorch layer`);
  return { ...sizes, lengths: validateLengths(OP, lengths, steps, batch) };
}
