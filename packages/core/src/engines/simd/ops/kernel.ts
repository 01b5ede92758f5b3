import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { SimdBackend } from '../backend.ts';

/** Kernels of the simd engine by name: inputs by name, attributes, and the outputs they return. */
export type SimdKernels = Record<
  string,
  (backend: SimdBackend, inputs: Record<string, TensorInfo>, attrs: NamedAttrMap) => TensorInfo | TensorInfo[]
>;
