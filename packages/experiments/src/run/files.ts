import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StorageError, UsageError } from '../specs/usageError.ts';

/**
 * Writes a small file so that at any moment it is either the earlier one or the new one, whole.
 *
 * @param temporary Name that it has while it is written; of its own where several processes may write at the same time.
 */
export function writeAtomically(path: string, text: string, temporary = `${path}.tmp`): void {
  try {
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Makes renames and new names in a folder durable. Windows cannot open folders and needs no such step. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(directory, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk cannot be written to',
};

/**
 * Makes a folder where it is missing, with those above it.
 *
 * @throws UsageError or StorageError if nothing can be written to it, the system's error for anything else.
 */
export function requireWritable(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw unwritable(directory, reasonAbove(resolve(directory)) ?? error);
  }
}

/** Why nothing can be made here; of a disk that forbids it, Node says that a folder is missing. */
function reasonAbove(directory: string): unknown {
  const nearest = existsSync(directory) || directory === dirname(directory);
  if (!nearest) return reasonAbove(dirname(directory));
  try {
    accessSync(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What to say where a folder cannot be written to: UsageError if it is not allowed, StorageError if there is no room. */
export function unwritable(directory: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new UsageError(
      `Expected a folder that can be written to, got ${directory}: ${message}. ` +
        'Allow it, or choose another place with --runs.',
    );
  }
  const reason = REASONS[code];
  if (reason === undefined) return error as Error;
  return new StorageError(
    `Cannot write to ${directory}: ${reason}. Nothing that was there before is lost. Make room and start again.`,
    { cause: error },
  );
}
