import {
  add,
  exp,
  gather,
  logSumExp as logSumExpOf,
  mean,
  mul,
  neg,
  reshape,
  scatterND,
  sub,
  type Tensor,
  tensor,
  tile,
} from '@tensorflow/tfjs-core';
import {
  checkTargets,
  SOFTMAX_CROSS_ENTROPY,
  SOFTMAX_CROSS_ENTROPY_GRAD,
} from '../../ops/softmaxCrossEntropy/contract.ts';
import type { TensorflowKernels } from './kernels.ts';

export const softmaxKernels: TensorflowKernels = {
  [SOFTMAX_CROSS_ENTROPY]({ logits, targets }) {
    checkTargets(targets.dataSync(), logits.shape[0]);
    const logSumExp = logSumExpOf(logits, 0);
    const chosen = gather(reshape(logits, [logits.size]), targetPositions(targets));
    return [mean(sub(logSumExp, chosen)), logSumExp];
  },
  [SOFTMAX_CROSS_ENTROPY_GRAD]({ dy, logits, targets, logSumExp }) {
    const columns = targets.size;
    const scale = mul(dy, 1 / columns);
    const probabilities = mul(exp(sub(logits, logSumExp)), scale);
    const positions = reshape(targetPositions(targets), [columns, 1]);
    const ones = scatterND(positions, tile(reshape(neg(scale), [1]), [columns]), [logits.size]);
    return add(probabilities, reshape(ones, logits.shape));
  },
};

/** Where element `[targets[n], n]` is in the flattened logits, int32 `[N]`. */
function targetPositions(targets: Tensor): Tensor {
  const columns = targets.size;
  const flat = Int32Array.from(targets.dataSync(), (target, n) => target * columns + n);
  return tensor(flat, [columns], 'int32');
}
