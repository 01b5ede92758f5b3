import { forEachWeight, type ReferenceWeight } from './weight.ts';

// What the float64 references of the recurrent ops share: one column at a time, in plain loops.

/** 1 / (1 + e^-z). */
export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** Column n of a row-major matrix. */
export function column(matrix: ArrayLike<number>, rows: number, columns: number, n: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => matrix[row * columns + n]);
}

/** y += W x. */
export function addProduct(w: ReferenceWeight, x: Float64Array, y: Float64Array): void {
  forEachWeight(w, (row, col, value) => {
    y[row] += value * x[col];
  });
}

/** dx += W^T dy. */
export function addTransposedProduct(w: ReferenceWeight, dy: Float64Array, dx: Float64Array): void {
  forEachWeight(w, (row, col, value) => {
    dx[col] += value * dy[row];
  });
}

/** dW += dy x^T at the stored values. */
export function addOuterProduct(w: ReferenceWeight, dy: Float64Array, x: Float64Array, dw: Float64Array): void {
  forEachWeight(w, (row, col, _value, k) => {
    dw[k] += dy[row] * x[col];
  });
}
