import type { TensorInfo } from '@tensorflow/tfjs-core';
import { COUNTER_DROPOUT, type DropoutOptions, WORD_DROPOUT } from '../../../ops/dropout/contract.ts';
import { newTiles, type SimdBackend } from '../backend.ts';
import { type AnyTiles, dropoutElementwise, dropoutLocked, dropoutWords } from '../raw/dropout.ts';
import type { SimdKernels } from './kernel.ts';

export const dropoutKernels: SimdKernels = {
  [COUNTER_DROPOUT](backend, { x }, attrs) {
    const options = attrs as unknown as DropoutOptions;
    return inFormOf(backend, x, (from, to) => {
      if (options.kind === 'locked') dropoutLocked(backend.runtime, from, to, options.batch, options);
      else dropoutElementwise(backend.runtime, from, to, options);
    });
  },
  [WORD_DROPOUT](backend, { x, ids }, attrs) {
    const options = attrs as unknown as DropoutOptions;
    const address = backend.address(ids);
    return inFormOf(backend, x, (from, to) => dropoutWords(backend.runtime, from, address, to, options));
  },
};

/** A new matrix made from x by `apply`, as tiles or as rows: whichever x is now. */
function inFormOf(backend: SimdBackend, x: TensorInfo, apply: (from: AnyTiles, to: number) => void): TensorInfo {
  const [features, columns] = x.shape;
  if (backend.hasTiles(x)) {
    const result = newTiles(backend.runtime, features, columns);
    apply(backend.tiles(x), result.address);
    return backend.fromTiles(result);
  }
  const result = backend.newTensor([features, columns]);
  apply({ address: backend.address(x), features, columns, width: columns }, result.address);
  return result;
}
