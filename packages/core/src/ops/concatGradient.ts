import { Concat, getGradient, registerGradient, slice, type Tensor } from '@tensorflow/tfjs-core';

/**
 * TensorFlow.js keeps the gradients of its own ops in packages that are not loaded here. Of those ops the models use
 * `concat` of matrices along the rows; whoever loads all gradients brings the same one along.
 */
if (getGradient(Concat) === undefined) {
  registerGradient({
    kernelName: Concat,
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const axis = attrs.axis as number;
      let at = 0;
      return Object.fromEntries(
        saved.map((input, k) => {
          const begin = input.shape.map((_, d) => (d === axis ? at : 0));
          at += input.shape[axis];
          return [String(k), () => slice(dy as Tensor, begin, input.shape)];
        }),
      );
    },
  });
}
