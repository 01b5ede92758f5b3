import { registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { LSTM_LAYER, LSTM_LAYER_GRAD } from './op.ts';

registerGradient({
  kernelName: LSTM_LAYER,
  inputsToSave: ['x', 'h0', 'c0', 'wx', 'wh', 'bias'],
  outputsToSave: [false, false, true],
  gradFunc: (dys, [x, h0, c0, wx, wh, bias, saved], attrs) => {
    const [dhLast, dcLast, , dy] = dys as Tensor[];
    const inputs: Record<string, Tensor> = { dhLast, dcLast, x, h0, c0, wx, wh, bias, saved };
    if (dy !== undefined) inputs.dy = dy;
    // One kernel makes all gradients, now: what it made inside one of the functions below would be freed by the tidy that
    // TensorFlow.js puts around each of them.
    const outputs = ENGINE.runKernel(LSTM_LAYER_GRAD, inputs, attrs) as unknown as Tensor[];
    const output = (index: number) => () => outputs[index];
    return { x: output(0), h0: output(1), c0: output(2), wx: output(3), wh: output(4), bias: output(5) };
  },
});
