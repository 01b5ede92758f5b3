import {
  Add,
  broadcast_util,
  Concat,
  concat,
  type GradConfig,
  getGradient,
  Multiply,
  mul,
  neg,
  registerGradient,
  reshape,
  Sigmoid,
  SplitV,
  Sub,
  slice,
  square,
  sub,
  sum,
  Tanh,
  type Tensor,
  util,
} from '@tensorflow/tfjs-core';

/**
 * TensorFlow.js keeps the gradients of its own ops in packages that are not loaded here. These are the ops that models use
 * and that a cell is composed of; whoever loads all gradients, as `@tensorflow/tfjs-layers` does, brings the same ones along.
 */
const gradients: GradConfig[] = [
  {
    kernelName: Concat,
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const [axis] = util.parseAxisParam(attrs.axis as number, saved[0].shape);
      let at = 0;
      return Object.fromEntries(
        saved.map((input, k) => {
          const begin = input.shape.map((_, d) => (d === axis ? at : 0));
          at += input.shape[axis];
          return [String(k), () => slice(dy as Tensor, begin, input.shape)];
        }),
      );
    },
  },
  {
    kernelName: SplitV,
    gradFunc: (dys, _, attrs) => ({ x: () => concat(dys as Tensor[], attrs.axis as number) }),
  },
  {
    kernelName: Add,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => reduced(dy as Tensor, a),
      b: () => reduced(dy as Tensor, b),
    }),
  },
  {
    kernelName: Sub,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => reduced(dy as Tensor, a),
      b: () => neg(reduced(dy as Tensor, b)),
    }),
  },
  {
    kernelName: Multiply,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => reduced(mul(dy as Tensor, b), a),
      b: () => reduced(mul(dy as Tensor, a), b),
    }),
  },
  {
    kernelName: Sigmoid,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => mul(dy as Tensor, mul(y, sub(1, y))) }),
  },
  {
    kernelName: Tanh,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => mul(dy as Tensor, sub(1, square(y))) }),
  },
];

/** Sums over what broadcasting repeated: the gradient gets the shape of the operand. */
function reduced(gradient: Tensor, { shape }: Tensor): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape);
  return reshape(axes.length === 0 ? gradient : sum(gradient, axes), shape);
}

for (const gradient of gradients) if (getGradient(gradient.kernelName) === undefined) registerGradient(gradient);
