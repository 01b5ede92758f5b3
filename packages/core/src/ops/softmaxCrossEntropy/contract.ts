import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernel } from '../kernel.ts';

export const SOFTMAX_CROSS_ENTROPY = 'SparseRnnSoftmaxCrossEntropy';
export const SOFTMAX_CROSS_ENTROPY_GRAD = 'SparseRnnSoftmaxCrossEntropyGrad';

/** Options of `softmaxCrossEntropy`. */
export interface SoftmaxCrossEntropyOptions {
  /**
   * Lets the gradient overwrite the logits, which saves an array of their size. Only for logits that nobody reads after
   * the backward pass. Default false.
   */
  overwriteLogits?: boolean;
}

/**
 * Mean softmax cross-entropy: `(1/N) sum_n (log sum_v exp(L[v, n]) - L[targets[n], n])`.
 *
 * @param logits L `[V, N]`, feature-major.
 * @param targets int32 `[N]`, each in `[0, V)`.
 * @returns A scalar, in nats per token. Gradient: `dL = (softmax(L) - onehot(targets)) / N`.
 * @throws if shapes or types do not fit; InputError if no engine runs.
 */
export function softmaxCrossEntropy(
  logits: Tensor2D,
  targets: Tensor1D,
  options: SoftmaxCrossEntropyOptions = {},
): Scalar {
  if (targets.dtype !== 'int32' || targets.rank !== 1 || targets.shape[0] !== logits.shape[1]) {
    throw new Error(
      `softmaxCrossEntropy: expected int32 targets of shape [${logits.shape[1]}] for logits [${logits.shape}], ` +
        `got ${targets.dtype} [${targets.shape}].`,
    );
  }
  const attrs = { overwriteLogits: options.overwriteLogits ?? false };
  const outputs = runKernel(SOFTMAX_CROSS_ENTROPY, { logits, targets }, attrs) as unknown as Tensor[];
  return outputs[0] as Scalar;
}

/** Throws on the first target outside `[0, vocabulary)`. */
export function checkTargets(targets: ArrayLike<number>, vocabulary: number): void {
  for (let n = 0; n < targets.length; n++) {
    if (!(targets[n] >= 0 && targets[n] < vocabulary)) {
      throw new Error(
        `softmaxCrossEntropy: expected targets from 0 to ${vocabulary - 1}, got ${targets[n]} at position ${n}.`,
      );
    }
  }
}
