/**
 * sparseRhn: one recurrent highway layer of depth L over a whole window of T time steps, as a single op.
 *
 *     [H_l; T_l] = [l = 1] W x_t + R_l (m * s_{l-1}) + bias_l        h_l = tanh(H_l), t_l = sigmoid(T_l)
 *     s_l = h_l * t_l + s_{l-1} * (1 - t_l)                          l = 1 .. L
 *
 * s_0 of a time step is s_L of the one before; y_t = s_L. The carry gate is 1 - t_l (coupled).
 * Letters: I inputs, H hidden units, L depth, T time steps, B batch.
 *
 * | operand      | shape        | notes                                                                    |
 * |--------------|--------------|--------------------------------------------------------------------------|
 * | x            | [I, T*B]     | feature-major; columns are (t, b) with t outermost                       |
 * | s0           | [H, B]       | state before the first step                                              |
 * | w            | [2H, I]      | sparse or dense; the first H rows make h, the others t; enters at l = 1   |
 * | r            | L x [2H, H]  | one matrix per depth, each sparse or dense; the same row order           |
 * | bias         | [L*2H]       | always dense; the 2H rows of depth 1, then those of depth 2, ..          |
 * | mask m       | [H, B]       | optional, default ones: the state dropout's factors, 0 or 1 / (1 - rate); |
 * |              |              | one for all time steps and depths, and on the input of R_l alone         |
 * | y (result)   | [H, T*B]     | s_L of every step                                                        |
 * | sLast (res.) | [H, B]       | s_L of step T, the last B columns of y: the next window's s0             |
 *
 * Gradients: dx, ds0, dw, dr (one per depth) and dbias from dy [H, T*B] and dsLast [H, B]. The gradient of a sparse matrix
 * has one entry per nonzero. The mask counts as a constant: its gradient is zero.
 *
 * Source: Zilly et al. (2017); the one mask per window is that of Gal & Ghahramani (2016).
 */

import { type RecurrentShape, readSizes, requireShape } from '../recurrent.ts';

const OP = 'sparseRhn';

/** The gates in the order in which their H rows are stacked in w, in every r and in every depth's part of bias. */
export const RHN_GATES = ['h', 't'] as const;

/** Sizes of one sparseRhn call. */
export interface RhnShape extends Omit<RecurrentShape, 'lengths'> {
  /** L: highway layers within a time step. */
  readonly depth: number;
}

/** Shapes of the operands, as an engine finds them on its tensors and matrices. */
export interface RhnOperandShapes {
  readonly x: readonly number[];
  readonly s0: readonly number[];
  readonly w: readonly number[];
  readonly r: readonly (readonly number[])[];
  readonly bias: readonly number[];
  readonly mask?: readonly number[];
}

/**
 * Checks the operands against each other and returns the sizes. H and B are read off s0, I off x, L is the number of
 * matrices in r, T is x's columns / B.
 * @throws an Error naming the operand, the shape that was expected, the one that came, and what to do.
 */
export function validateRhn(shapes: RhnOperandShapes): RhnShape {
  const sizes = readSizes(OP, shapes.x, shapes.s0, 's0');
  const { inputs, hidden, batch } = sizes;
  const depth = shapes.r.length;
  if (depth === 0) {
    throw new Error(`${OP}: expected at least 1 matrix in r, got 0. Pass one recurrent matrix per depth.`);
  }
  const gates = RHN_GATES.length * hidden;
  const because = `hidden ${hidden} and batch ${batch} are read off s0, inputs ${inputs} off x`;
  requireShape(OP, 'w', [gates, inputs], shapes.w, `${because}; stack the gates h, t as rows`);
  shapes.r.forEach((shape, l) => {
    requireShape(OP, `r[${l}]`, [gates, hidden], shape, `${because}; stack the gates h, t as rows`);
  });
  requireShape(
    OP,
    'bias',
    [depth * gates],
    shapes.bias,
    `${because}, depth ${depth} off r; stack the depths, gates h, t each`,
  );
  if (shapes.mask)
    requireShape(OP, 'mask', [hidden, batch], shapes.mask, `${because}; pass one mask for all steps and depths`);
  return { ...sizes, depth };
}
