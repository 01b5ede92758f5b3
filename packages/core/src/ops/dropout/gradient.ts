import { registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { COUNTER_DROPOUT, WORD_DROPOUT } from './contract.ts';

registerGradient({
  kernelName: COUNTER_DROPOUT,
  gradFunc: (dy, _saved, attrs) => ({
    x: () => ENGINE.runKernel(COUNTER_DROPOUT, { x: dy as Tensor }, attrs) as Tensor,
  }),
});

registerGradient({
  kernelName: WORD_DROPOUT,
  inputsToSave: ['ids'],
  gradFunc: (dy, [ids], attrs) => ({
    x: () => ENGINE.runKernel(WORD_DROPOUT, { x: dy as Tensor, ids }, attrs) as Tensor,
  }),
});
