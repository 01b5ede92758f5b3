import { gather, mul, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { REVERSE_SEQUENCES, type ReverseAttributes, reversedColumns } from '../../ops/reverseSequences/contract.ts';
import type { TensorflowKernels } from './kernels.ts';

export const reverseKernels: TensorflowKernels = {
  [REVERSE_SEQUENCES]({ x }, { lengths }: ReverseAttributes) {
    const [, columns] = (x as Tensor2D).shape;
    const from = reversedColumns(lengths, columns);
    // Padding has no column to come from: it takes the first one, and loses it.
    const source = tensor(
      from.map(column => Math.max(0, column)),
      [columns],
      'int32',
    );
    const kept = tensor(
      Float32Array.from(from, column => (column < 0 ? 0 : 1)),
      [1, columns],
    );
    return mul(gather(x, source, 1), kept);
  },
};
