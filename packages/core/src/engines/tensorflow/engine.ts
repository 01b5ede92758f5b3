import { add, div, mul, sqrt, square, sub, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { Topology } from '../../sparsity/layout.ts';
import type { AdamOptions, Engine } from '../engine.ts';
import { DenseLayout } from './denseLayout.ts';

/**
 * The engine of masked-dense arithmetic on TensorFlow: sparse weights are dense matrices with zeros, as in training with
 * masks. What the sparse engines are compared with at full size, in results and in time.
 */
export class TensorflowEngine implements Engine {
  readonly name = 'tensorflow';

  constructor(readonly threads: number) {}

  createLayout(topology: Topology): DenseLayout {
    return new DenseLayout(topology);
  }

  sumSquares(tensor: Tensor): number {
    let sum = 0;
    for (const value of tensor.dataSync()) sum += value * value;
    return sum;
  }

  sgd(w: Tensor, g: Tensor, { rate, scale, decay }: { rate: number; scale: number; decay: number }): void {
    tidy(() => assign(w, sub(w, mul(decayed(w, g, scale, decay), rate))));
  }

  momentum(
    w: Tensor,
    g: Tensor,
    m: Tensor,
    { rate, scale, decay, momentum }: { rate: number; scale: number; decay: number; momentum: number },
  ): void {
    tidy(() => {
      const slot = add(mul(m, momentum), decayed(w, g, scale, decay));
      assign(w, sub(w, mul(slot, rate)));
      assign(m, slot);
    });
  }

  adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, options: AdamOptions): void {
    const { rate, scale, decay, beta1, beta2, epsilon, correction1, correction2 } = options;
    tidy(() => {
      const slope = decayed(w, g, scale, decay);
      const first = add(mul(m, beta1), mul(slope, 1 - beta1));
      const second = add(mul(v, beta2), mul(square(slope), 1 - beta2));
      const step = div(mul(first, rate / correction1), add(sqrt(mul(second, 1 / correction2)), epsilon));
      assign(w, sub(w, step));
      assign(m, first);
      assign(v, second);
    });
  }

  memory(): { heapBytes: number; peakHeapBytes: number } {
    return { heapBytes: 0, peakHeapBytes: 0 };
  }

  busy(): void {}

  async dispose(): Promise<void> {}
}

/** `scale * g + decay * w`. */
function decayed(w: Tensor, g: Tensor, scale: number, decay: number): Tensor {
  const scaled = scale === 1 ? g : mul(g, scale);
  return decay === 0 ? scaled : add(scaled, mul(w, decay));
}

/** TensorFlow's tensors cannot be written to: a trained number is a variable, which is given a new one. */
function assign(target: Tensor, value: Tensor): void {
  (target as Variable).assign(value);
}
