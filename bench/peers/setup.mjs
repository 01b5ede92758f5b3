// Makes bench/peers/.venv with PyTorch for the CPU comparison: `node bench/peers/setup.mjs [--fresh]`.
// Downloads about 2.4 GB once (the Linux wheel does not load without its GPU libraries) and takes 4.1 GB of disk.
// A second call finds the stamp and does nothing; --fresh starts over.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const venv = join(folder, '.venv');
const python = join(venv, 'bin', 'python');
const stampFile = join(venv, 'installed.sha256');
const requirements = join(folder, 'requirements.txt');
const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex');
const bytesNeeded = 7e9;

function fail(message) {
  console.error(`setup of the PyTorch peer: ${message}`);
  process.exit(1);
}

/** Runs a command with its output shown; returns its standard output when `quiet`. */
function run(command, args, { quiet = false } = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: quiet ? 'pipe' : 'inherit' });
  return { ok: result.status === 0, out: result.stdout ?? '', err: result.stderr ?? result.error?.message ?? '' };
}

function torchVersion() {
  return run(python, ['-c', 'import torch, numpy; torch.ones(2) @ torch.ones(2); print(torch.__version__)'], {
    quiet: true,
  });
}

if (process.argv.includes('--fresh')) rmSync(venv, { recursive: true, force: true });
if (existsSync(stampFile) && readFileSync(stampFile, 'utf8').trim() === stamp) {
  const probe = torchVersion();
  if (probe.ok) {
    console.log(`PyTorch ${probe.out.trim()} is ready in ${venv}`);
    process.exit(0);
  }
  console.log('the installed PyTorch does not load; installing again');
}

const system = run('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { quiet: true });
if (!system.ok) fail('python3 was not found; install Python 3.11 or newer (Debian: apt install python3 python3-venv)');
const [major, minor] = system.out.trim().split('.').map(Number);
if (major !== 3 || minor < 11) fail(`expected Python 3.11 or newer, found ${system.out.trim()}`);

const disk = statfsSync(folder);
if (!existsSync(stampFile) && disk.bavail * disk.bsize < bytesNeeded)
  fail(`expected ${bytesNeeded / 1e9} GB of free disk, found ${((disk.bavail * disk.bsize) / 1e9).toFixed(1)} GB`);

console.log(`1/3 environment: ${venv}`);
// A venv that was cut short has a python but no pip.
if (!run(python, ['-m', 'pip', '--version'], { quiet: true }).ok) {
  const made = run('python3', ['-m', 'venv', '--clear', venv], { quiet: true });
  if (!made.ok) fail(`python3 -m venv failed; on Debian: apt install python3-venv\n${(made.err + made.out).trim()}`);
}

console.log('2/3 packages: about 2.4 GB, some minutes');
rmSync(stampFile, { force: true });
const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'];
if (!run(python, [...install, '-r', requirements]).ok)
  fail(
    'pip could not install the packages above. Check that the package index can be reached (pip takes a proxy from ' +
      'HTTPS_PROXY) and that the disk has room, then run this again; finished downloads are kept',
  );

console.log('3/3 check: a product in PyTorch');
const probe = torchVersion();
if (!probe.ok) fail(`PyTorch is installed but does not load:\n${probe.err.trim()}`);
writeFileSync(stampFile, `${stamp}\n`);
console.log(`PyTorch ${probe.out.trim()} is ready in ${venv}`);
