import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it, vi } from 'vitest';
import { buildReport } from '../build.ts';
import { main } from '../main.ts';
import { temporaryFolder } from '../testing/folders.ts';
import { writeRun } from '../testing/syntheticRuns.ts';
import { findChromium } from './chromium.ts';

vi.mock('./chromium.ts', async original => {
  const module = await original<typeof import('./chromium.ts')>();
  return { ...module, findChromium: vi.fn(module.findChromium) };
});

function folderOfRuns(): string {
  const root = temporaryFolder();
  for (const seed of [1, 2]) {
    writeRun(join(root, 'runs'), { method: 'dense', density: 1, seed });
    writeRun(join(root, 'runs'), { method: 'set', density: 0.1, seed });
  }
  return root;
}

it('says so where there is no Chromium, with what to do, and builds the rest', async () => {
  vi.mocked(findChromium).mockResolvedValueOnce(undefined);
  const root = folderOfRuns();
  const told = vi.spyOn(console, 'log').mockImplementation(() => {});
  const code = await main(['node', 'r', '--runs', join(root, 'runs'), '--out', join(root, 'r.html'), '--images']);
  const text = told.mock.calls.join();
  told.mockRestore();
  process.exitCode = undefined;
  expect(code).toBe(0);
  expect(text).toContain('figures as SVG and PNG: no Chromium was found; install one');
  expect(text).toContain('apt-get install chromium');
  expect(existsSync(join(root, 'r.html'))).toBe(true);
});

it.skipIf(inject('chromium').path === undefined)(
  'draws every figure to SVG and PNG, and links to them from the page',
  async () => {
    const root = folderOfRuns();
    const report = await buildReport({ runs: [join(root, 'runs')], out: join(root, 'index.html'), images: true });
    const names = [
      'curves-demo-sotu',
      'quality-demo-sotu',
      'topology-map',
      'topology-shares',
      'explored-demo-sotu',
      'gates',
    ];
    const expected = names.flatMap(name => [`${name}.svg`, `${name}.png`]);
    expect(report.images).toEqual({ files: expected.map(name => join(root, 'index-files', name)), missing: undefined });
    const page = readFileSync(join(root, 'language-model.html'), 'utf8');
    for (const name of expected) {
      const file = readFileSync(join(root, 'index-files', name));
      if (name.endsWith('.svg')) {
        expect(file.toString('utf8')).toMatch(/^<svg [\s\S]*<\/svg>$/);
        expect(file.toString('utf8')).toMatch(/Epoch|parameters|Column/i);
      } else {
        expect(file.subarray(1, 4).toString('latin1')).toBe('PNG');
        // Three times as many pixels as CSS pixels, in the header's big-endian width.
        expect(file.readUInt32BE(16)).toBeGreaterThan(800);
      }
      expect(page.includes(`href="index-files/${name}"`)).toBe(true);
    }
  },
  120_000,
);
