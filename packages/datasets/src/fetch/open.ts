import { readFile } from 'node:fs/promises';
import { DataError } from '../errors.ts';
import { checkBytes, fileError, storageError } from './check.ts';
import type { FetchableSource } from './fetch.ts';
import { type DataLocation, dataFolder, locateFile } from './locate.ts';
import { fetchAdvice } from './verify.ts';

/**
 * The bytes of a source's file, from the data folder or a mirror folder, verified by size and checksum. Throws a
 * `DataError` (`missing`, `empty`, `cut`, `checksum`, `storage`) that says what to do.
 */
export async function openVerified(source: FetchableSource, path: string, location: DataLocation): Promise<Uint8Array> {
  const file = source.files.find(candidate => candidate.path === path)!;
  const found = await locateFile(path, location);
  if (found === undefined) {
    throw new DataError('missing', {
      expected: `${path} below ${dataFolder(location)}`,
      came: 'no such file',
      advice: fetchAdvice(source.name),
    });
  }
  const bytes = await readFile(found).catch((error: unknown) => {
    throw storageError(`to read ${found}`, error);
  });
  const state = checkBytes(bytes, file);
  if (state.status !== 'ok') throw fileError(found, file, state, fetchAdvice(source.name));
  return bytes;
}
