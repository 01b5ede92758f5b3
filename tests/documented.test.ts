import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ENTRIES } from '../docs/reference/entries.mjs';

const ROOT = join(import.meta.dirname, '..');

interface Found {
  symbols: number;
  undocumented: string[];
}

async function undocumented(...files: string[]): Promise<Found> {
  const program = join(ROOT, 'docs/reference/undocumented.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...files]);
  return JSON.parse(stdout);
}

it('every symbol that a package exports has a doc comment', async () => {
  const found = await undocumented();
  expect(found.symbols).toBeGreaterThan(150);
  expect(found.undocumented).toEqual([]);
});

it('a symbol without one is seen, wherever it is declared', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'documented-'));
  writeFileSync(
    join(folder, 'inner.ts'),
    'export const bare = 1;\n/** One. */\nexport const told = 1;\nexport type T = 1;\n',
  );
  writeFileSync(
    join(folder, 'index.ts'),
    "export { bare as renamed, told } from './inner.ts';\nexport type * from './inner.ts';\n",
  );
  const { symbols, undocumented: missing } = await undocumented(join(folder, 'index.ts'));
  rmSync(folder, { recursive: true });
  expect(symbols).toBe(4);
  expect(missing.map(text => text.split(' ')[0])).toEqual(['T', 'bare', 'renamed']);
});

it('the reference has a page for every import, with its symbols', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reference-'));
  await promisify(execFile)(process.execPath, [join(ROOT, 'docs/reference/build.mjs'), folder]);
  const modules = readFileSync(join(folder, 'modules.html'), 'utf8');
  for (const name of Object.keys(ENTRIES)) expect(modules).toContain(name);
  for (const page of ['functions/_sparse-rnn_core.sparseLstm', 'classes/_sparse-rnn_core_layers.TopologyUpdate']) {
    expect(existsSync(join(folder, `${page}.html`)), page).toBe(true);
  }
  rmSync(folder, { recursive: true });
}, 120_000);

it('covers everything that a library package exports', () => {
  const packages = readdirSync(join(ROOT, 'packages')).filter(name => name !== 'report');
  const exported = packages.flatMap(name => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8'));
    return Object.keys(exports).map(path => `@sparse-rnn/${name}${path.slice(1)}`);
  });
  expect(Object.keys(ENTRIES).sort()).toEqual(exported.sort());
});
