import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { packTarGz as pack } from '../testing/archive.ts';
import { NO_REAL_DATA, realDataFolder } from '../testing/folders.ts';
import { readTarGz } from './tarGz.ts';

const text = Buffer.from('the whale '.repeat(500));
const read = (archive: Buffer, options = {}) => readTarGz(archive, { label: 'reviews.tar.gz', ...options });

describe('readTarGz', () => {
  it('reads the members asked for, or every file; folders are passed over', async () => {
    const archive = await pack(
      { name: 'a/', type: 'directory' },
      { name: 'a/train.txt', content: text },
      { name: 'b.txt', content: Buffer.from('b') },
    );
    expect(await read(archive, { members: ['a/train.txt'] })).toEqual(new Map([['a/train.txt', text]]));
    expect([...(await read(archive)).keys()]).toEqual(['a/train.txt', 'b.txt']);
    expect([...(await read(archive, { accept: (name: string) => name === 'b.txt' })).keys()]).toEqual(['b.txt']);
  });

  it('property: any members come back as they were packed, long names included', async () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,60}){0,4}\.txt$/);
    const members = fc.uniqueArray(fc.record({ name, content: fc.uint8Array({ maxLength: 3000 }) }), {
      minLength: 1,
      selector: member => member.name,
    });
    await fc.assert(
      fc.asyncProperty(members, async files => {
        const archive = await pack(...files.map(({ name, content }) => ({ name, content: Buffer.from(content) })));
        const found = await read(archive);
        expect(found.size).toBe(files.length);
        for (const { name, content } of files) expect(found.get(name)).toEqual(Buffer.from(content));
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['a path that leaves the archive', '../evil.txt', /a path that leaves the archive: "..\/evil.txt"/],
    ['a path that leaves it in the middle', 'a/../../evil.txt', /a path that leaves the archive/],
    ['an absolute path', '/etc/evil', /an absolute path/],
    ['a backslash', '..\\evil.txt', /a backslash/],
  ])('refuses %s', async (_, name, message) => {
    const archive = await pack({ name: 'fine.txt', content: text }, { name, content: text });
    await expect(read(archive)).rejects.toThrow(message);
    const error = await read(archive, { members: ['fine.txt'] }).catch(e => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toHaveProperty('code', 'archive');
  });

  it.each(['symlink', 'link', 'character-device', 'fifo'] as const)('refuses an entry of type %s', async type => {
    const archive = await pack({ name: 'evil', type, linkname: '/etc/passwd' });
    await expect(read(archive)).rejects.toThrow(`a link or special file (${type}): "evil"`);
  });

  it('refuses two entries of one name', async () => {
    const archive = await pack({ name: 'a.txt', content: text }, { name: 'a.txt', content: text });
    await expect(read(archive)).rejects.toThrow(/two entries of the same name/);
  });

  it('refuses a bomb by its ratio, wanted or not, before all of it is unpacked', async () => {
    const archive = await pack({ name: 'bomb.txt', content: Buffer.alloc(32 << 20) });
    await expect(read(archive)).rejects.toThrow(/contents over 100 times the size of the archive/);
    await expect(read(archive, { members: ['other'] })).rejects.toThrow(/contents over 100 times/);
  });

  it('refuses entries, totals and counts above the limits', async () => {
    const archive = await pack({ name: 'a.txt', content: text }, { name: 'b.txt', content: text });
    await expect(read(archive, { limits: { entryBytes: 4999 } })).rejects.toThrow(/an entry above 4999 bytes: "a.txt"/);
    await expect(read(archive, { limits: { totalBytes: 9999 } })).rejects.toThrow(/contents above 9999 bytes/);
    await expect(read(archive, { limits: { entries: 1 } })).rejects.toThrow(/more than 1 entries/);
  });

  it('says which member is absent, and refuses what is no archive', async () => {
    await expect(read(await pack({ name: 'a.txt' }), { members: ['b.txt'] })).rejects.toThrow(/no entry named b.txt/);
    await expect(read(Buffer.alloc(0))).rejects.toThrow(DataError);
    await expect(read(Buffer.from('<html>moved</html>'))).rejects.toThrow(/a damaged tar.gz file/);
    await expect(read(gzipSync(Buffer.from('no tar file '.repeat(100))))).rejects.toThrow(/a damaged tar.gz file/);
  });

  it('reads the 50,000 reviews of IMDb (needs SPARSE_RNN_DATA)', async context => {
    const mirror = await realDataFolder();
    if (mirror === undefined) return context.skip(NO_REAL_DATA);
    const files = await readTarGz(await readFile(join(mirror, 'imdb', 'aclImdb_v1.tar.gz')), { label: 'imdb' });
    for (const part of ['train/pos', 'train/neg', 'test/pos', 'test/neg']) {
      const reviews = [...files.keys()].filter(name => /^\d+_\d+\.txt$/.test(name.slice(`aclImdb/${part}/`.length)));
      expect(
        reviews.filter(name => name.startsWith(`aclImdb/${part}/`)),
        part,
      ).toHaveLength(12_500);
    }
  }, 60_000);

  it('property: an archive cut anywhere is refused', async () => {
    const archive = await pack({ name: 'a.txt', content: text }, { name: 'b.txt', content: Buffer.from('b') });
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), async length => {
        await expect(read(archive.subarray(0, length), { members: ['a.txt'] })).rejects.toBeInstanceOf(DataError);
      }),
    );
  });
});
