#!/usr/bin/env node
// Sees to it that the browser tests have a Chromium: the one on this machine, else Debian's package. Installing needs
// root on a Debian-like system; anywhere else the reason is told, so that the tests can say why they were skipped.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The browser's path, or undefined. `CHROMIUM_PATH` goes before the usual places. */
export function findChromium() {
  return [process.env.CHROMIUM_PATH, ...CANDIDATES].find(path => path !== undefined && path !== '' && runnable(path));
}

/**
 * Finds or installs Chromium.
 *
 * @returns {{ path: string } | { missing: string }} Where it is, or why there is none.
 */
export function installChromium() {
  const found = findChromium();
  if (found !== undefined) return { path: found };
  if (process.env.SPARSE_RNN_NO_INSTALL) return { missing: 'no Chromium, and SPARSE_RNN_NO_INSTALL is set' };
  if (process.getuid?.() !== 0)
    return { missing: 'no Chromium, and installing it needs root: apt-get install chromium' };
  if (!runnable('/usr/bin/apt-get')) return { missing: 'no Chromium, and no apt-get: set CHROMIUM_PATH to a browser' };
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
      env,
      encoding: 'utf8',
      timeout: 240_000,
    });
  let result = install();
  if (result.status !== 0) {
    // A fresh machine has no package lists yet.
    spawnSync('apt-get', ['update'], { env, timeout: 120_000 });
    result = install();
  }
  const path = findChromium();
  if (path !== undefined) return { path };
  const lastLine = (result.stderr ?? '').trim().split('\n').at(-1) || result.error?.message || 'no reason given';
  return { missing: `apt-get install chromium failed: ${lastLine}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = installChromium();
  console.log('path' in result ? `Chromium: ${result.path}` : result.missing);
  process.exitCode = 'path' in result ? 0 : 1;
}
