import { forEachWeight, type ReferenceWeight, storedValues } from '../weight.ts';

/** `X[:, n] = W[ids[n], :]`, `[E, N]` row-major, in float64. */
export function embedding(w: ReferenceWeight, ids: ArrayLike<number>): Float64Array {
  const x = new Float64Array(w.cols * ids.length);
  forEachWeight(w, (row, col, value) => {
    for (let n = 0; n < ids.length; n++) if (ids[n] === row) x[col * ids.length + n] = value;
  });
  return x;
}

/** `dW[v, e]` = sum of `dX[e, n]` over the tokens n with `ids[n] = v`, in canonical order. */
export function embeddingGradValues(w: ReferenceWeight, dx: ArrayLike<number>, ids: ArrayLike<number>): Float64Array {
  const gradient = new Float64Array(storedValues(w));
  forEachWeight(w, (row, col, _value, k) => {
    for (let n = 0; n < ids.length; n++) if (ids[n] === row) gradient[k] += dx[col * ids.length + n];
  });
  return gradient;
}
