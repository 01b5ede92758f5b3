import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rng } from '@sparse-rnn/core';
import { onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/sparse-rnn.js', import.meta.url));

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command line under way. */
export interface CliProcess {
  child: ChildProcess;
  /** Everything written so far, both streams together. */
  output(): string;
  /** Resolves once the output holds a text that matches; rejects if the process ends without. */
  seen(pattern: RegExp): Promise<void>;
  ended: Promise<CliResult>;
}

/** Starts the built `sparse-rnn` as a user would. */
export function startCli(args: string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }): CliProcess {
  // No corpus of the developer's own: what a test needs, it makes.
  return startProcess(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, SPARSE_RNN_DATA: '', ...env } });
}

/** Starts any program. It is gone after the test. */
export function startProcess(
  program: string,
  args: string[],
  { cwd, env }: { cwd?: string; env: NodeJS.ProcessEnv },
): CliProcess {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const output = () => stdout + stderr;
  const seen = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(output()) && resolve();
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      look();
      ended.then(() => reject(new Error(`The command ended without saying ${pattern}:\n${output()}`)), reject);
    });
  return { child, output, seen, ended };
}

export function cli(args: string[], options: { cwd: string; env?: Record<string, string> }): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** Writes a corpus with structure to learn: each word is followed by one of two others. @returns Its name for `data`. */
export function writeCorpus(folder: string, lines: number): string {
  mkdirSync(folder, { recursive: true });
  for (const [part, count] of [
    ['train', lines],
    ['valid', Math.ceil(lines / 8)],
    ['test', Math.ceil(lines / 8)],
  ] as const) {
    const stream = rng(1, 'corpus', part);
    let word = 0;
    const line = () =>
      Array.from({ length: 12 }, () => {
        word = (2 * word + stream.integer(2)) % 23;
        return `w${word}`;
      }).join(' ');
    writeFileSync(join(folder, `${part}.txt`), Array.from({ length: count }, () => `${line()}\n`).join(''));
  }
  return `folder:${folder}`;
}

/** Settings of a model that trains in a second or two, with a topology update between every two epochs. */
export function tinySettings(settings: Record<string, string | number>): string[] {
  const tiny = {
    hidden: 12,
    embedding: 10,
    layers: 2,
    batch: 4,
    evaluationBatch: 4,
    window: 8,
    epochs: 3,
    density: 0.3,
  };
  return Object.entries({ ...tiny, ...settings }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}
