import { backend, type Tensor } from '@tensorflow/tfjs-core';
import type { Topology } from '../../sparsity/layout.ts';
import type { AdamOptions, Engine } from '../engine.ts';
import type { SimdBackend } from './backend.ts';
import { PanelLayout } from './panelLayout.ts';
import { adamStep, momentumStep, sgdStep, sumSquares } from './raw/optimizer.ts';
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

  sgd(w: Tensor, g: Tensor, options: { rate: number; scale: number; decay: number }): void {
    sgdStep(this.runtime, address(w), address(g), w.size, options);
    changed(w);
  }

  momentum(
    w: Tensor,
    g: Tensor,
    m: Tensor,
    options: { rate: number; scale: number; decay: number; momentum: number },
  ): void {
    momentumStep(this.runtime, address(w), address(g), address(m), w.size, options);
    changed(w, m);
  }

  adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, options: AdamOptions): void {
    adamStep(this.runtime, address(w), address(g), address(m), address(v), w.size, options);
    changed(w, m, v);
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
  return (backend() as SimdBackend).address(tensor);
}

function changed(...tensors: Tensor[]): void {
  for (const tensor of tensors) (backend() as SimdBackend).changed(tensor);
}
