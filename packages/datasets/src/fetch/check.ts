import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DataError, type DataErrorCode, formatBytes, reasonOf } from '../errors.ts';
import type { Build, SourceFile } from '../sources/types.ts';

/** What was found where a file should be. */
export interface FileState {
  /** `ok`, or what is wrong with it. */
  status: 'ok' | Extract<DataErrorCode, 'empty' | 'cut' | 'checksum'>;
  /** Its size. */
  bytes: number;
  /** SHA-256, lower-case hex; left out where the size alone settles the matter. */
  sha256?: string;
}

/** SHA-256 of bytes, or of a string as UTF-8; lower-case hex. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Judges content in memory by size and checksum. */
export function checkBytes(bytes: Uint8Array, file: SourceFile): FileState {
  return tooSmall(bytes.length, file) ?? compare(bytes.length, sha256(bytes), file);
}

/** Judges a file on disk by size and checksum, without holding it in memory. */
export async function checkFile(path: string, file: SourceFile): Promise<FileState> {
  try {
    const { size } = await stat(path);
    const small = tooSmall(size, file);
    if (small) return small;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return compare(size, hash.digest('hex'), file);
  } catch (error) {
    throw storageError(`to read ${path}`, error);
  }
}

function tooSmall(bytes: number, file: SourceFile): FileState | undefined {
  if (bytes === 0) return { status: 'empty', bytes };
  return bytes < Math.min(...file.builds.map(build => build.bytes)) ? { status: 'cut', bytes } : undefined;
}

function compare(bytes: number, digest: string, file: SourceFile): FileState {
  const known = file.builds.some(build => build.bytes === bytes && build.sha256 === digest);
  return { status: known ? 'ok' : 'checksum', bytes, sha256: digest };
}

/** The error for a file that is not as it should be. */
export function fileError(where: string, file: SourceFile, state: FileState, advice: string): DataError {
  if (state.status === 'ok') throw new Error(`${where} is as it should be`);
  const [{ bytes, sha256 }] = file.builds;
  const came = {
    empty: 'an empty file',
    cut: `only ${formatBytes(state.bytes)}: the file is cut`,
    checksum: `${formatBytes(state.bytes)} with SHA-256 ${state.sha256}`,
  }[state.status];
  return new DataError(state.status, {
    expected: `${where} to be ${formatBytes(bytes)} with SHA-256 ${sha256}${others(file.builds)}`,
    came,
    advice,
  });
}

function others(builds: readonly Build[]): string {
  return builds.slice(1).reduce((text, build) => `${text} (or ${formatBytes(build.bytes)}, ${build.sha256})`, '');
}

/** The error for a file system that refuses: no permission, a read-only or full disk. */
export function storageError(action: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  return new DataError(
    'storage',
    {
      expected: action,
      came: reasonOf(error),
      advice: 'check permissions and free space, or choose another data folder',
    },
    { cause: error },
  );
}
