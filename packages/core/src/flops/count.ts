/** What a weight matrix is used for: looked up by token, or multiplied. */
export type MatrixRole = 'embedding' | 'recurrent' | 'decoder';

/** One use of a matrix; a matrix that two layers share has two. */
export interface MatrixUse {
  name: string;
  role: MatrixRole;
  /** What one use of it serves: a token (default), or a whole sequence, as the linear layer of a classifier does. */
  per?: 'token' | 'sequence';
}

/** A use of a matrix as the counting rule sees it. */
export interface CountedMatrix extends MatrixUse {
  rows: number;
  cols: number;
  nnz: number;
}

/** Floating-point operations per token. */
export interface FlopCount {
  /** One forward pass. */
  forward: number;
  /** One step of training: forward pass, gradients of the inputs, gradients of the weights. */
  training: number;
  /** The same two if every matrix were dense. */
  denseForward: number;
  denseTraining: number;
  /** Forward FLOPs per sequence, beside those of its tokens: the linear layer of a classifier. Absent where there are none. */
  perSequence?: number;
}

/**
 * Counts floating-point operations per token: one multiplication and one addition for each nonzero of each matrix
 * product.
 *
 * `forward = 2 * sum of nnz` over recurrent and decoder matrices, `training = 3 * forward`. The embedding is a look-up
 * and counts nothing. Biases, activation functions, softmax, optimizer and topology updates are left out, as in the
 * papers that are compared (Wen et al. 2018, ISS). A matrix that two layers share is listed once for each use.
 *
 * @param matrices Every weight matrix of the model, sparse or dense (nnz = rows * cols).
 * @example
 * countFlops([{ name: 'decoder', rows: 10, cols: 4, nnz: 8, role: 'decoder' }]);
 * // { forward: 16, training: 48, denseForward: 80, denseTraining: 240 }
 */
export function countFlops(matrices: readonly CountedMatrix[]): FlopCount {
  const sum = (counted: readonly CountedMatrix[], of: (matrix: CountedMatrix) => number) =>
    2 * counted.reduce((total, matrix) => total + of(matrix), 0);
  const multiplied = matrices.filter(({ role }) => role !== 'embedding');
  const perToken = multiplied.filter(({ per }) => per !== 'sequence');
  const once = multiplied.filter(({ per }) => per === 'sequence');
  const forward = sum(perToken, ({ nnz }) => nnz);
  const denseForward = sum(perToken, ({ rows, cols }) => rows * cols);
  return {
    forward,
    training: 3 * forward,
    denseForward,
    denseTraining: 3 * denseForward,
    ...(once.length > 0 && { perSequence: sum(once, ({ nnz }) => nnz) }),
  };
}
