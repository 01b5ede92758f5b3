import { win32 } from 'node:path';
import type { RunSpec } from './schema.ts';

/** Settings that say where files of the user's own lie. */
const PLACES = ['data', 'csvTest'] as const satisfies readonly (keyof RunSpec)[];

/** Where the data of a run lie on this machine: what `sharedSpec` leaves out of these settings. */
export type Places = Partial<Pick<RunSpec, (typeof PLACES)[number]>>;

/**
 * A spec as logs and `spec.json` have it, which are there to be shared: of a path its last part alone. What the files
 * hold is told by their SHA-256, in the log. The hash is that of the whole spec all the same.
 */
export function sharedSpec<T extends Places>(spec: T): T {
  return { ...spec, ...places(spec, withoutFolders) };
}

/** The settings that `sharedSpec` changes, as they are. */
export function placesOf(spec: Places): Places {
  const shared = sharedSpec(spec);
  return places(spec, (value, key) => (shared[key] === value ? undefined : value));
}

/** The last part of a path after `folder:` or `csv:`, or of a path alone; other names of data as they are. */
export function withoutFolders(data: string, key: keyof Places = 'data'): string {
  const [kind] = /^(?:folder|csv):/.exec(data) ?? [''];
  if (kind === '' && key === 'data') return data;
  // That of Windows knows both separators.
  return kind + win32.basename(data.slice(kind.length));
}

function places(spec: Places, change: (value: string, key: keyof Places) => string | undefined): Places {
  const entries = PLACES.flatMap(key => {
    const value: unknown = spec[key];
    // A study's settings are checked only with the spec that they make.
    const changed = typeof value === 'string' ? change(value, key) : undefined;
    return changed === undefined ? [] : [[key, changed]];
  });
  return Object.fromEntries(entries);
}
