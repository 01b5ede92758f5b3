/** Mean loss in float64, and the log of the sum of exponentials of every column. Logits are `[V, N]` row-major. */
export function softmaxCrossEntropy(
  logits: ArrayLike<number>,
  vocabulary: number,
  targets: ArrayLike<number>,
): { loss: number; logSumExp: Float64Array } {
  const columns = targets.length;
  const logSumExp = new Float64Array(columns);
  let loss = 0;
  for (let n = 0; n < columns; n++) {
    let max = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < vocabulary; v++) max = Math.max(max, logits[v * columns + n]);
    let sum = 0;
    for (let v = 0; v < vocabulary; v++) sum += Math.exp(logits[v * columns + n] - max);
    logSumExp[n] = max + Math.log(sum);
    loss += logSumExp[n] - logits[targets[n] * columns + n];
  }
  return { loss: loss / columns, logSumExp };
}

/** `(softmax(L) - onehot(targets)) * scale`, `[V, N]`. */
export function softmaxCrossEntropyGrad(
  logits: ArrayLike<number>,
  vocabulary: number,
  targets: ArrayLike<number>,
  logSumExp: ArrayLike<number>,
  scale: number,
): Float64Array {
  const columns = targets.length;
  const gradient = new Float64Array(vocabulary * columns);
  for (let v = 0; v < vocabulary; v++) {
    for (let n = 0; n < columns; n++) {
      const p = Math.exp(logits[v * columns + n] - logSumExp[n]);
      gradient[v * columns + n] = (p - (targets[n] === v ? 1 : 0)) * scale;
    }
  }
  return gradient;
}
