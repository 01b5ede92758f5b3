import { type ChildProcess, spawn } from 'node:child_process';
import { packageFile } from '../../packageFile.ts';
import type { ChildMessage, RunResult } from '../../run/types.ts';
import { INTERRUPTED } from '../interrupt.ts';

const BIN = packageFile('bin/sparse-rnn.js');

/** A run that is trained in a process of its own. */
export interface ProcessRun {
  /** What distinguishes it from the others, such as `seed=2`. */
  label: string;
  /** Arguments behind `sparse-rnn`. */
  args: string[];
}

/**
 * Trains runs one after the other, each by a `sparse-rnn run` in a process of its own: its peak memory is then its own.
 * One that stops or fails keeps no other from being trained. Ctrl-C does; stderr then names those that were not begun.
 * Sets the exit code: 130 where runs were interrupted or not begun, otherwise that of the first process whose is not 0.
 *
 * @param runs What their processes print goes where this one prints.
 * @returns The results of those that could say how they ended.
 */
export async function trainInProcesses(runs: readonly ProcessRun[]): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const waiting = [...runs];
  let interrupted = false;
  let child: ChildProcess | undefined;
  // The child saves its checkpoint and says how to go on; this process only passes the signal on and outlives it.
  const forward = (signal: NodeJS.Signals) => {
    interrupted = true;
    child?.kill(signal);
  };
  process.on('SIGINT', forward).on('SIGTERM', forward);
  try {
    while (waiting.length > 0 && !interrupted) {
      const { args } = waiting.shift()!;
      child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const { code, result } = await endOf(child);
      if (result !== undefined) results.push(result);
      interrupted ||= code === INTERRUPTED;
      process.exitCode ||= code;
    }
  } finally {
    process.off('SIGINT', forward).off('SIGTERM', forward);
  }
  // One that was interrupted as it began, before it could listen, has not ended with 130 itself.
  if (interrupted && (waiting.length > 0 || process.exitCode !== 0)) process.exitCode = INTERRUPTED;
  if (waiting.length > 0) {
    const labels = waiting.map(({ label }) => label).join(', ');
    console.error(`Not begun: ${labels}. Start the same command again, without --fresh, to go on.`);
  }
  return results;
}

async function endOf(child: ChildProcess): Promise<{ code: number; result: RunResult | undefined }> {
  let result: RunResult | undefined;
  child.on('message', message => {
    const told = message as ChildMessage;
    if ('result' in told) result = told.result;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', exit => resolve(exit ?? 1));
  });
  return { code, result };
}
