import { mul, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { philox } from '../../base/philox.ts';
import { COUNTER_DROPOUT, type DropoutOptions, WORD_DROPOUT } from '../../ops/dropout/contract.ts';
import type { TensorflowKernels } from './kernels.ts';

/** TensorFlow has no counter-based bits of our kind: masks are made here, where they equal those of every engine. */
export const dropoutKernels: TensorflowKernels = {
  [COUNTER_DROPOUT]({ x }, options: DropoutOptions) {
    const [features, columns] = x.shape;
    if (options.kind === 'elementwise') return mul(x, tensor(mask(features * columns, options), [features, columns]));
    const steps = columns / options.batch;
    const locked = tensor(mask(features * options.batch, options), [features, 1, options.batch]);
    return reshape(mul(reshape(x, [features, steps, options.batch]), locked), [features, columns]);
  },
  [WORD_DROPOUT]({ x, ids }, options: DropoutOptions) {
    return mul(x, wordMask(ids, options));
  },
};

/** `1 / (1 - rate)` where an element is kept and 0 elsewhere, for elements 0 .. count - 1. */
function mask(count: number, { rate, key, stream }: DropoutOptions): Float32Array {
  const threshold = Math.floor(rate * 2 ** 32);
  const factor = 1 / (1 - rate);
  const factors = new Float32Array(count);
  for (let first = 0; first < count; first += 4) {
    const words = philox([first / 4, 0, stream, 0], key);
    const end = Math.min(4, count - first);
    for (let k = 0; k < end; k++) if (words[k] >= threshold) factors[first + k] = factor;
  }
  return factors;
}

/** The same for the word of every column, `[1, N]`. */
function wordMask(ids: Tensor, { rate, key, stream }: DropoutOptions): Tensor {
  const threshold = Math.floor(rate * 2 ** 32);
  const factors = Float32Array.from(ids.dataSync(), id => {
    return philox([Math.floor(id / 4), 0, stream, 0], key)[id % 4] >= threshold ? 1 / (1 - rate) : 0;
  });
  return tensor(factors, [1, ids.size]);
}
