import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataError } from '../errors.ts';

/** Where files are looked for, and where they are taken from. */
export interface DataLocation {
  /** Folder of fetched files. Default `data` below the current directory. */
  dataDir?: string;
  /**
   * A folder or an http(s) URL that holds the files under their paths (`ptb/ptb.train.txt`). A folder is read in
   * place and may be read-only. Default: the environment variable `SPARSE_RNN_DATA`, else none. `''` means none.
   */
  mirror?: string;
}

/** A mirror, resolved. */
export type Mirror = { kind: 'folder'; path: string } | { kind: 'url'; url: URL };

/** The data folder as an absolute path. */
export function dataFolder({ dataDir = 'data' }: DataLocation): string {
  return resolve(dataDir);
}

/**
 * The mirror that is asked for, or undefined if none is. A relative folder is looked for below the current directory,
 * then below the root of the workspace the current directory lies in (scripts run inside a package's folder).
 * Throws a `DataError` (`missing` or `usage`) for a folder that does not exist and for other protocols.
 */
export async function resolveMirror(location: DataLocation): Promise<Mirror | undefined> {
  const mirror = location.mirror ?? process.env['SPARSE_RNN_DATA'] ?? '';
  const origin = location.mirror === undefined ? 'SPARSE_RNN_DATA' : 'the mirror';
  if (mirror === '') return undefined;
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(mirror)) return { kind: 'url', url: mirrorUrl(mirror, origin) };
  const candidates = [resolve(mirror)];
  const root = workspaceRoot(process.cwd());
  if (root) candidates.push(resolve(root, mirror));
  for (const path of candidates) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return { kind: 'folder', path };
  }
  throw new DataError('missing', {
    expected: `${origin} to name a folder or an http(s) URL`,
    came: `'${mirror}', and no folder at ${[...new Set(candidates)].join(' or ')}`,
    advice: `correct the path, or leave it out to use the public homes`,
  });
}

function mirrorUrl(mirror: string, origin: string): URL {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    // Without the slash, the last segment would be replaced by the path and not followed by it.
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  }
  throw new DataError('usage', {
    expected: `${origin} to name a folder or an http(s) URL`,
    came: `'${mirror}'`,
    advice: 'use a path, http:// or https://',
  });
}

/** The nearest folder above that holds a pnpm workspace file. */
function workspaceRoot(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** `path`, which uses forward slashes, below a folder. */
export function below(folder: string, path: string): string {
  return join(folder, ...path.split('/'));
}

/** Where a file is, fetched or in a mirror folder; undefined if it is nowhere. A fetched file comes first. */
export async function locateFile(path: string, location: DataLocation): Promise<string | undefined> {
  const fetched = below(dataFolder(location), path);
  if (existsSync(fetched)) return fetched;
  const mirror = await resolveMirror(location);
  if (mirror?.kind !== 'folder') return undefined;
  const mirrored = below(mirror.path, path);
  return existsSync(mirrored) ? mirrored : undefined;
}
