import {
  copyRegisteredKernels,
  getKernel,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { SimdBackend } from './backend.ts';
import { dropoutKernels } from './ops/dropout.ts';
import { embeddingKernels } from './ops/embedding.ts';
import { gruKernels } from './ops/gru.ts';
import type { SimdKernels } from './ops/kernel.ts';
import { lstmKernels } from './ops/lstm.ts';
import { matMulKernels } from './ops/matMul.ts';
import { reverseKernels } from './ops/reverseSequences.ts';
import { rhnKernels } from './ops/rhn.ts';
import { sliceKernels } from './ops/slice.ts';
import { softmaxKernels } from './ops/softmax.ts';
import { transposeKernels } from './ops/transpose.ts';

/** Registers TensorFlow.js' CPU kernels for the simd backend, and ours in place of the ones we have. Once a process. */
export function registerSimdKernels(): void {
  copyRegisteredKernels('cpu', 'simd');
  const all: SimdKernels = {
    ...matMulKernels,
    ...embeddingKernels,
    ...lstmKernels,
    ...gruKernels,
    ...rhnKernels,
    ...softmaxKernels,
    ...dropoutKernels,
    ...sliceKernels,
    ...reverseKernels,
    ...transposeKernels,
  };
  for (const [kernelName, kernel] of Object.entries(all)) {
    // TensorFlow.js warns about a name that is registered twice.
    if (getKernel(kernelName, 'simd')) unregisterKernel(kernelName, 'simd');
    registerKernel({
      kernelName,
      backendName: 'simd',
      kernelFunc: ({ inputs, backend, attrs }) =>
        kernel(backend as SimdBackend, inputs as Record<string, TensorInfo>, attrs ?? {}),
    });
  }
}
