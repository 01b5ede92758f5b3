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
 * | y (result)   | [H, T*B]   | h_t of every step                                              |
 * | hLast (res.) | [H, B]     | h_T, the last B columns of y: the next window's h0              |
 * | cLast (res.) | [H, B]     | c_T: the next window's c0                                       |
 *
 * Gradients: dx, dh0, dc0, dwx, dwh and dbias from dy [H, T*B] and, each optional, dhLast and dcLast [H, B]. The gradient
 * of a sparse matrix has one entry per nonzero; positions outside the matrix's topology are never computed.
 *
 * Source: Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000), no peepholes: the cell of
 * Zaremba et al. (2014) and of `torch.nn.LSTM`.
 */

/** The gates in the order in which their H rows are stacked in wx, wh and bias. */
export const LSTM_GATES = ['i', 'f', 'g', 'o'] as const;

/** Sizes of one sparseLstm call. */
export interface LstmShape {
  /** I: rows of x. */
  readonly inputs: number;
  /** H: hidden units. */
  readonly hidden: number;
  /** T: time steps of the window. */
  readonly steps: number;
  /** B: sequences that run side by side. */
  readonly batch: number;
}

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
 * Checks the operands against each other and returns the sizes. H and B are read off h0, I off x, T is x's columns / B.
 * @throws an Error naming the operand, the shape that was expected, the one that came, and what to do.
 */
export function validateLstm(shapes: LstmOperandShapes): LstmShape {
  requireMatrix('h0', '[hidden, batch]', shapes.h0);
  requireMatrix('x', '[inputs, steps * batch]', shapes.x);
  const [hidden, batch] = shapes.h0;
  const [inputs, columns] = shapes.x;
  if (columns % batch !== 0) {
    throw new Error(
      `sparseLstm: expected the columns of x to be steps * batch with batch ${batch} (from h0), got ${columns} columns. ` +
        'Pad the window to whole time steps, or pass states of the right batch.',
    );
  }
  const gates = LSTM_GATES.length * hidden;
  const because = `hidden ${hidden} and batch ${batch} are read off h0, inputs ${inputs} off x`;
  requireShape('c0', [hidden, batch], shapes.c0, `${because}; pass h0 and c0 of the same layer`);
  requireShape('wx', [gates, inputs], shapes.wx, `${because}; stack the gates i, f, g, o as rows`);
  requireShape('wh', [gates, hidden], shapes.wh, `${because}; stack the gates i, f, g, o as rows`);
  requireShape('bias', [gates], shapes.bias, `${because}; add PyTorch's two biases into one`);
  return { inputs, hidden, steps: columns / batch, batch };
}

/** Checks the shapes of the incoming gradients. @throws as `validateLstm`. */
export function validateLstmGradients(
  { hidden, steps, batch }: LstmShape,
  shapes: { readonly dy: readonly number[]; readonly dhLast?: readonly number[]; readonly dcLast?: readonly number[] },
): void {
  requireShape('dy', [hidden, steps * batch], shapes.dy, 'pass the gradient of y, all time steps');
  if (shapes.dhLast) requireShape('dhLast', [hidden, batch], shapes.dhLast, 'pass the gradient of hLast, or none');
  if (shapes.dcLast) requireShape('dcLast', [hidden, batch], shapes.dcLast, 'pass the gradient of cLast, or none');
}

function requireMatrix(name: string, letters: string, shape: readonly number[]): void {
  if (shape.length === 2 && shape.every(size => Number.isInteger(size) && size >= 1)) return;
  throw new Error(
    `sparseLstm: expected ${name} of shape ${letters} with sizes of at least 1, got [${shape.join(', ')}]. ` +
      'Activations are feature-major: transpose a [batch, features] tensor first.',
  );
}

function requireShape(name: string, expected: readonly number[], came: readonly number[], todo: string): void {
  if (came.length === expected.length && came.every((size, axis) => size === expected[axis])) return;
  throw new Error(
    `sparseLstm: expected ${name} of shape [${expected.join(', ')}], got [${came.join(', ')}]. Check: ${todo}.`,
  );
}
