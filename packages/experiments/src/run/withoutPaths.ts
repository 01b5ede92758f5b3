import { homedir, tmpdir } from 'node:os';
import { basename, isAbsolute } from 'node:path';

const POSIX = /(?<![\w./~-])\/(?:[^\s/'"`;,()<>]+\/)*([^\s/'"`;,()<>:]*)/g;
const WINDOWS = /(?<!\w)[A-Za-z]:[\\/](?:[^\\/:*?"<>|\r\n]+[\\/])*([^\\/:*?"<>|\r\n\s]*)/g;

/**
 * A message for a log that is there to be shared: of every absolute path its last part alone.
 *
 * @param known folders that messages may name, for those with blanks in their names.
 */
export function withoutPaths(message: string, known: readonly string[] = []): string {
  // The longest first: the home folder is part of most others.
  const folders = [...known, process.cwd(), tmpdir(), homedir()].filter(
    folder => isAbsolute(folder) && folder.length > 1,
  );
  folders.sort((a, b) => b.length - a.length);
  const named = folders.reduce(
    (text, folder) => text.replaceAll(`${folder}/`, '').replaceAll(folder, basename(folder)),
    message.replaceAll('file://', ''),
  );
  return named.replace(POSIX, '$1').replace(WINDOWS, '$1');
}
