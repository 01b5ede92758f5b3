import { DataError } from '../errors.ts';

/** How much an archive may hold. Far above any corpus here, far below what harms a machine. */
export interface ArchiveLimits {
  /** Entries. Default 200,000. */
  entries: number;
  /** Unpacked bytes of one entry. Default 512 MiB. */
  entryBytes: number;
  /** Unpacked bytes of all entries together. Default 1 GiB. */
  totalBytes: number;
  /** Unpacked over packed bytes. Text packs 3- to 10-fold; bombs 1000-fold. Default 100. */
  ratio: number;
}

/** The limits where `ArchiveOptions` names no others. */
export const DEFAULT_LIMITS: ArchiveLimits = {
  entries: 200_000,
  entryBytes: 512 * 2 ** 20,
  totalBytes: 2 ** 30,
  ratio: 100,
};

/** Small files pack arbitrarily well (a page of spaces), so the ratio counts only above this many unpacked bytes. */
const RATIO_FROM = 2 ** 20;

/** What both readers take. */
export interface ArchiveOptions {
  /** What the archive is called in messages. */
  label: string;
  /** Names to be read, all of which must be there; every file if left out. */
  members?: readonly string[];
  /** Which files are read, by name; all that `members` allows if left out. The others are checked and passed over. */
  accept?: (name: string) => boolean;
  /** Above which an archive is refused. Default `DEFAULT_LIMITS`. */
  limits?: Partial<ArchiveLimits>;
}

/** The error for an archive that is damaged (`came` says how) or hostile. */
export function archiveError(label: string, came: string, options?: ErrorOptions): DataError {
  return new DataError(
    'archive',
    {
      expected: `${label} to be a sound archive`,
      came,
      advice: 'delete it and fetch it again, or take it from a mirror you trust; nothing was unpacked',
    },
    options,
  );
}

/** Keeps count while an archive is read, and throws as soon as something is out of bounds. */
export class ArchiveGuard {
  private readonly limits: ArchiveLimits;
  private readonly label: string;
  private readonly names = new Set<string>();
  private total = 0;

  constructor(
    private readonly options: ArchiveOptions,
    private readonly packedBytes: number,
  ) {
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.label = options.label;
  }

  /** Checks an entry's name, and its declared size where the format declares one. */
  enter(name: string, declaredBytes: number): void {
    const problem = nameProblem(name);
    if (problem) throw archiveError(this.label, `an entry with ${problem}: ${JSON.stringify(name)}`);
    if (this.names.has(name)) throw archiveError(this.label, `two entries of the same name: ${JSON.stringify(name)}`);
    this.names.add(name);
    if (this.names.size > this.limits.entries) {
      throw archiveError(this.label, `more than ${this.limits.entries.toLocaleString('en-US')} entries`);
    }
    this.checkEntry(name, declaredBytes);
  }

  /** Checks how large an entry has become. */
  checkEntry(name: string, bytes: number): void {
    if (bytes > this.limits.entryBytes) {
      throw archiveError(this.label, `an entry above ${this.limits.entryBytes} bytes: ${JSON.stringify(name)}`);
    }
  }

  /** Counts unpacked bytes as they appear: declared sizes can lie. */
  unpacked(bytes: number): void {
    this.total += bytes;
    if (this.total > this.limits.totalBytes) {
      throw archiveError(this.label, `contents above ${this.limits.totalBytes} bytes unpacked`);
    }
    if (this.total > RATIO_FROM && this.total > this.limits.ratio * this.packedBytes) {
      throw archiveError(this.label, `contents over ${this.limits.ratio} times the size of the archive`);
    }
  }

  wanted(name: string): boolean {
    return (this.options.members?.includes(name) ?? true) && (this.options.accept?.(name) ?? true);
  }

  /** Throws if a member that was asked for is not among the entries read, or there was no entry at all. */
  finish(found: ReadonlyMap<string, Uint8Array>): void {
    if (this.names.size === 0) throw archiveError(this.label, 'no entry');
    const absent = (this.options.members ?? []).filter(name => !found.has(name));
    if (absent.length > 0) throw archiveError(this.label, `no entry named ${absent.join(', ')}`);
  }
}

/** Why a name is refused, or undefined. Nothing is written by name here, but no one should learn to rely on that. */
function nameProblem(name: string): string | undefined {
  if (name === '' || name.includes('\0')) return 'an impossible name';
  if (name.startsWith('/') || /^[a-zA-Z]:/.test(name)) return 'an absolute path';
  if (name.includes('\\')) return 'a backslash in its path';
  if (name.split('/').includes('..')) return 'a path that leaves the archive';
  return undefined;
}
