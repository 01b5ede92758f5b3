import { panelSizes } from '../engines/simd/panels.ts';
import type { MatrixRole } from '../flops/count.ts';

/** A weight matrix as its bytes are counted. */
export interface StoredMatrix {
  readonly name: string;
  /** What it is used for; a tied matrix is an embedding. */
  readonly role: MatrixRole;
  readonly rows: number;
  readonly cols: number;
  readonly nnz: number;
  /** Whether it has index arrays; if not, nnz is rows * cols. */
  readonly sparse: boolean;
}

/** Bytes of trained numbers and of all that is kept for each. */
export interface WeightBytes {
  /** 4 for each weight. */
  values: number;
  /** Of a sparse matrix, 2 for each nonzero and the row pointers; 6 more and pointers where its transpose multiplies. */
  indices: number;
  /** 4 for each nonzero of a sparse matrix whose transpose multiplies: its values in the order of the columns. */
  copies: number;
  /** 4 for each weight. */
  gradients: number;
  /** 4 for each weight and slot of the optimizer. */
  slots: number;
}

/**
 * Bytes of a matrix on the simd engine after a step of training.
 *
 * @param transposed whether products with its transpose are taken: of every matrix but one that is only looked up.
 * @param slots numbers that the optimizer keeps for each weight.
 */
export function matrixBytes(
  { rows, cols, nnz, sparse }: StoredMatrix,
  { transposed, slots, threads }: { transposed: boolean; slots: number; threads: number },
): WeightBytes {
  const twice = sparse && transposed;
  const panels = (r: number, c: number) => sum(panelSizes(r, c, nnz, threads));
  return {
    values: 4 * nnz,
    indices: (sparse ? panels(rows, cols) : 0) + (twice ? panels(cols, rows) + 4 * nnz : 0),
    copies: twice ? 4 * nnz : 0,
    gradients: 4 * nnz,
    slots: 4 * nnz * slots,
  };
}

export function addWeights(all: readonly WeightBytes[]): WeightBytes {
  const of = (key: keyof WeightBytes) => sum(all.map(each => each[key]));
  const [values, indices, copies] = [of('values'), of('indices'), of('copies')];
  return { values, indices, copies, gradients: of('gradients'), slots: of('slots') };
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
