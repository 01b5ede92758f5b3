import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listCorpora } from '../sources/registry.ts';
import { NO_REAL_DATA, realDataFolder, sourceOf, temporaryFolder, writeFiles } from '../testing/folders.ts';
import { resolveMirror } from './locate.ts';
import { missingFiles, verifyCorpus, verifySource } from './verify.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('verifySource', () => {
  const files = { 'made/a.txt': Buffer.from('the whale\n'), 'made/b.txt': Buffer.from('the sea\n') };
  const source = sourceOf('made', files);

  it('finds files in the data folder first, then in place in a mirror folder', async () => {
    const [dataDir, mirror] = [await temporaryFolder(), await temporaryFolder()];
    await writeFiles(dataDir, { 'made/a.txt': files['made/a.txt'] });
    await writeFiles(mirror, { ...files, 'made/a.txt': 'damaged' });
    const { ok, files: found } = await verifySource(source, { dataDir, mirror });
    expect(ok).toBe(true);
    expect(found.map(({ location }) => location)).toEqual([join(dataDir, 'made/a.txt'), join(mirror, 'made/b.txt')]);
  });

  it.each([
    ['missing', undefined, /no file made\/a.txt below .*; run `sparse-rnn data fetch made`/],
    ['empty', '', /to be 10 bytes with SHA-256 .*; got an empty file; run `sparse-rnn data fetch made`/],
    ['cut', 'the wh', /got only 6 bytes: the file is cut; run/],
    ['checksum', 'The whale\n', /got 10 bytes with SHA-256 [0-9a-f]{64}; run/],
    ['checksum', 'the whale\nand more\n', /got 19 bytes with SHA-256/],
  ])('reports a %s file without throwing', async (status, content, problem) => {
    const dataDir = await temporaryFolder();
    await writeFiles(dataDir, { 'made/b.txt': files['made/b.txt'] });
    if (content !== undefined) await writeFiles(dataDir, { 'made/a.txt': content });
    const { ok, files: found } = await verifySource(source, { dataDir, mirror: '' });
    expect(ok).toBe(false);
    expect(found[0]).toMatchObject({ status, problem: expect.stringMatching(problem) });
    expect(found[1]).toMatchObject({ status: 'ok' });
    expect(found[1].problem).toBeUndefined();
  });
});

describe('verifyCorpus', () => {
  it('has no file to verify for an embedded corpus', async () => {
    expect(await verifyCorpus('sotu')).toEqual({ name: 'sotu', ok: true, files: [] });
  });

  it('finds nothing where nothing is', async () => {
    const { ok, files } = await verifyCorpus('ptb', { dataDir: await temporaryFolder(), mirror: '' });
    expect(ok).toBe(false);
    expect(files.map(({ status }) => status)).toEqual(['missing', 'missing', 'missing']);
  });

  it('missingFiles looks at names alone', async () => {
    const dataDir = await temporaryFolder();
    const missing = () => missingFiles('ptb', { dataDir, mirror: '' });
    expect(await missing()).toEqual(['ptb/ptb.train.txt', 'ptb/ptb.valid.txt', 'ptb/ptb.test.txt']);
    await mkdir(join(dataDir, 'ptb'));
    await writeFile(join(dataDir, 'ptb/ptb.valid.txt'), '');
    expect(await missing()).toEqual(['ptb/ptb.train.txt', 'ptb/ptb.test.txt']);
    expect(await missingFiles('sotu', { dataDir, mirror: '' })).toEqual([]);
    await expect(missingFiles('ptbb')).rejects.toThrow(/expected a corpus: .*ptb/);
  });

  for (const { name } of listCorpora()) {
    it(`verifies ${name} in place (needs SPARSE_RNN_DATA)`, async context => {
      const mirror = await realDataFolder();
      if (mirror === undefined) return context.skip(NO_REAL_DATA);
      expect(await verifyCorpus(name, { dataDir: await temporaryFolder(), mirror })).toMatchObject({ ok: true });
    });
  }

  it('knows the same checksums as the mirror (needs SPARSE_RNN_DATA)', async context => {
    const mirror = await realDataFolder();
    if (mirror === undefined) return context.skip(NO_REAL_DATA);
    const sums = (await readFile(join(mirror, 'SHA256SUMS'), 'utf8')).trim().split('\n');
    expect(sums.length).toBe(new Set(listCorpora().flatMap(({ files }) => files.map(({ path }) => path))).size);
    for (const line of sums) {
      const [sha256, path] = line.split(/\s+\.\//);
      const corpus = listCorpora().find(({ files }) => files.some(file => file.path === path));
      expect(corpus, path).toBeDefined();
      const { files } = await verifyCorpus(corpus!.name, { dataDir: await temporaryFolder(), mirror });
      expect(files.find(file => file.path === path)).toMatchObject({ sha256 });
    }
  });
});

describe('resolveMirror', () => {
  it('takes SPARSE_RNN_DATA unless a mirror is given; the empty string means none', async () => {
    const folder = await temporaryFolder();
    vi.stubEnv('SPARSE_RNN_DATA', folder);
    expect(await resolveMirror({})).toEqual({ kind: 'folder', path: folder });
    expect(await resolveMirror({ mirror: '' })).toBeUndefined();
    expect(await resolveMirror({ mirror: 'https://example.org/data' })).toMatchObject({ kind: 'url' });
    vi.stubEnv('SPARSE_RNN_DATA', '');
    expect(await resolveMirror({})).toBeUndefined();
  });

  it('looks below the current directory, then below the root of the workspace', async () => {
    const folder = await temporaryFolder();
    const root = await temporaryFolder();
    const cwd = join(root, 'packages', 'inner');
    await writeFiles(root, { 'pnpm-workspace.yaml': '', 'packages/inner/x': '' });
    vi.spyOn(process, 'cwd').mockReturnValue(cwd);
    expect(await resolveMirror({ mirror: relative(cwd, folder) })).toEqual({ kind: 'folder', path: folder });
    expect(await resolveMirror({ mirror: relative(root, folder) })).toEqual({ kind: 'folder', path: folder });
    vi.restoreAllMocks();
  });

  it('puts paths below a URL, with and without a slash at its end', async () => {
    for (const mirror of ['http://127.0.0.1:1/a/b', 'http://127.0.0.1:1/a/b/']) {
      const resolved = await resolveMirror({ mirror });
      expect(resolved?.kind === 'url' && new URL('ptb/x.txt', resolved.url).href).toBe(
        'http://127.0.0.1:1/a/b/ptb/x.txt',
      );
    }
  });

  it('refuses other protocols and a folder that is not there', async () => {
    await expect(resolveMirror({ mirror: 'ftp://example.org/' })).rejects.toMatchObject({ code: 'usage' });
    vi.stubEnv('SPARSE_RNN_DATA', '/no/such/folder');
    await expect(resolveMirror({})).rejects.toThrow(
      /^expected SPARSE_RNN_DATA to name a folder or an http\(s\) URL; got/,
    );
  });
});
