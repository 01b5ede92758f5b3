import { type GradConfig, registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { WEIGHT_EMBEDDING, WEIGHT_EMBEDDING_GRAD_VALUES } from './contract.ts';

const gradient: GradConfig = {
  kernelName: WEIGHT_EMBEDDING,
  inputsToSave: ['values', 'ids'],
  gradFunc: (dy, saved, attrs) => {
    const [, ids] = saved;
    return { values: () => ENGINE.runKernel(WEIGHT_EMBEDDING_GRAD_VALUES, { dx: dy as Tensor, ids }, attrs) as Tensor };
  },
};
registerGradient(gradient);
