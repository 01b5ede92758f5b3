import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { packageFile } from '../packageFile.ts';
import type { ChildMessage, RunResult } from '../run/types.ts';

const BIN = packageFile('bin/sparse-rnn.js');

/** How one run of a sweep ended. */
export interface Ended<T> {
  run: T;
  /** Absent where the process died without a word. */
  result?: RunResult;
  /** Exit code, or the signal that ended the process. */
  code: number | NodeJS.Signals;
  /** The last lines that it wrote to stderr. */
  said: string;
  /** True where another process trains the run. */
  busy: boolean;
}

export interface PoolOptions<T> {
  /** Runs at a time. */
  jobs: number;
  /** Arguments of `sparse-rnn` that train a run. */
  command(run: T): string[];
  /**
   * Whether it is this pool's turn to train a run. `wait`: another process trains it, ask again; `leave`: it has by now, and
   * nothing is left to do. Default: train.
   */
  turn?(run: T): 'train' | 'wait' | 'leave';
  /** Aborting it lets every run under way save a checkpoint and end; no other is started. */
  signal?: AbortSignal;
  onStart?(run: T): void;
  onProgress?(run: T, done: number): void;
  onEnd?(ended: Ended<T>): void;
  /** The runs that are left are all with other processes. */
  onWait?(runs: readonly T[]): void;
  /** Another process has come to the end of a run. */
  onLeave?(run: T): void;
}

const KEPT = 2000;

/** How often the runs of other processes are looked at. */
const POLL_MS = 500;

/**
 * Trains runs, each in a process of its own, so many at a time, in the order given. A run that fails keeps no other from
 * being trained. Runs that another process trains come last: once it is done with them they are left, and if it stops
 * before, they are trained here.
 */
export async function trainAll<T>(runs: readonly T[], options: PoolOptions<T>): Promise<Ended<T>[]> {
  const waiting = [...runs];
  const ended: Ended<T>[] = [];
  const { signal, turn = () => 'train' } = options;
  const next = async (): Promise<T | undefined> => {
    while (waiting.length > 0 && !signal?.aborted) {
      for (const run of [...waiting]) {
        const whose = turn(run);
        if (whose === 'wait') continue;
        waiting.splice(waiting.indexOf(run), 1);
        if (whose === 'train') return run;
        options.onLeave?.(run);
      }
      if (waiting.length === 0) break;
      options.onWait?.(waiting);
      await wait(POLL_MS, undefined, { signal }).catch(() => {});
    }
    return undefined;
  };
  const worker = async () => {
    for (let run = await next(); run !== undefined; run = await next()) {
      options.onStart?.(run);
      const result = await trainOne(run, options);
      // Another process was quicker.
      if (result.busy) waiting.push(run);
      else ended.push(result);
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
  let busy = false;
  let said = '';
  child.on('message', message => {
    const told = message as ChildMessage;
    if ('result' in told) result = told.result;
    else if ('busy' in told) busy = true;
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
    return { run, result, code, said: said.trim(), busy };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
