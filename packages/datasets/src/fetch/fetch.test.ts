import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { findSource } from '../sources/registry.ts';
import { NO_REAL_DATA, realDataFolder, sourceOf, temporaryFolder, writeFiles } from '../testing/folders.ts';
import { type Faults, serveFolder, startServer, type TestServer, unrepeatable } from '../testing/server.ts';
import { type FetchableSource, type FetchProgress, fetchCorpus, fetchSource } from './fetch.ts';
import { below } from './locate.ts';
import { verifyCorpus, verifySource } from './verify.ts';

interface Subject {
  source: FetchableSource;
  /** A folder that holds its files. */
  mirror: string;
}

const generated = async (): Promise<Subject> => {
  const files = { 'made/train.txt': unrepeatable(200_000), 'made/valid.txt': unrepeatable(20_000) };
  const mirror = await temporaryFolder();
  await writeFiles(mirror, files);
  return { source: sourceOf('made', files), mirror };
};

const real = (name: string) => async (context: TestContext) => {
  const mirror = await realDataFolder();
  if (mirror === undefined) return context.skip(NO_REAL_DATA);
  return { source: findSource(name), mirror };
};

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(folder: string, faults: Faults = {}): Promise<TestServer> {
  const server = await startServer(serveFolder(folder, faults));
  servers.push(server);
  return server;
}

async function expectSame({ source, mirror }: Subject, into: string): Promise<void> {
  for (const { path } of source.files) {
    expect((await readFile(below(into, path))).equals(await readFile(below(mirror, path))), path).toBe(true);
    // Nothing temporary stays beside it.
    for (const name of await readdir(join(below(into, path), '..'))) expect(name).not.toMatch(/\.(?:part|copy)/);
  }
  expect(await verifySource(source, { dataDir: into, mirror: '' })).toMatchObject({ ok: true });
}

describe.each([
  ['a generated corpus', generated],
  ['ptb (needs SPARSE_RNN_DATA)', real('ptb')],
  ['wikitext-2 (needs SPARSE_RNN_DATA)', real('wikitext-2')],
])('fetching %s', (_, prepare: (context: TestContext) => Promise<Subject>) => {
  it('from a mirror URL, with progress; a second time nothing is transferred', async context => {
    const subject = await prepare(context);
    const server = await serve(subject.mirror);
    const into = await temporaryFolder();
    const progress: FetchProgress[] = [];
    const options = { into, mirror: server.url, onProgress: (event: FetchProgress) => progress.push(event) };
    const fetched = await fetchSource(subject.source, options);
    expect(fetched.map(({ path, state }) => [path, state])).toEqual(subject.source.files.map(f => [f.path, 'fetched']));
    await expectSame(subject, into);
    for (const { path, bytes } of fetched) {
      const last = progress.filter(event => event.path === path).at(-1);
      expect(last).toMatchObject({
        corpus: subject.source.name,
        from: server.url + path,
        received: bytes,
        total: bytes,
      });
    }
    server.requests.length = 0;
    expect((await fetchSource(subject.source, options)).every(({ state }) => state === 'present')).toBe(true);
    expect(server.requests).toEqual([]);
  });

  it('from a server that cuts every file in the middle, continued by ranges', async context => {
    const subject = await prepare(context);
    const { size } = await stat(below(subject.mirror, subject.source.files[0].path));
    let received = 0;
    const onProgress = (progress: FetchProgress): void => void (received = progress.received);
    const server = await serve(subject.mirror, { cutAfter: Math.ceil(size / 3), cuts: 2, received: () => received });
    const into = await temporaryFolder();
    await fetchSource(subject.source, { into, mirror: server.url, retryDelay: 1, onProgress });
    await expectSame(subject, into);
    expect(server.requests.filter(({ range }) => range !== undefined)).toHaveLength(2);
  });

  it('from a server of wrong bytes: refused, nothing kept', async context => {
    const subject = await prepare(context);
    const server = await serve(subject.mirror, { corrupt: true });
    const into = await temporaryFolder();
    await expect(fetchSource(subject.source, { into, mirror: server.url })).rejects.toMatchObject({ code: 'checksum' });
    expect(existsSync(below(into, subject.source.files[0].path))).toBe(false);
    expect(existsSync(`${below(into, subject.source.files[0].path)}.part`)).toBe(false);
  });

  it('from a server that answers 404', async context => {
    const subject = await prepare(context);
    const server = await serve(await temporaryFolder());
    await expect(
      fetchSource(subject.source, { into: await temporaryFolder(), mirror: server.url }),
    ).rejects.toMatchObject({ code: 'network', message: expect.stringMatching(/got status 404/) });
  });

  it('from a mirror folder', async context => {
    const subject = await prepare(context);
    const into = await temporaryFolder();
    await fetchSource(subject.source, { into, mirror: subject.mirror });
    await expectSame(subject, into);
  });

  it('replaces a damaged and a cut file', async context => {
    const subject = await prepare(context);
    const into = await temporaryFolder();
    await fetchSource(subject.source, { into, mirror: subject.mirror });
    const path = below(into, subject.source.files[0].path);
    const damaged = await readFile(path);
    damaged[damaged.length >> 1] ^= 1;
    for (const bad of [damaged, damaged.subarray(0, 1000), Buffer.alloc(0)]) {
      await writeFile(path, bad);
      expect((await fetchSource(subject.source, { into, mirror: subject.mirror }))[0].state).toBe('fetched');
      await expectSame(subject, into);
    }
  });
});

