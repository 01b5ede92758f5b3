import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError } from '../errors.ts';
import { findSource } from '../sources/registry.ts';
import type { CorpusSource, SourceFile } from '../sources/types.ts';
import { checkFile, fileError, storageError } from './check.ts';
import { type DownloadOptions, download } from './download.ts';
import { below, dataFolder, type Mirror, resolveMirror } from './locate.ts';

/** As much of a source as fetching needs. */
export type FetchableSource = Pick<CorpusSource, 'name' | 'files'>;

/** Where one file of a corpus stands. */
export interface FetchProgress {
  /** Name of the corpus. */
  corpus: string;
  /** The file, below the data folder. */
  path: string;
  /** URL or folder the bytes come from. */
  from: string;
  /** Bytes that are here, those of an earlier attempt included. */
  received: number;
  /** Bytes of the whole file; undefined if the server does not say. */
  total: number | undefined;
}

/** What became of one file. */
export interface FetchedFile {
  /** The file, below the data folder. */
  path: string;
  /** Absolute path on this machine. */
  location: string;
  /** `present`: it was there and verified; nothing was transferred. */
  state: 'present' | 'fetched';
  /** Size of the file. */
  bytes: number;
}

/** How a corpus is fetched. */
export interface FetchOptions extends Omit<DownloadOptions, 'onBytes'> {
  /** Folder the files go to. Default `data` below the current directory. */
  into?: string;
  /** As in `DataLocation`: folder or URL instead of the public homes. Default `SPARSE_RNN_DATA`, else the public homes. */
  mirror?: string;
  /** Called as bytes come. */
  onProgress?: (progress: FetchProgress) => void;
}

/**
 * Brings the files of a corpus to this machine: from a mirror folder, a mirror URL, or their public homes. Each file is
 * verified by its SHA-256 before it gets its name. Files that are there and verify are left alone, damaged ones are
 * replaced; an interrupted download is continued. Nothing happens for an embedded corpus.
 *
 * @param name one of `listCorpora()`
 * @returns one entry per file, none for an embedded corpus
 * @throws DataError: see `download`; `missing` if a mirror folder does not hold the file
 *
 * @example
 * await fetchCorpus('ptb', { onProgress: ({ path, received, total }) => console.log(path, received, total) });
 */
export async function fetchCorpus(name: string, options: FetchOptions = {}): Promise<FetchedFile[]> {
  return fetchSource(findSource(name), options);
}

/** `fetchCorpus` for a source of any origin. */
export async function fetchSource(source: FetchableSource, options: FetchOptions): Promise<FetchedFile[]> {
  if (source.files.length === 0) return [];
  const folder = dataFolder({ dataDir: options.into });
  const mirror = await resolveMirror(options);
  const fetched: FetchedFile[] = [];
  for (const file of source.files) fetched.push(await fetchFile(source.name, file, folder, mirror, options));
  return fetched;
}

async function fetchFile(
  corpus: string,
  file: SourceFile,
  folder: string,
  mirror: Mirror | undefined,
  options: FetchOptions,
): Promise<FetchedFile> {
  options.signal?.throwIfAborted();
  const location = below(folder, file.path);
  if (existsSync(location)) {
    const { status, bytes } = await checkFile(location, file);
    if (status === 'ok') return { path: file.path, location, state: 'present', bytes };
  }
  try {
    await mkdir(dirname(location), { recursive: true });
  } catch (error) {
    throw storageError(`to create the folder ${dirname(location)}`, error);
  }
  const report = (from: string) => (received: number, total: number | undefined) =>
    options.onProgress?.({ corpus, path: file.path, from, received, total });

  if (mirror?.kind === 'folder') {
    const bytes = await copy(below(mirror.path, file.path), location, file, report(mirror.path));
    return { path: file.path, location, state: 'fetched', bytes };
  }
  const url = mirror ? new URL(file.path, mirror.url) : new URL(file.url);
  const bytes = await download(url, location, file, { ...options, onBytes: report(url.href) });
  return { path: file.path, location, state: 'fetched', bytes };
}

/** Copies a file out of a mirror folder, verified before it gets its name. */
async function copy(
  from: string,
  target: string,
  file: SourceFile,
  onBytes: (received: number, total: number) => void,
): Promise<number> {
  if (!existsSync(from)) {
    throw new DataError('missing', {
      expected: `the mirror to hold ${file.path}`,
      came: `no file at ${from}`,
      advice: 'add the file to the mirror, or leave the mirror out to use the public home',
    });
  }
  // Not `.part`: that name is for bytes which a later download may continue.
  const temporary = `${target}.copy-${process.pid}`;
  try {
    await copyFile(from, temporary);
    const state = await checkFile(temporary, file);
    if (state.status !== 'ok') throw fileError(from, file, state, 'replace the file in the mirror');
    const handle = await open(temporary, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
    onBytes(state.bytes, state.bytes);
    return state.bytes;
  } catch (error) {
    throw storageError(`to copy ${from} to ${target}`, error);
  } finally {
    await rm(temporary, { force: true });
  }
}
