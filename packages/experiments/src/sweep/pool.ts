import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, RunResult } from '../run/types.ts';

const BIN = fileURLToPath(new URL('../../bin/sparse-rnn.js', import.meta.url));

/** How one run of a sweep ended. */
export interface Ended<T> {
  run: T;
  /** Absent where the process died without a word. */
  result?: RunResult;
  /** Exit code, or the signal that ended the process. */
  code: number | NodeJS.Signals;
  /** The last lines that it wrote to stderr. */
  said: string;
}

export interface PoolOptions<T> {
  /** Runs at a time. */
  jobs: number;
  /** Arguments of `sparse-rnn` that train a run. */
  command(run: T): string[];
  /** Aborting it lets every run under way save a checkpoint and end; no other is started. */
  signal?: AbortSignal;
  onStart?(run: T): void;
  onProgress?(run: T, done: number): void;
  onEnd?(ended: Ended<T>): void;
}

const KEPT = 2000;

/**
 * Trains runs, each in a process of its own, so many at a time, in the order given. A run that fails keeps no other from
 * being trained.
 */
export async function trainAll<T>(runs: readonly T[], options: PoolOptions<T>): Promise<Ended<T>[]> {
  const waiting = [...runs];
  const ended: Ended<T>[] = [];
  const worker = async () => {
    while (waiting.length > 0 && !options.signal?.aborted) {
      const run = waiting.shift()!;
      options.onStart?.(run);
      const result = await trainOne(run, options);
      ended.push(result);
      options.onEnd?.(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, runs.length) }, worker));
  return ended;
}

async function trainOne<T>(run: T, { command, signal, onProgress }: PoolOptions<T>): Promise<Ended<T>> {
  const child: ChildProcess = spawn(process.execPath, [BIN, ...command(run)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C reaches this process alone, which passes it on once.
    detached: true,
  });
  let result: RunResult | undefined;
  let said = '';
  child.on('message', message => {
    const told = message as ChildMessage;
    if ('result' in told) result = told.result;
    else onProgress?.(run, told.progress.step / told.progress.of);
  });
  child.stderr!.setEncoding('utf8').on('data', text => {
    said = (said + text).slice(-KEPT);
  });
  const stop = () => child.kill('SIGINT');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, killed) => resolve(exit ?? killed ?? 1));
    });
    return { run, result, code, said: said.trim() };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
