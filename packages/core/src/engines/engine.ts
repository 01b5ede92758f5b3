import type { Tensor } from '@tensorflow/tfjs-core';
import type { Layout, Topology } from '../sparsity/layout.ts';

/** What an engine offers beside its TensorFlow.js kernels. All arrays of an optimizer lie in the layout's order. */
export interface Engine {
  /** Name of the TensorFlow.js backend. */
  readonly name: string;
  /** Threads that compute. */
  readonly threads: number;
  /** Index arrays for a topology. */
  createLayout(topology: Topology): Layout;
  /** Sum of squares in float64; the result does not depend on the number of threads. */
  sumSquares(tensor: Tensor): number;
  /** In place: `w -= rate * (scale * g + decay * w)`. */
  sgd(w: Tensor, g: Tensor, options: { rate: number; scale: number; decay: number }): void;
  /** In place: `m = momentum * m + scale * g + decay * w; w -= rate * m`. */
  momentum(
    w: Tensor,
    g: Tensor,
    m: Tensor,
    options: { rate: number; scale: number; decay: number; momentum: number },
  ): void;
  /**
   * In place, with `g' = scale * g + decay * w`: `m = beta1 m + (1 - beta1) g'`, `v = beta2 v + (1 - beta2) g'^2`,
   * `w -= rate * (m / correction1) / (sqrt(v / correction2) + epsilon)`.
   */
  adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, options: AdamOptions): void;
  /** Bytes on the engine's own heap; zeros where it has none. */
  memory(): { heapBytes: number; peakHeapBytes: number };
  /** Keeps worker threads awake between kernels while work goes on. */
  busy(busy: boolean): void;
  dispose(): Promise<void>;
}

export interface AdamOptions {
  rate: number;
  scale: number;
  decay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** `1 - beta1^t` and `1 - beta2^t`. */
  correction1: number;
  correction2: number;
}

const engines = new Map<string, Engine>();

/** Makes an engine known under its backend's name. Registering a name twice is an error. */
export function registerEngine(engine: Engine): void {
  if (engines.has(engine.name)) throw new Error(`An engine called ${engine.name} is registered already.`);
  engines.set(engine.name, engine);
}

export function unregisterEngine(name: string): void {
  engines.delete(name);
}

/** The engine behind a TensorFlow.js backend, by default the current one. */
export function engineOf(backendName: string): Engine {
  const engine = engines.get(backendName);
  if (engine === undefined) {
    const known = [...engines.keys()].join(', ') || 'none';
    throw new Error(
      `No sparse-rnn engine serves the TensorFlow.js backend '${backendName}' (registered: ${known}). Call createEngine first.`,
    );
  }
  return engine;
}
