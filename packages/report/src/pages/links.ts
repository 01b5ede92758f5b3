import { relative, resolve, sep } from 'node:path';

/** Relative address of a file or folder, as seen from the page's folder: `../runs/demo-set-0f3a/log.jsonl`. */
export function relativeHref(pageFolder: string, target: string): string {
  const path = relative(resolve(pageFolder), resolve(target)) || '.';
  return path.split(sep).map(encodeURIComponent).join('/');
}

/** The same path for reading: never an absolute path of the machine. */
export function relativePath(pageFolder: string, target: string): string {
  return (relative(resolve(pageFolder), resolve(target)) || '.').split(sep).join('/');
}
