import {
  add,
  div,
  lessEqual,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  Variable,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { walkDraw } from '../../optim/rewire.ts';
import type { Topology } from '../../sparsity/layout.ts';
import type { AdamOptions, Engine, RewireOptions, SgdOptions } from '../engine.ts';
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
    // TensorFlow's sum adds as a tree; its product of a vector with itself does not: 66 million squares come out too small
    // by a quarter.
    return tidy(() => sum(square(tensor)).dataSync()[0]);
  }

  sgd(w: Tensor, g: Tensor, { rate, scale, decay }: SgdOptions): void {
    replace([w], () => [sub(w, mul(decayed(w, g, scale, decay), rate))]);
  }

  momentum(w: Tensor, g: Tensor, m: Tensor, { rate, scale, decay, momentum }: SgdOptions & { momentum: number }): void {
    replace([w, m], () => {
      const slot = add(mul(m, momentum), decayed(w, g, scale, decay));
      return [sub(w, mul(slot, rate)), slot];
    });
  }

  adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, options: AdamOptions): void {
    const { rate, scale, decay, beta1, beta2, epsilon, correction1, correction2 } = options;
    replace([w, m, v], () => {
      const slope = decayed(w, g, scale, decay);
      const first = add(mul(m, beta1), mul(slope, 1 - beta1));
      const second = add(mul(v, beta2), mul(square(slope), 1 - beta2));
      const step = div(mul(first, rate / correction1), add(sqrt(mul(second, 1 / correction2)), epsilon));
      return [sub(w, step), first, second];
    });
  }

  asgd(w: Tensor, g: Tensor, average: Tensor, { count, ...options }: SgdOptions & { count: number }): void {
    this.sgd(w, g, options);
    replace([average], () => [count <= 2 ? w.clone() : add(average, mul(sub(w, average), 1 / (count - 1)))]);
  }

  sparseAsgd(w: Tensor, g: Tensor, average: Tensor, age: Tensor, options: SgdOptions): void {
    this.sgd(w, g, options);
    replace([average, age], () => {
      const count = add(age, 1);
      const moved = add(average, div(sub(w, average), maximum(sub(count, 1), 1)));
      return [where(lessEqual(count, 2), w, moved), count];
    });
  }

  rewire(w: Tensor, sign: Tensor, { shrink, noise, key }: RewireOptions): void {
    replace([w], () => {
      const draws = tensor(
        Float32Array.from({ length: w.size }, (_, rank) => noise * walkDraw(rank, key)),
        w.shape,
      );
      const moved = sub(add(w, draws), mul(sign, shrink));
      return [where(lessEqual(mul(sign, moved), 0), zerosLike(w), moved)];
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

/**
 * Gives tensors new data. TensorFlow's own cannot be written to: as a variable does when it is assigned to, each lets its
 * data go and takes that of another tensor. This needs nothing of a variable but its method.
 */
function replace(targets: Tensor[], compute: () => Tensor[]): void {
  const values = tidy(compute);
  targets.forEach((target, k) => {
    Variable.prototype.assign.call(target, values[k]);
    values[k].dispose();
  });
}
