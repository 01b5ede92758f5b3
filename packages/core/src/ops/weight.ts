import type { Tensor } from '@tensorflow/tfjs-core';
import { requireCurrent } from '../engines/engine.ts';
import type { Layout } from '../sparsity/layout.ts';

/** A weight matrix W `[rows, cols]` as ops take it: sparse if it has a layout, dense if not. */
export interface WeightMatrix {
  readonly rows: number;
  readonly cols: number;
  /** `[nnz]` in the layout's order, or `[rows, cols]`. */
  readonly values: Tensor;
  /** Where the nonzeros are; absent for a dense weight. */
  readonly layout?: Layout;
}

/** The same for references: values in canonical order, or row-major; float64 loops read them as numbers. */
export interface ReferenceWeight {
  rows: number;
  cols: number;
  values: ArrayLike<number>;
  /** Canonical flat indices of the values; absent for a dense matrix. */
  indices?: Uint32Array;
}

/** Number of stored values. */
export function storedValues(w: ReferenceWeight): number {
  return w.indices === undefined ? w.rows * w.cols : w.indices.length;
}

/** Calls `visit(row, col, value, k)` for every stored value, k being its place in canonical order. */
export function forEachWeight(
  w: ReferenceWeight,
  visit: (row: number, col: number, value: number, k: number) => void,
): void {
  const count = storedValues(w);
  for (let k = 0; k < count; k++) {
    const flat = w.indices === undefined ? k : w.indices[k];
    visit(Math.floor(flat / w.cols), flat % w.cols, w.values[k], k);
  }
}

/**
 * Throws unless the values have the length or shape that the matrix needs, and the engine of a sparse one is the current
 * one, as far as its layout says which it is. `what` names the op.
 */
export function checkWeight(what: string, w: WeightMatrix): void {
  if (w.layout !== undefined) {
    const { layout } = w;
    if (layout.engine !== undefined) requireCurrent(layout.engine);
    if (layout.rows !== w.rows || layout.cols !== w.cols) {
      throw new Error(`${what}: expected a layout of [${w.rows}, ${w.cols}], got [${layout.rows}, ${layout.cols}].`);
    }
    if (w.values.rank !== 1 || w.values.shape[0] !== layout.nnz) {
      throw new Error(`${what}: expected values of shape [${layout.nnz}], one per nonzero, got [${w.values.shape}].`);
    }
  } else if (w.values.rank !== 2 || w.values.shape[0] !== w.rows || w.values.shape[1] !== w.cols) {
    throw new Error(`${what}: expected a dense weight of shape [${w.rows}, ${w.cols}], got [${w.values.shape}].`);
  }
}
