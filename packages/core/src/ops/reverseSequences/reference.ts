/** Y of `reverseSequences`, one sequence and one time step at a time. */
export function reverseSequences(
  x: ArrayLike<number>,
  features: number,
  columns: number,
  lengths: ArrayLike<number>,
): Float64Array {
  const batch = lengths.length;
  const y = new Float64Array(features * columns);
  for (let f = 0; f < features; f++) {
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < lengths[b]; t++) {
        y[f * columns + t * batch + b] = x[f * columns + (lengths[b] - 1 - t) * batch + b];
      }
    }
  }
  return y;
}
