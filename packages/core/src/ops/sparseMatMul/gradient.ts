import { type GradConfig, registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { WEIGHT_MAT_MUL, WEIGHT_MAT_MUL_GRAD_INPUT, WEIGHT_MAT_MUL_GRAD_VALUES } from './contract.ts';

export const ROW_SUMS = 'SparseRnnRowSums';

const gradient: GradConfig = {
  kernelName: WEIGHT_MAT_MUL,
  inputsToSave: ['values', 'x'],
  gradFunc: (dy, saved, attrs) => {
    const [values, x] = saved;
    const grad = dy as Tensor;
    const run = (name: string, inputs: Record<string, Tensor>) => ENGINE.runKernel(name, inputs, attrs) as Tensor;
    return {
      values: () => run(WEIGHT_MAT_MUL_GRAD_VALUES, { dy: grad, x }),
      x: () => run(WEIGHT_MAT_MUL_GRAD_INPUT, { dy: grad, values }),
      bias: () => run(ROW_SUMS, { x: grad }),
    };
  },
};
registerGradient(gradient);
