import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import { walkDraw } from '../../optim/rewire.ts';
import type { Topology } from '../../sparsity/layout.ts';
import type { AdamOptions, Engine, RewireOptions, SgdOptions } from '../engine.ts';
import { CanonicalLayout } from './canonicalLayout.ts';

/**
 * The engine of plain loops in float64 on TensorFlow.js' cpu backend: slow, readable, and what the others are compared
 * with.
 */
export class CpuEngine implements Engine {
  readonly name = 'cpu';
  readonly threads = 1;

  createLayout(topology: Topology): CanonicalLayout {
    return new CanonicalLayout(topology);
  }

  sumSquares(tensor: Tensor): number {
    let sum = 0;
    for (const value of view(tensor)) sum += value * value;
    return sum;
  }

  sgd(w: Tensor, g: Tensor, { rate, scale, decay }: SgdOptions): void {
    const [weights, gradient] = [w, g].map(view);
    for (let i = 0; i < weights.length; i++) weights[i] -= rate * (scale * gradient[i] + decay * weights[i]);
  }

  momentum(w: Tensor, g: Tensor, m: Tensor, { rate, scale, decay, momentum }: SgdOptions & { momentum: number }): void {
    const [weights, gradient, slot] = [w, g, m].map(view);
    for (let i = 0; i < weights.length; i++) {
      slot[i] = momentum * slot[i] + scale * gradient[i] + decay * weights[i];
      weights[i] -= rate * slot[i];
    }
  }

  adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, options: AdamOptions): void {
    const { rate, scale, decay, beta1, beta2, epsilon, correction1, correction2 } = options;
    const [weights, gradient, first, second] = [w, g, m, v].map(view);
    for (let i = 0; i < weights.length; i++) {
      const slope = scale * gradient[i] + decay * weights[i];
      first[i] = beta1 * first[i] + (1 - beta1) * slope;
      second[i] = beta2 * second[i] + (1 - beta2) * slope * slope;
      weights[i] -= (rate * (first[i] / correction1)) / (Math.sqrt(second[i] / correction2) + epsilon);
    }
  }

  asgd(w: Tensor, g: Tensor, average: Tensor, { count, ...options }: SgdOptions & { count: number }): void {
    this.sgd(w, g, options);
    const [weights, mean] = [w, average].map(view);
    for (let i = 0; i < weights.length; i++) mean[i] = nextMean(mean[i], weights[i], count);
  }

  sparseAsgd(w: Tensor, g: Tensor, average: Tensor, age: Tensor, options: SgdOptions): void {
    this.sgd(w, g, options);
    const [weights, mean, counts] = [w, average, age].map(view);
    for (let i = 0; i < weights.length; i++) {
      counts[i]++;
      mean[i] = nextMean(mean[i], weights[i], counts[i]);
    }
  }

  rewire(w: Tensor, sign: Tensor, { shrink, noise, key }: RewireOptions): void {
    const [weights, signs] = [w, sign].map(view);
    for (let i = 0; i < weights.length; i++) {
      weights[i] += noise * walkDraw(i, key) - shrink * signs[i];
      if (signs[i] * weights[i] <= 0) weights[i] = 0;
    }
  }

  memory(): { heapBytes: number; peakHeapBytes: number } {
    return { heapBytes: 0, peakHeapBytes: 0 };
  }

  busy(): void {}

  async dispose(): Promise<void> {}
}

/** The mean of the weights after the steps 2 .. count, from that after the steps 2 .. count - 1. */
function nextMean(mean: number, weight: number, count: number): number {
  return count <= 2 ? weight : mean + (weight - mean) / (count - 1);
}

/** The tensor's own array: writing to it changes the tensor. */
function view(tensor: Tensor): Float32Array {
  return tensor.dataSync() as Float32Array;
}
