import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, RunResult } from '../../run/types.ts';

const BIN = fileURLToPath(new URL('../../../bin/sparse-rnn.js', import.meta.url));

/**
 * Trains runs one after the other, each by a `sparse-rnn run` in a process of its own: its peak memory is then its own.
 * Ends with the first that does not finish, and sets the exit code to that process's.
 *
 * @param commands Arguments behind `sparse-rnn`. What the processes print goes where this one prints.
 */
export async function trainInProcesses(commands: readonly string[][]): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const args of commands) {
    const { code, result } = await trainInProcess(args);
    if (result !== undefined) results.push(result);
    process.exitCode = code;
    if (code !== 0 || result?.status !== 'finished') break;
  }
  return results;
}

async function trainInProcess(args: string[]): Promise<{ code: number; result: RunResult | undefined }> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let result: RunResult | undefined;
  child.on('message', message => {
    const told = message as ChildMessage;
    if ('result' in told) result = told.result;
  });
  // The child saves its checkpoint and says how to go on; this process only passes the signal on and outlives it.
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', exit => resolve(exit ?? 1));
    });
    return { code, result };
  } finally {
    process.off('SIGINT', forward).off('SIGTERM', forward);
  }
}
