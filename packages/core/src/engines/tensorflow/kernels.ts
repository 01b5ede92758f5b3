import { type KernelFunc, registerKernel, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { dropoutKernels } from './dropout.ts';
import { gruKernels } from './gru.ts';
import { lstmKernels } from './lstm.ts';
import { productKernels } from './products.ts';
import { reverseKernels } from './reverse.ts';
import { rhnKernels } from './rhn.ts';
import { softmaxKernels } from './softmax.ts';

/** Kernels by name: inputs by name and attributes to outputs, composed of TensorFlow's own ops. */
export type TensorflowKernels = Record<string, (inputs: Record<string, Tensor>, attrs: never) => Tensor | Tensor[]>;

/** Registers our kernels for TensorFlow.js' backend 'tensorflow'. While one runs, its ops are not on the gradient tape. */
export function registerTensorflowKernels(): void {
  const kernels = {
    ...productKernels,
    ...softmaxKernels,
    ...dropoutKernels,
    ...lstmKernels,
    ...gruKernels,
    ...rhnKernels,
    ...reverseKernels,
  };
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: KernelFunc = ({ inputs, attrs }) => {
      return tidy(() => kernel(inputs as Record<string, Tensor>, attrs as never));
    };
    registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
  }
}
