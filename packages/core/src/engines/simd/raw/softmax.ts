import type { Runtime } from '../runtime.ts';
import type { Tiles } from '../weight.ts';

/** Operands of the softmax cross-entropy kernels. Numbers are heap addresses. */
export interface SoftmaxOperands {
  /** Logits `[V, N]`, a column per token. */
  readonly logits: Tiles;
  /** int32 `[N]`, each in `[0, V)`: not checked here, a kernel would read out of bounds. */
  readonly labels: number;
  /** float32 `[N]`, with room for whole tiles of columns (a heap block of `4 * N` bytes has it). */
  readonly logSumExp: number;
}

/**
 * `logSumExp[n] = log sum_v exp(L[v, n])` and `loss[n] = logSumExp[n] - L[labels[n], n]`, in nats.
 *
 * @param loss Address of float32 `[N]`, with the same room as logSumExp.
 */
export function softmaxForward(runtime: Runtime, operands: SoftmaxOperands, loss: number): void {
  const { logits, labels, logSumExp } = operands;
  const { address, features, columns, width } = logits;
  runtime.run('softmaxForward', address, labels, logSumExp, loss, features, columns, width);
}

/**
 * `dL[v, n] = (exp(L[v, n] - logSumExp[n]) - (v == labels[n])) * scale`, and zero in the padding columns.
 *
 * @param gradient Where dL goes, in the tiles of the logits. May be the logits' own address: they are overwritten then.
 * @param scale Gradient of the summed loss: 1/N for the mean over the tokens.
 */
export function softmaxBackward(runtime: Runtime, operands: SoftmaxOperands, gradient: number, scale: number): void {
  const { logits, labels, logSumExp } = operands;
  const { address, features, columns, width } = logits;
  runtime.run('softmaxBackward', address, labels, logSumExp, gradient, features, columns, width, { f32: scale });
}
