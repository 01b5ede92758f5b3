import { findSource } from '../sources/registry.ts';
import { checkFile, type FileState, fileError } from './check.ts';
import type { FetchableSource } from './fetch.ts';
import { type DataLocation, dataFolder, locateFile } from './locate.ts';

/** What verification found about one file. */
export interface VerifiedFile {
  /** The file, below the data folder. */
  path: string;
  /** Absolute path, if the file is anywhere. */
  location?: string;
  /** `ok`, or what is wrong with it. */
  status: FileState['status'] | 'missing';
  /** Bytes on disk; 0 if missing. */
  bytes: number;
  /** SHA-256, lower-case hex; left out where the size alone settles the matter. */
  sha256?: string;
  /** What is wrong and what to do, if something is. */
  problem?: string;
}

/** What verification found about a corpus. */
export interface Verification {
  name: string;
  /** True if every file is there and verifies. Always true for an embedded corpus, which is verified on loading. */
  ok: boolean;
  /** One entry for each file; none for an embedded corpus. */
  files: VerifiedFile[];
}

/**
 * Verifies the files of a corpus, in the data folder or in place in a mirror folder, by size and SHA-256. Damaged and
 * missing files are reported, not thrown; an unknown name or mirror is thrown as a `DataError`.
 *
 * @example const { ok, files } = await verifyCorpus('ptb');
 */
export async function verifyCorpus(name: string, location: DataLocation = {}): Promise<Verification> {
  return verifySource(findSource(name), location);
}

/**
 * The files of a corpus that are neither in the data folder nor in a mirror folder, as paths below either; none for an
 * embedded corpus. Looks at names alone: whether a file is whole, `verifyCorpus` tells. An unknown name or mirror is thrown
 * as a `DataError`.
 *
 * @example const fetched = (await missingFiles('ptb')).length === 0;
 */
export async function missingFiles(name: string, location: DataLocation = {}): Promise<string[]> {
  const missing: string[] = [];
  for (const { path } of findSource(name).files) {
    if ((await locateFile(path, location)) === undefined) missing.push(path);
  }
  return missing;
}

/** `verifyCorpus` for a source of any origin. */
export async function verifySource(
  { name, files: sourceFiles }: FetchableSource,
  location: DataLocation,
): Promise<Verification> {
  const files: VerifiedFile[] = [];
  for (const file of sourceFiles) {
    const path = await locateFile(file.path, location);
    if (path === undefined) {
      const problem = `no file ${file.path} below ${dataFolder(location)}; ${fetchAdvice(name)}`;
      files.push({ path: file.path, status: 'missing', bytes: 0, problem });
      continue;
    }
    const state = await checkFile(path, file);
    const verified: VerifiedFile = { path: file.path, location: path, ...state };
    if (state.status !== 'ok') verified.problem = fileError(path, file, state, fetchAdvice(name)).message;
    files.push(verified);
  }
  return { name, ok: files.every(({ status }) => status === 'ok'), files };
}

/** What to do about a file that is missing or damaged. */
export function fetchAdvice(name: string): string {
  return `run \`sparse-rnn data fetch ${name}\`, or set SPARSE_RNN_DATA to a mirror folder that holds it`;
}
