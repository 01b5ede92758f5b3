import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { BINDING, readMarker, TFJS_NODE, wrongVersion } from '../native.ts';

/** Folder of everything that is made once for all checkouts: `$XDG_CACHE_HOME/sparse-rnn`, or `~/.cache/sparse-rnn`. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sparse-rnn');
}

/** Folder of one finished native part. It appears under this name complete, by a rename. */
export function nativeFolder(cache: string, tensorflow: string, platform: string): string {
  return join(cache, `tensorflow-${tensorflow}-napi8-${platform}`);
}

/** Whether the folder holds a native part of which nothing is missing or cut, made from the package's present version. */
export function isComplete(folder: string): boolean {
  const marker = readMarker(folder);
  if (marker === undefined || wrongVersion(marker.tensorflow) !== undefined) return false;
  if (marker.tfjsNode !== TFJS_NODE.version) return false;
  return Object.entries(marker.files).every(([path, bytes]) => sizeOf(join(folder, path)) === bytes);
}

/** Lets TensorFlow.js find the binding: a link in its package folder, in the place of whatever is there. */
export function link(packageFolder: string, folder: string): void {
  const place = join(packageFolder, BINDING);
  const fresh = `${place}.new`;
  mkdirSync(dirname(place), { recursive: true });
  rmSync(fresh, { force: true });
  symlinkSync(join(folder, BINDING), fresh);
  renameSync(fresh, place);
}

/** Gives a folder that is ready its name, in the place of an older one. */
export function settle(making: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
}

export function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
