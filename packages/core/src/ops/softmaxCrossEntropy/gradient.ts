import { type GradConfig, registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { SOFTMAX_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY_GRAD } from './contract.ts';

const gradient: GradConfig = {
  kernelName: SOFTMAX_CROSS_ENTROPY,
  inputsToSave: ['logits', 'targets'],
  // The second output, log-sum-exp, is kept for the backward pass alone; gradients do not flow through it.
  outputsToSave: [false, true],
  gradFunc: (dys, saved, attrs) => {
    const [logits, targets, logSumExp] = saved;
    const inputs = { dy: (dys as Tensor[])[0], logits, targets, logSumExp };
    return { logits: () => ENGINE.runKernel(SOFTMAX_CROSS_ENTROPY_GRAD, inputs, attrs) as Tensor };
  },
};
registerGradient(gradient);
