import { backend, type Tensor } from '@tensorflow/tfjs-core';
import type { Topology } from '../../sparsity/layout.ts';
import { type AdamOptions, type Engine, type RewireOptions, requireCurrent, type SgdOptions } from '../engine.ts';
import type { SimdBackend } from './backend.ts';
import { PanelLayout } from './panelLayout.ts';
import { adamStep, asgdStep, momentumStep, rewireStep, sgdStep, sparseAsgdStep, sumSquares } from './raw/optimizer.ts';
import type { Runtime } from './runtime.ts';

/**
 * The embedded engine: AssemblyScript kernels with SIMD and threads over one shared memory. Results are bit-identical for
 * any number of threads.
 */
export class SimdEngine implements Engine {
  readonly name = 'simd';

  constructor(private readonly runtime: Runtime) {}

  get threads(): number {
    return this.runtime.threads;
  }

  createLayout(topology: Topology): PanelLayout {
    return new PanelLayout(this.runtime, topology);
  }

  sumSquares(tensor: Tensor): number {
    return sumSquares(this.runtime, address(tensor), tensor.size);
  }

  sgd(w: Tensor, g: Tensor, options: SgdOptions): void {
    sgdStep(this.runtime, address(w), address(g), w.size, options);
    changed(w);
  }

  momentum(w: Tensor, g: Tensor, m: Tensor, options: SgdOptions & { momentum: number }): void {
    momentumStep(this.runtime, address(w), address(g), address(m), w.size, options);
    changed(w, m);
  }

  adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, options: AdamOptions): void {
    adamStep(this.runtime, address(w), address(g), address(m), address(v), w.size, options);
    changed(w, m, v);
  }

  asgd(w: Tensor, g: Tensor, average: Tensor, options: SgdOptions & { count: number }): void {
    asgdStep(this.runtime, address(w), address(g), address(average), w.size, options);
    changed(w, average);
  }

  sparseAsgd(w: Tensor, g: Tensor, average: Tensor, age: Tensor, options: SgdOptions): void {
    sparseAsgdStep(this.runtime, address(w), address(g), address(average), address(age), w.size, options);
    changed(w, average, age);
  }

  rewire(w: Tensor, sign: Tensor, options: RewireOptions): void {
    rewireStep(this.runtime, address(w), address(sign), w.size, options);
    changed(w);
  }

  memory(): { heapBytes: number; peakHeapBytes: number } {
    const { bytesInUse, peakBytes } = this.runtime.heap;
    return { heapBytes: bytesInUse, peakHeapBytes: peakBytes };
  }

  busy(busy: boolean): void {
    this.runtime.spinning = busy;
  }

  /** Replaced by `createEngine`, which knows the backend's registration too. */
  async dispose(): Promise<void> {
    await this.runtime.dispose();
  }
}

function address(tensor: Tensor): number {
  requireCurrent('simd');
  return (backend() as SimdBackend).address(tensor);
}

function changed(...tensors: Tensor[]): void {
  for (const tensor of tensors) (backend() as SimdBackend).changed(tensor);
}
