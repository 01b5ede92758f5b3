import { forEachWeight, type ReferenceWeight, storedValues } from '../weight.ts';

/** `Y = W X + b`, `[rows, N]`, in float64. X is `[cols, N]` row-major. */
export function matMul(
  w: ReferenceWeight,
  x: ArrayLike<number>,
  columns: number,
  bias?: ArrayLike<number>,
): Float64Array {
  const y = new Float64Array(w.rows * columns);
  for (let row = 0; row < w.rows; row++) y.fill(bias?.[row] ?? 0, row * columns, (row + 1) * columns);
  forEachWeight(w, (row, col, value) => {
    for (let n = 0; n < columns; n++) y[row * columns + n] += value * x[col * columns + n];
  });
  return y;
}

/** `dX = W^T dY`, `[cols, N]`. */
export function matMulGradInput(w: ReferenceWeight, dy: ArrayLike<number>, columns: number): Float64Array {
  const dx = new Float64Array(w.cols * columns);
  forEachWeight(w, (row, col, value) => {
    for (let n = 0; n < columns; n++) dx[col * columns + n] += value * dy[row * columns + n];
  });
  return dx;
}

/** `dW = dY X^T` at the stored values, in canonical order. */
export function matMulGradValues(
  w: ReferenceWeight,
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  columns: number,
): Float64Array {
  const gradient = new Float64Array(storedValues(w));
  forEachWeight(w, (row, col, _value, k) => {
    let sum = 0;
    for (let n = 0; n < columns; n++) sum += dy[row * columns + n] * x[col * columns + n];
    gradient[k] = sum;
  });
  return gradient;
}

/** `db` = row sums of dY. */
export function rowSums(dy: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const sums = new Float64Array(rows);
  for (let row = 0; row < rows; row++) for (let n = 0; n < columns; n++) sums[row] += dy[row * columns + n];
  return sums;
}
