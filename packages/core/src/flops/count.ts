import type { Model } from '../models/model.ts';

/** What a weight matrix is used for: looked up by token, or multiplied. */
export type MatrixRole = 'embedding' | 'recurrent' | 'decoder';

/** One use of a matrix; a matrix that two layers share has two. */
export interface MatrixUse {
  name: string;
  /** A look-up costs nothing, a product does. */
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

/** What one use of a matrix takes in floating-point operations: per token, or per sequence where it serves a whole one. */
export interface UseFlops {
  name: string;
  /** As in `MatrixUse`. */
  role: MatrixRole;
  /** What the counts are per. */
  per: 'token' | 'sequence';
  /** The product of a forward pass. */
  forward: number;
  /** The three products of a step of training: that, the gradient of the input, the gradient of the weights. */
  training: number;
  /** `forward` if the matrix were dense. */
  denseForward: number;
  /** `training` if the matrix were dense. */
  denseTraining: number;
}

/** Floating-point operations per token. */
export interface FlopCount {
  /** One forward pass. */
  forward: number;
  /** One step of training: forward pass, gradients of the inputs, gradients of the weights. */
  training: number;
  /** `forward` if every matrix were dense. */
  denseForward: number;
  /** `training` if every matrix were dense. */
  denseTraining: number;
  /** Forward FLOPs per sequence, beside those of its tokens: the linear layer of a classifier. Absent where there are none. */
  perSequence?: number;
}

/** Every use of a matrix of a model, as it is now. */
export function usesOf({ uses, matrices }: Pick<Model, 'uses' | 'matrices'>): CountedMatrix[] {
  return uses.map(use => {
    const { rows, cols, nnz } = matrices.find(({ name }) => name === use.name)!.weight;
    return { ...use, rows, cols, nnz };
  });
}

/** Products of one step of training: the forward pass, the gradient of the input, the gradient of the weights. */
const TRAINING_PRODUCTS = 3;

/**
 * The counting rule: one multiplication and one addition for each nonzero of a matrix product, `forward = 2 nnz`, and three
 * products in a step of training. An embedding is a look-up and counts nothing. All other counts are sums of these.
 *
 * @param use A weight matrix in one of its uses, sparse or dense (nnz = rows * cols).
 * @example
 * countUse({ name: 'decoder', rows: 10, cols: 4, nnz: 8, role: 'decoder' });
 * // { name: 'decoder', role: 'decoder', per: 'token', forward: 16, training: 48, denseForward: 80, denseTraining: 240 }
 */
export function countUse({ name, role, per = 'token', rows, cols, nnz }: CountedMatrix): UseFlops {
  const product = (weights: number) => (role === 'embedding' ? 0 : 2 * weights);
  const forward = product(nnz);
  const denseForward = product(rows * cols);
  return {
    ...{ name, role, per, forward, denseForward },
    training: TRAINING_PRODUCTS * forward,
    denseTraining: TRAINING_PRODUCTS * denseForward,
  };
}

/**
 * Counts floating-point operations per token: the sum of `countUse` over all uses of matrices.
 *
 * Biases, activation functions, softmax, optimizer and topology updates are left out, as in the papers that are compared
 * (Wen et al. 2018, ISS). A matrix that two layers share is listed once for each use.
 *
 * @param matrices Every weight matrix of the model, sparse or dense (nnz = rows * cols).
 * @example
 * countFlops([{ name: 'decoder', rows: 10, cols: 4, nnz: 8, role: 'decoder' }]);
 * // { forward: 16, training: 48, denseForward: 80, denseTraining: 240 }
 */
export function countFlops(matrices: readonly CountedMatrix[]): FlopCount {
  const uses = matrices.map(countUse);
  const sum = (per: UseFlops['per'], of: 'forward' | 'training' | 'denseForward' | 'denseTraining') =>
    uses.reduce((total, use) => total + (use.per === per ? use[of] : 0), 0);
  return {
    forward: sum('token', 'forward'),
    training: sum('token', 'training'),
    denseForward: sum('token', 'denseForward'),
    denseTraining: sum('token', 'denseTraining'),
    ...(uses.some(({ per }) => per === 'sequence') && { perSequence: sum('sequence', 'forward') }),
  };
}
