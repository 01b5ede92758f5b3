import { registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { GRU_LAYER, GRU_LAYER_GRAD } from './op.ts';

registerGradient({
  kernelName: GRU_LAYER,
  inputsToSave: ['x', 'h0', 'wx', 'wh', 'bias', 'recurrentBias'],
  outputsToSave: [false, true],
  gradFunc: (dys, [x, h0, wx, wh, bias, recurrentBias, saved], attrs) => {
    const [dhLast, , dy] = dys as Tensor[];
    const inputs: Record<string, Tensor> = { dhLast, x, h0, wx, wh, bias, recurrentBias, saved };
    if (dy !== undefined) inputs.dy = dy;
    // One kernel makes all gradients, now: as sparseLstm.
    const outputs = ENGINE.runKernel(GRU_LAYER_GRAD, inputs, attrs) as unknown as Tensor[];
    const output = (index: number) => () => outputs[index];
    return { x: output(0), h0: output(1), wx: output(2), wh: output(3), bias: output(4), recurrentBias: output(5) };
  },
});
