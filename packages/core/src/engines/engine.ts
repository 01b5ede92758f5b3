import { getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { expected } from '../base/errors.ts';
import type { Layout, Topology } from '../sparsity/layout.ts';

/** What an engine offers beside its TensorFlow.js kernels. All arrays of an optimizer lie in the layout's order. */
export interface Engine {
  /** Name of the TensorFlow.js backend. */
  readonly name: string;
  /** Threads that compute. */
  readonly threads: number;
  /** Index arrays for a topology. */
  createLayout(topology: Topology): Layout;
  /**
   * Sum of squares. cpu and simd add in float64, and the result does not depend on the number of threads; tensorflow, which
   * has no float64 tensors, adds in float32: within 1e-5 of the sum, so that a clip factor made of it is within 5e-6 of
   * the exact one (both relative), and infinite from 3.4e38 on.
   */
  sumSquares(tensor: Tensor): number;
  /** In place: `w -= rate * (scale * g + decay * w)`. */
  sgd(w: Tensor, g: Tensor, options: SgdOptions): void;
  /** In place: `m = momentum * m + scale * g + decay * w; w -= rate * m`. */
  momentum(w: Tensor, g: Tensor, m: Tensor, options: SgdOptions & { momentum: number }): void;
  /**
   * In place, with `g' = scale * g + decay * w`: `m = beta1 m + (1 - beta1) g'`, `v = beta2 v + (1 - beta2) g'^2`,
   * `w -= rate * (m / correction1) / (sqrt(v / correction2) + epsilon)`.
   */
  adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, options: AdamOptions): void;
  /**
   * In place: the step of `sgd`, then `average = w` where `count <= 2`, else `average += (w - average) / (count - 1)`,
   * which makes it the mean of the weights after the steps 2 .. count.
   *
   * @param options.count steps averaged so far, this one included; 1 for the first.
   */
  asgd(w: Tensor, g: Tensor, average: Tensor, options: SgdOptions & { count: number }): void;
  /**
   * In place: the step of `sgd`, `age += 1`, then the average as `asgd` takes it, each weight's age being its count.
   *
   * @param age steps that each weight has been averaged for; exact up to 2^24, where it stays.
   */
  sparseAsgd(w: Tensor, g: Tensor, average: Tensor, age: Tensor, options: SgdOptions): void;
  /**
   * In place: `w += noise * u - shrink * sign`, then `w = 0` where `sign * w <= 0`: the random walk of deep rewiring (Bellec
   * et al., ICLR 2018), without the gradient. u is uniform in (-sqrt 3, sqrt 3), so of variance 1, and a function of the
   * key and the weight's rank in canonical order (`walkDraw`): the same on every engine and for any number of threads.
   *
   * @param sign 1 or -1 for each weight; 0 for one that is out of use, which stays 0.
   */
  rewire(w: Tensor, sign: Tensor, options: RewireOptions): void;
  /** Bytes on the engine's own heap; zeros where it has none. */
  memory(): { heapBytes: number; peakHeapBytes: number };
  /** Keeps worker threads awake between kernels while work goes on. */
  busy(busy: boolean): void;
  /** Ends its threads and frees its memory; its tensors are lost. */
  dispose(): Promise<void>;
}

export interface SgdOptions {
  rate: number;
  scale: number;
  decay: number;
}

export interface AdamOptions extends SgdOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** `1 - beta1^t` and `1 - beta2^t`. */
  correction1: number;
  correction2: number;
}

export interface RewireOptions {
  /** What the L1 penalty takes from the weight's magnitude: learning rate times the penalty's factor. */
  shrink: number;
  /** Standard deviation of the noise: sqrt(2 * learning rate * temperature). */
  noise: number;
  /** Layout of the weight, for the canonical order; absent where the tensors are in that order themselves. */
  layout?: Layout;
  /** Two uint32. Equal keys give equal noise: take another for every matrix and step. */
  key: readonly [number, number];
}

const engines = new Map<string, Engine>();

/** Makes an engine known under its backend's name. @throws InputError if an engine of that name runs already. */
export function registerEngine(engine: Engine): void {
  requireUnregistered(engine.name);
  engines.set(engine.name, engine);
}

/** @throws InputError if an engine of that name runs already. */
export function requireUnregistered(name: string): void {
  if (!engines.has(name)) return;
  const todo = `end the one that runs with 'await engine.dispose()', or go on with it: engineOf('${name}')`;
  throw expected('the name of an engine that does not run yet', name, todo);
}

export function unregisterEngine(name: string): void {
  engines.delete(name);
}

/** The engine behind a TensorFlow.js backend, by default the current one. @throws InputError if there is none. */
export function engineOf(backendName: string = getBackend()): Engine {
  const engine = engines.get(backendName);
  if (engine !== undefined) return engine;
  throw expected(
    'a running sparse-rnn engine behind the TensorFlow.js backend',
    backendName ?? 'no backend',
    "call 'await createEngine()' of @sparse-rnn/core first, and leave its backend the current one",
  );
}

/** @throws InputError unless the engine of a name runs and its TensorFlow.js backend is the current one. */
export function requireCurrent(name: string): void {
  const current = getBackend();
  if (current === name && engines.has(name)) return;
  throw expected(
    `the engine ${name} to run and its TensorFlow.js backend to be the current one`,
    current ?? 'no backend',
    `call 'await setBackend('${name}')' of @tensorflow/tfjs-core, or createEngine where it was disposed of`,
  );
}