describe('fetchCorpus', () => {
  it('has nothing to do for an embedded corpus, whatever the mirror', async () => {
    expect(await fetchCorpus('moby-dick', { mirror: '/no/such/folder' })).toEqual([]);
  });

  it('trec fetches the files of trec-6 and trec-50 (needs SPARSE_RNN_DATA)', async context => {
    const mirror = await realDataFolder();
    if (mirror === undefined) return context.skip(NO_REAL_DATA);
    const into = await temporaryFolder();
    expect((await fetchCorpus('trec', { into, mirror })).map(({ state }) => state)).toEqual(['fetched', 'fetched']);
    for (const name of ['trec-6', 'trec-50']) {
      expect((await fetchCorpus(name, { into, mirror })).map(({ state }) => state)).toEqual(['present', 'present']);
      expect(await verifyCorpus(name, { dataDir: into, mirror: '' })).toMatchObject({ name, ok: true });
    }
  });

  it('refuses an unknown name', async () => {
    await expect(fetchCorpus('ptp')).rejects.toMatchObject({ code: 'usage' });
  });

  it('reports a mirror folder that is not there, lacks the file, or holds a damaged one', async () => {
    const { source, mirror } = await generated();
    const into = await temporaryFolder();
    await expect(fetchSource(source, { into, mirror: '/no/such/folder' })).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringMatching(/the mirror to name a folder .*; got '\/no\/such\/folder', and no folder at/),
    });
    await expect(fetchSource(source, { into, mirror: into })).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringMatching(/expected the mirror to hold made\/train.txt; got no file at/),
    });
    await writeFile(below(mirror, 'made/train.txt'), 'other text');
    await expect(fetchSource(source, { into, mirror })).rejects.toMatchObject({ code: 'cut' });
    expect(await readdir(below(into, 'made'))).toEqual([]);
  });

  it('reports a data folder that cannot be written', async () => {
    const { source, mirror } = await generated();
    const into = join(await temporaryFolder(), 'data');
    await writeFile(into, 'a file where the folder should be');
    await expect(fetchSource(source, { into, mirror })).rejects.toMatchObject({ code: 'storage' });
    const blocked = await temporaryFolder();
    await mkdir(below(blocked, 'made/train.txt/x'), { recursive: true });
    await expect(fetchSource(source, { into: blocked, mirror })).rejects.toMatchObject({ code: 'storage' });
  });

  it('does not begin once the signal is aborted', async () => {
    const { source, mirror } = await generated();
    const into = await temporaryFolder();
    await expect(fetchSource(source, { into, mirror, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await readdir(into)).toEqual([]);
  });
});
