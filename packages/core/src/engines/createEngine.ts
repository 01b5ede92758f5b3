import { ready, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { expected } from '../base/errors.ts';
import { CpuEngine } from './cpu/engine.ts';
import { registerCpuKernels } from './cpu/kernels.ts';
import { type Engine, registerEngine, requireUnregistered, unregisterEngine } from './engine.ts';
import { SimdBackend } from './simd/backend.ts';
import { SimdEngine } from './simd/engine.ts';
import { registerSimdKernels } from './simd/kernelRegistry.ts';
import { Runtime } from './simd/runtime.ts';
import '../ops/gradients.ts';

/** Every engine there is. */
export const ENGINE_NAMES = ['simd', 'cpu', 'tensorflow'] as const;

/** Which engine, and what it may use. */
export interface EngineOptions {
  /** `auto` (default), or one of `ENGINE_NAMES`. */
  engine?: string;
  /**
   * Threads of the simd and the tensorflow engine, from 1 to 64. Default: the cores this process may use, for simd at most 16.
   * Results of simd do not depend on it. TensorFlow keeps the threads of its first start in a process; the engine's
   * `threads` says what it has.
   */
  threads?: number;
  /**
   * Shared memory of the simd engine in bytes, from 1 MiB to 4 GiB; untouched pages cost no resident memory. Default: 2 GiB, or
   * less where the machine does not grant it.
   */
  memoryBytes?: number;
}

/** A started engine: the current TensorFlow.js backend, and why it was chosen. */
export type StartedEngine = Engine & { readonly reason: string };

let kernels: Promise<void> | undefined;

/**
 * Starts an engine and makes it the current TensorFlow.js backend. One engine of a name can run at a time in a process;
 * `dispose` ends it.
 *
 * @throws InputError on an unknown engine, one that is not installed or runs already, threads outside 1..64, memory that is
 * out of range or not granted, or a Node that simd does not run on: it needs Node 21. `auto` does not go on with another
 * engine then.
 */
export async function createEngine(options: EngineOptions = {}): Promise<StartedEngine> {
  const wanted = options.engine ?? 'auto';
  const reason = wanted === 'auto' ? 'auto: simd is the fastest engine that needs nothing installed' : 'asked for';
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64)) {
    throw expected('a number of threads from 1 to 64', threads, 'leave it out for the default');
  }
  if (!['auto', ...ENGINE_NAMES].includes(wanted)) {
    const names = ['auto', ...ENGINE_NAMES].map(name => `'${name}'`).join(', ');
    throw expected(`an engine of ${names}`, wanted, 'auto is the default');
  }
  kernels ??= registerKernels();
  await kernels;
  requireUnregistered(wanted === 'auto' ? 'simd' : wanted);
  if (wanted === 'tensorflow') {
    const { startTensorflow } = await import('./tensorflow/start.ts');
    const engine = Object.assign(await startTensorflow(threads), { reason });
    registerEngine(engine);
    engine.dispose = async () => unregisterEngine('tensorflow');
    return engine;
  }
  if (wanted === 'cpu') {
    const engine = Object.assign(new CpuEngine(), { reason });
    registerEngine(engine);
    await setBackend('cpu');
    engine.dispose = async () => unregisterEngine('cpu');
    return engine;
  }
  const runtime = Runtime.create({ threads, memoryBytes: options.memoryBytes });
  const engine = Object.assign(new SimdEngine(runtime), { reason });
  registerEngine(engine);
  registerBackend('simd', () => new SimdBackend(runtime));
  await setBackend('simd');
  engine.dispose = async () => {
    removeBackend('simd');
    unregisterEngine('simd');
    await runtime.dispose();
  };
  return engine;
}

/** Registers the kernels of all engines, without TensorFlow.js' advice to install its native backend. */
async function registerKernels(): Promise<void> {
  const { backend } = await import('@tensorflow/tfjs-core');
  await setBackend('cpu');
  await ready();
  (backend() as unknown as { firstUse: boolean }).firstUse = false;
  // In this order: simd starts from a copy of the cpu backend's kernels without our references.
  registerSimdKernels();
  registerCpuKernels();
}
