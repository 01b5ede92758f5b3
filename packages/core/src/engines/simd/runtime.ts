import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { expected } from '../../base/errors.ts';
import { Heap, MAX_MEMORY } from './heap.ts';
import { KERNELS, type KernelName } from './kernels.ts';

interface KernelExports {
  runJob(kernel: number, args: number, threads: number): number;
}

/** An argument word of a kernel: an integer or address, or a float wrapped by `f32`. */
export type Word = number | { readonly f32: number };

/** Marks a kernel argument as a 32-bit float. */
export function f32(value: number): Word {
  return { f32: value };
}

export interface RuntimeOptions {
  /** Threads that compute, the calling one included. Default: the cores this process may use, at most 16. */
  threads?: number;
  /**
   * Size of the shared memory in bytes, from 1 MiB to 4 GiB, rounded up to pages of 64 KiB. Default: 2 GiB, halved until the
   * machine grants it, to 64 MiB at least. Untouched pages cost no resident memory.
   */
  memoryBytes?: number;
  /**
   * Lets V8 turn pairs of 128-bit operations into one of 256 bits, where this build of Node can: up to twice as fast, the
   * same results. Default true. It holds for the process: false does not undo an earlier runtime's true.
   */
  wideVectors?: boolean;
}

/** A worker only instantiates the same module on the same memory and stays inside wasm. */
const WORKER_SOURCE = `
const { workerData } = require('node:worker_threads');
const { module, memory } = workerData;
try {
  const instance = new WebAssembly.Instance(module, { env: { memory, abort() { throw new Error('abort'); } } });
  instance.exports.workerLoop(0);
} catch (error) {
  Atomics.store(new Int32Array(memory.buffer), 7, 1);
  throw error;
}
`;

/** Control words of assembly/pool.ts, as indices into an Int32Array. */
const GENERATION = 0;
const MODE = 5;
const STOP = 8;
const WIDE = 10;

const PAGE = 65536;
const LEAST_MEMORY = 2 ** 20;
const DEFAULT_MEMORY = 2 ** 31;
const LEAST_DEFAULT_MEMORY = 2 ** 26;
const MAX_ARGUMENT_WORDS = 64;

/** The kernels, the shared memory they work on, and the threads that run them. */
export class Runtime {
  readonly heap: Heap;
  private readonly control: Int32Array;
  private readonly argsAddress: number;
  private readonly argsInts: Int32Array;
  private readonly argsFloats: Float32Array;
  private readonly exports: KernelExports;
  private readonly workers: Worker[] = [];

  private constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    /** Threads that take part in a kernel; results do not depend on it. */
    readonly threads: number,
    /** Whether blocks of 20 vectors of 128 bits fit the registers: as ten of 256 bits, or into the 32 of arm64. */
    isWide: boolean,
  ) {
    this.heap = new Heap(memory);
    this.control = new Int32Array(memory.buffer, 0, 16);
    this.control[WIDE] = isWide ? 1 : 0;
    this.argsAddress = this.heap.allocate(4 * MAX_ARGUMENT_WORDS);
    this.argsInts = this.heap.i32(this.argsAddress, MAX_ARGUMENT_WORDS);
    this.argsFloats = this.heap.f32(this.argsAddress, MAX_ARGUMENT_WORDS);
    const imports = {
      env: {
        memory,
        abort() {
          throw new Error('A kernel of the simd engine aborted.');
        },
      },
    };
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as KernelExports;
    for (let thread = 1; thread < threads; thread++) {
      const worker = new Worker(WORKER_SOURCE, { eval: true, workerData: { module, memory } });
      worker.unref();
      this.workers.push(worker);
    }
  }

  static create(options: RuntimeOptions = {}): Runtime {
    const threads = options.threads ?? Math.min(16, availableParallelism());
    if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
      throw new RangeError(`threads: expected an integer from 1 to 64, got ${threads}.`);
    }
    const isWide = ((options.wideVectors ?? true) && widenVectors()) || process.arch === 'arm64';
    return new Runtime(compile(), reserve(options.memoryBytes), threads, isWide);
  }

  /** Runs a kernel on all threads and returns when it is done. */
  run(name: KernelName, ...words: Word[]): void {
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      if (typeof word === 'number') this.argsInts[i] = word;
      else this.argsFloats[i] = word.f32;
    }
    if (this.exports.runJob(KERNELS[name], this.argsAddress, this.threads) !== 0) {
      throw new Error(`A worker thread of the simd engine failed in kernel ${name}.`);
    }
  }

  /** Keeps the workers spinning between kernels (true) or lets them sleep (false). Waking one costs about 30 us. */
  set spinning(spin: boolean) {
    Atomics.store(this.control, MODE, spin ? 1 : 0);
  }

  /** Ends the workers. The heap stays readable. */
  async dispose(): Promise<void> {
    Atomics.store(this.control, STOP, 1);
    Atomics.add(this.control, GENERATION, 1);
    Atomics.notify(this.control, GENERATION);
    await Promise.all(this.workers.map(worker => worker.terminate()));
  }
}

/** The kernels' module. @throws InputError on a Node without relaxed SIMD, which came with its version 21. */
function compile(): WebAssembly.Module {
  const binary = readFileSync(createRequire(import.meta.url).resolve('@sparse-rnn/core/kernels.wasm'));
  try {
    return new WebAssembly.Module(binary);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw expected(
      'a Node with relaxed SIMD in WebAssembly (21 or later)',
      process.version,
      'run a later Node, or take the engine cpu, which is slow',
    );
  }
}

/**
 * A shared memory of the wanted size; without one, of the default or of the largest half, quarter .. of it that this machine
 * grants.
 *
 * @throws InputError on a size out of range, or one that the machine does not grant.
 */
function reserve(wanted?: number): WebAssembly.Memory {
  if (wanted !== undefined && !(wanted >= LEAST_MEMORY && wanted <= MAX_MEMORY)) {
    const range = `from ${LEAST_MEMORY} (1 MiB) to ${MAX_MEMORY} (4 GiB)`;
    throw expected(`memoryBytes ${range}`, wanted, 'leave it out for 2 GiB');
  }
  const least = wanted ?? LEAST_DEFAULT_MEMORY;
  for (let bytes = wanted ?? DEFAULT_MEMORY; ; bytes /= 2) {
    try {
      return new WebAssembly.Memory({
        initial: Math.ceil(bytes / PAGE),
        maximum: MAX_MEMORY / PAGE,
        shared: true,
      });
    } catch (error) {
      if (bytes > least) continue;
      throw expected(
        `${bytes} bytes of shared memory`,
        (error as Error).message,
        'set memoryBytes to less, or allow the process more virtual memory (ulimit -v)',
      );
    }
  }
}

/**
 * V8's revectorizer for WebAssembly: finished but off by default in Node 24, so it is asked for where it was compiled in.
 * Says whether it was.
 */
function widenVectors(): boolean {
  const variables: Record<string, unknown> = { ...process.config.variables };
  const isThere = Boolean(variables['v8_enable_wasm_simd256_revec']);
  if (isThere) setFlagsFromString('--experimental-wasm-revectorize');
  return isThere;
}
