import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  checkTargets,
  SOFTMAX_CROSS_ENTROPY,
  SOFTMAX_CROSS_ENTROPY_GRAD,
} from '../../../ops/softmaxCrossEntropy/contract.ts';
import { newTiles, type SimdBackend } from '../backend.ts';
import { softmaxBackward, softmaxForward } from '../raw/softmax.ts';
import type { SimdKernels } from './kernel.ts';

export const softmaxKernels: SimdKernels = {
  [SOFTMAX_CROSS_ENTROPY](backend, { logits, targets }) {
    const { heap } = backend.runtime;
    const [vocabulary, columns] = logits.shape;
    checkTargets(backend.readSync(targets.dataId) as Int32Array, vocabulary);
    const logSumExp = backend.newTensor([columns]);
    const losses = heap.allocate(4 * columns);
    softmaxForward(backend.runtime, operands(backend, logits, targets, logSumExp.address), losses);
    let sum = 0;
    for (const loss of heap.f32(losses, columns)) sum += loss;
    heap.release(losses);
    return [backend.makeTensorInfo([], 'float32', Float32Array.of(sum / columns)), logSumExp];
  },
  [SOFTMAX_CROSS_ENTROPY_GRAD](backend, { dy, logits, targets, logSumExp }, attrs) {
    const [vocabulary, columns] = logits.shape;
    const scale = (backend.readSync(dy.dataId) as Float32Array)[0] / columns;
    const from = operands(backend, logits, targets, backend.address(logSumExp));
    const to = attrs.overwriteLogits ? backend.takeTiles(logits) : newTiles(backend.runtime, vocabulary, columns);
    softmaxBackward(backend.runtime, from, to.address, scale);
    return backend.fromTiles(to);
  },
};

function operands(backend: SimdBackend, logits: TensorInfo, targets: TensorInfo, logSumExp: number) {
  return { logits: backend.tiles(logits), labels: backend.address(targets), logSumExp };
}
