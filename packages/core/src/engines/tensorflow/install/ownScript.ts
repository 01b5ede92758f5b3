import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { BINDING } from '../native.ts';
import type { Machine } from './machine.ts';
import { lastLine } from './wheel.ts';

/** The host that the package's own script downloads from. */
const HOST = 'https://storage.googleapis.com/';
const ANSWER_MS = 5000;
const SCRIPT_MS = 10 * 60_000;

/**
 * Runs the package's own install script, which downloads a finished binding and library. It works on a copy: the script
 * writes into its package, whose files may be shared with other checkouts.
 *
 * @param folder gets `lib` and `deps`.
 * @returns why it failed; undefined if it did not.
 */
export async function runOwnScript(
  machine: Machine,
  packageFolder: string,
  folder: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const host = process.env.TFJS_NODE_CDN_STORAGE || HOST;
  if (!(await machine.answers(host, ANSWER_MS))) {
    return `${host} did not answer within ${ANSWER_MS / 1000} s`;
  }
  rmSync(folder, { recursive: true, force: true });
  const copy = join(folder, 'package');
  mkdirSync(copy, { recursive: true });
  const parts = ['package.json', 'scripts', 'binding', 'binding.gyp'].filter(name =>
    existsSync(join(packageFolder, name)),
  );
  for (const name of parts) cpSync(join(packageFolder, name), join(copy, name), { recursive: true });
  // What the package requires lies beside it, and its programs in one of these.
  const modules = join(packageFolder, '..', '..');
  const programs = [join(packageFolder, 'node_modules', '.bin'), join(modules, '.bin'), dirname(process.execPath)];
  const ended = await machine.run(process.execPath, [join('scripts', 'install.js')], {
    cwd: copy,
    env: { NODE_PATH: modules, PATH: [...programs, process.env.PATH].join(delimiter) },
    timeoutMs: SCRIPT_MS,
    signal,
  });
  signal?.throwIfAborted();
  if (ended.status !== 0 || !existsSync(join(copy, BINDING))) return lastLine(ended.output);
  for (const part of ['lib', 'deps']) renameSync(join(copy, part), join(folder, part));
  rmSync(copy, { recursive: true, force: true });
  return undefined;
}
