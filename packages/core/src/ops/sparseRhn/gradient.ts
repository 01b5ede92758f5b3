import { type NamedTensorMap, registerGradient, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { RHN_LAYER, RHN_LAYER_GRAD, type RhnAttributes } from './op.ts';

registerGradient({
  kernelName: RHN_LAYER,
  saveAllInputs: true,
  outputsToSave: [false, false, true],
  gradFunc: (dys, tensors, attrs) => {
    const [dy, dsLast] = dys as Tensor[];
    const operands = tensors.slice(0, -1);
    const saved = tensors[tensors.length - 1];
    const inputs = [dy, dsLast, saved, ...operands];
    // One kernel makes all gradients, now: what it made inside one of the functions below would be freed by the tidy that
    // TensorFlow.js puts around each of them.
    const outputs = ENGINE.runKernel(RHN_LAYER_GRAD, inputs as unknown as NamedTensorMap, attrs) as unknown as Tensor[];
    const gradients = outputs.map(output => () => output);
    const { depth } = (attrs as unknown as RhnAttributes).shape;
    // The mask, if there is one, is the last operand; it counts as a constant.
    const mask = operands[4 + depth];
    if (mask !== undefined) gradients.push(() => zerosLike(mask));
    return gradients as unknown as Record<string, () => Tensor>;
  },
});
