import { availableParallelism } from 'node:os';
import * as util from 'node:util';
import { backend, setBackend } from '@tensorflow/tfjs-core';
import { expected } from '../../base/errors.ts';
import { TensorflowEngine } from './engine.ts';
import { registerTensorflowKernels } from './kernels.ts';
import { INSTALL_COMMAND, nativeProblem, TFJS_NODE, wrongVersion } from './native.ts';

/** TensorFlow's threads in this process, once it is loaded: it makes them at its first start and keeps them. */
let threadsOfProcess: number | undefined;

/**
 * Loads TensorFlow.js' native backend and makes it the current one.
 *
 * @param threads that compute, default all; TensorFlow takes them at its first start in a process, and keeps them after.
 * @throws InputError if the native part is missing, does not load, or is of another version.
 */
export async function startTensorflow(threads?: number): Promise<TensorflowEngine> {
  if (threadsOfProcess === undefined) threadsOfProcess = await load(threads);
  await setBackend('tensorflow');
  return new TensorflowEngine(threadsOfProcess);
}

async function load(threads: number | undefined): Promise<number> {
  const problem = nativeProblem();
  if (problem !== undefined) throw problem;
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  // Says nothing unless it fails. oneDNN's own kernels announce themselves on every start, and are no faster here.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  mendUtil();
  // Not by its name alone, so that code compiles where this optional package was left out.
  const name: string = TFJS_NODE.name;
  try {
    await import(name);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw expected(
      'the native part of the engine tensorflow to load',
      reason,
      `make it again with: ${INSTALL_COMMAND} --fresh`,
    );
  }
  const { binding } = backend() as unknown as { binding: { TF_Version: string } };
  const wrong = wrongVersion(binding.TF_Version);
  if (wrong !== undefined) throw wrong;
  registerTensorflowKernels();
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
}

/** TensorFlow.js calls two functions of node:util that Node took out, or warns of on every start. */
function mendUtil(): void {
  const module = (util as unknown as { default: Record<string, unknown> }).default;
  module.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  module.isArray = Array.isArray;
}
