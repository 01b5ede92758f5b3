import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expected } from '../../../base/errors.ts';

/**
 * Does work that only one process may do at a time. A lock whose process is gone is taken over.
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

/** The living process that holds the lock. */
function ownerOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // Not ours to signal, so alive.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return Number(readFileSync(file, 'utf8'));
    return undefined;
  }
}
