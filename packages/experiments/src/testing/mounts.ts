import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A file system of its own, which is gone after the test. */
export interface Disk {
  folder: string;
  /** Allows or forbids every write. */
  setWritable(writable: boolean): void;
}

/** Why no file system can be mounted here; undefined where one can. For the titles of tests that need it. */
export const noMounts: string | undefined = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    mount(folder, 'size=64k');
    execFileSync('umount', [folder]);
    return undefined;
  } catch {
    return 'needs Linux and the right to mount';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();

/** A disk in memory, of so many bytes. */
export function smallDisk(bytes: number): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  mount(folder, `size=${bytes}`);
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  return { folder, setWritable: writable => void mount(folder, `remount,${writable ? 'rw' : 'ro'}`) };
}

function mount(folder: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'pipe' });
}
