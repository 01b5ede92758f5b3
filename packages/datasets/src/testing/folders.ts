import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sha256 } from '../fetch/check.ts';
import type { FetchableSource } from '../fetch/fetch.ts';
import { below, resolveMirror } from '../fetch/locate.ts';

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sparse-rnn-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, by their paths below the folder. */
export async function writeFiles(folder: string, files: Record<string, Uint8Array | string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(below(folder, path)), { recursive: true });
    await writeFile(below(folder, path), content);
  }
}

/** A source that describes these files. Its public home does not exist: tests must name a mirror. */
export function sourceOf(name: string, files: Record<string, Uint8Array>): FetchableSource {
  return {
    name,
    files: Object.entries(files).map(([path, content]) => ({
      path,
      url: 'http://127.0.0.1:9/',
      builds: [{ bytes: content.length, sha256: sha256(content) }],
    })),
  };
}

/** The folder that SPARSE_RNN_DATA names, or undefined if it names none. A folder that does not exist is an error. */
export async function realDataFolder(): Promise<string | undefined> {
  const mirror = await resolveMirror({});
  return mirror?.kind === 'folder' ? mirror.path : undefined;
}

export const NO_REAL_DATA = 'SPARSE_RNN_DATA names no folder with the corpora';
