#!/usr/bin/env node
// Sees to it that the Slurm test has a Slurm: the one on this machine, else Debian's packages. Installing needs root on a
// Debian-like system; anywhere else the reason is told, so that the test can say why it was skipped.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['slurmctld', 'slurmd', 'slurm-client', 'munge'];
/** What the test starts or calls. */
const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol', 'scancel'];

function runnable(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  return folders.some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether a cluster can be started here.
 *
 * @returns {{ missing?: string }} Why not.
 */
export function findSlurm() {
  const missing = PROGRAMS.filter(name => !runnable(name));
  if (missing.length > 0) {
    return { missing: `no ${missing.join(', ')}: as root on Debian, node tests/slurm/install.mjs installs Slurm` };
  }
  // Slurm's daemons start the processes of other users.
  return process.getuid?.() === 0 ? {} : { missing: 'starting a cluster of one machine needs root' };
}

/**
 * Finds or installs Slurm. No daemon is started.
 *
 * @returns {{ missing?: string }} Why there is none.
 */
export function installSlurm() {
  const found = findSlurm();
  if (found.missing === undefined) return found;
  if (process.env.SPARSE_RNN_NO_INSTALL) return { missing: 'no Slurm, and SPARSE_RNN_NO_INSTALL is set' };
  if (process.getuid?.() !== 0) return found;
  if (!runnable('apt-get')) return { missing: 'no Slurm, and no apt-get to install it' };
  // In runlevel 1, Debian's packages start no service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], {
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
  if (result.status === 0) return findSlurm();
  const lastLine = (result.stderr ?? '').trim().split('\n').at(-1) || result.error?.message || 'no reason given';
  return { missing: `apt-get install ${PACKAGES.join(' ')} failed: ${lastLine}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { missing } = installSlurm();
  console.log(missing === undefined ? 'Slurm: installed' : missing);
  process.exitCode = missing === undefined ? 0 : 1;
}
