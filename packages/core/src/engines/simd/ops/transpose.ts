import { getKernel, type KernelConfig, type TensorInfo, Transpose, util } from '@tensorflow/tfjs-core';
import type { SimdKernels } from './kernel.ts';

export const transposeKernels: SimdKernels = {
  /**
   * Axes in another order, copied a row of the result at a time. TensorFlow.js' own kernel finds the place of every element
   * from its coordinates, which takes longer than the layers of `core/layers` whose inputs and outputs are transposed.
   */
  [Transpose](backend, { x }, attrs) {
    const size = util.sizeFromShape(x.shape);
    if (x.dtype !== 'float32' || x.shape.length < 2 || size === 0) {
      const { kernelFunc } = getKernel(Transpose, 'cpu') as KernelConfig;
      return kernelFunc({ inputs: { x }, backend, attrs }) as TensorInfo;
    }
    const perm = attrs.perm as number[];
    const all = [...util.computeStrides(x.shape), 1];
    const shape = perm.map(axis => x.shape[axis]);
    const strides = perm.map(axis => all[axis]);
    const source = backend.address(x);
    const result = backend.newTensor(shape);
    const { heap } = backend.runtime;
    copy(heap.f32(source, size), heap.f32(result.address, size), shape, strides);
    return result;
  },
};

/** Row-major `to` from the elements of `from` whose places are the sums of index times stride. */
function copy(from: Float32Array, to: Float32Array, shape: readonly number[], strides: readonly number[]): void {
  const last = shape.length - 1;
  const length = shape[last];
  const stride = strides[last];
  const index = new Uint32Array(last);
  for (let at = 0, start = 0; at < to.length; at += length) {
    for (let n = 0, place = start; n < length; n++, place += stride) to[at + n] = from[place];
    for (let axis = last - 1; axis >= 0; axis--) {
      start += strides[axis];
      if (++index[axis] < shape[axis]) break;
      start -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}
