import { registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { REVERSE_SEQUENCES } from './contract.ts';

registerGradient({
  kernelName: REVERSE_SEQUENCES,
  gradFunc: (dy, _saved, attrs) => ({
    x: () => ENGINE.runKernel(REVERSE_SEQUENCES, { x: dy as Tensor }, attrs) as Tensor,
  }),
});
