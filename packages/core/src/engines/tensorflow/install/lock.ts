import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expected } from '../../../base/errors.ts';

/**
 * Does work that only one process may do at a time. A lock whose process is gone, or that names none, is taken over.
 *
 * @throws InputError if another process is at it.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const owner = ownerOf(file);
  if (owner !== undefined) {
    throw expected('no other installation under way', `process ${owner}`, `wait for it, or end it and delete ${file}`);
  }
  rmSync(file, { force: true });
  writeFileSync(file, String(process.pid), { flag: 'wx' });
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** The living process that holds the lock; none where the file is missing, cannot be read, or names no process. */
function ownerOf(file: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  // A file that was cut is empty, which reads as 0: signals to 0 and below go to whole groups of processes.
  if (!(Number.isSafeInteger(pid) && pid > 0)) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // Not ours to signal, so alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}
