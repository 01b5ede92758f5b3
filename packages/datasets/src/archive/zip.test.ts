import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Options, ZipFile } from 'yazl';
import { DataError } from '../errors.ts';
import { readZip } from './zip.ts';

interface Member {
  name: string;
  content: Buffer;
  options?: Partial<Options>;
}

async function pack(...members: Member[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, content, options } of members) zip.addBuffer(content, name, options);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The archive with every occurrence of a name replaced by another of the same length: packers refuse hostile names. */
function rename(archive: Buffer, from: string, to: string): Buffer {
  if (from.length !== to.length) throw new Error('names must be of one length');
  return Buffer.from(archive.toString('latin1').replaceAll(from, to), 'latin1');
}

/** Offset of the one entry in the central directory. */
const central = (archive: Buffer): number => archive.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));

const text = Buffer.from('the whale '.repeat(500));
const read = (archive: Buffer, options = {}) => readZip(archive, { label: 'corpus.zip', ...options });

describe('readZip', () => {
  it('reads the members asked for, or every file', async () => {
    const archive = await pack({ name: 'a/train.txt', content: text }, { name: 'b.txt', content: Buffer.from('b') });
    expect(await read(archive, { members: ['a/train.txt'] })).toEqual(new Map([['a/train.txt', text]]));
    expect([...(await read(archive)).keys()]).toEqual(['a/train.txt', 'b.txt']);
  });

  it('property: any members come back as they were packed', async () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,3}\.txt$/);
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
    ['a path that leaves the archive', 'aaaa/evil.txt', '../../vil.txt'],
    ['a path that leaves it in the middle', 'ab/cd/evil.txt', 'ab/../evil.txt'],
    ['an absolute path', 'a/evil.txt', '/tmp/e.txt'],
    ['a drive letter', 'cx/evil.txt', 'c:/evil.txt'],
    ['a backslash', 'ab/evil.txt', '..\\evil.txt'],
    ['a NUL in its name', 'ab/evil.txt', 'ab/evi\0.txt'],
  ])('refuses %s', async (_, harmless, hostile) => {
    const archive = await pack({ name: harmless, content: text }, { name: 'fine.txt', content: text });
    await expect(read(archive)).resolves.toHaveProperty('size', 2);
    const error = await read(rename(archive, harmless, hostile), { members: ['fine.txt'] }).catch(e => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toHaveProperty('code', 'archive');
    expect(error.message).toMatch(/^expected corpus.zip to be a sound archive; got .+; delete it and fetch it again/);
  });

  it('refuses links and other special files', async () => {
    for (const mode of [0o120777, 0o020666]) {
      const archive = await pack({ name: 'link', content: Buffer.from('/etc/passwd'), options: { mode } });
      await expect(read(archive)).rejects.toThrow(/a link or special file: "link"/);
    }
  });

  it('refuses encrypted entries', async () => {
    const archive = await pack({ name: 'secret.txt', content: text });
    archive[central(archive) + 8] |= 1;
    await expect(read(archive)).rejects.toThrow(/an encrypted entry/);
  });

  it('refuses two entries of one name: readers disagree on which counts', async () => {
    const archive = await pack({ name: 'aa.txt', content: text }, { name: 'ab.txt', content: Buffer.from('other') });
    await expect(read(rename(archive, 'ab.txt', 'aa.txt'))).rejects.toThrow(/two entries of the same name/);
  });

  it('refuses a bomb by its ratio', async () => {
    const archive = await pack({ name: 'bomb.txt', content: Buffer.alloc(8 << 20) });
    expect(archive.length).toBeLessThan(20_000);
    await expect(read(archive)).rejects.toThrow(/contents over 100 times the size of the archive/);
    await expect(read(archive, { members: ['absent.txt'] })).rejects.toThrow(/contents over 100 times/);
  });

  it('refuses entries, totals and counts above the limits', async () => {
    const archive = await pack({ name: 'a.txt', content: text }, { name: 'b.txt', content: text });
    await expect(read(archive, { limits: { entryBytes: 4999 } })).rejects.toThrow(/an entry above 4999 bytes: "a.txt"/);
    await expect(read(archive, { limits: { totalBytes: 9999 } })).rejects.toThrow(/contents above 9999 bytes/);
    await expect(read(archive, { limits: { entries: 1 } })).rejects.toThrow(/more than 1 entries/);
    await expect(
      read(archive, { limits: { entryBytes: 5000, totalBytes: 10_000, entries: 2 } }),
    ).resolves.toHaveProperty('size', 2);
  });

  it('refuses an entry that is larger than it declares', async () => {
    const archive = await pack({ name: 'a.txt', content: text });
    archive.writeUInt32LE(10, central(archive) + 24);
    await expect(read(archive)).rejects.toThrow(DataError);
  });

  it('says which member is absent', async () => {
    const archive = await pack({ name: 'a.txt', content: text });
    await expect(read(archive, { members: ['a.txt', 'b.txt'] })).rejects.toThrow(/no entry named b.txt/);
  });

  it('refuses what is no zip file', async () => {
    await expect(read(Buffer.from('<html>moved</html>'))).rejects.toThrow(/a damaged zip file/);
    await expect(read(Buffer.alloc(0))).rejects.toThrow(DataError);
  });

  it('property: an archive cut anywhere is refused', async () => {
    const archive = await pack({ name: 'a.txt', content: text }, { name: 'b.txt', content: Buffer.from('b') });
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), async length => {
        await expect(read(archive.subarray(0, length), { members: ['a.txt'] })).rejects.toBeInstanceOf(DataError);
      }),
    );
  });

  it('property: a flipped byte is noticed, or the content is the same', async () => {
    const archive = await pack({ name: 'a.txt', content: text });
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(archive);
        damaged[at] ^= flip;
        const found = await read(damaged, { members: ['a.txt'] }).catch(error => error);
        if (found instanceof Map) expect(found.get('a.txt')).toEqual(text);
        else expect(found).toBeInstanceOf(DataError);
      }),
      { numRuns: 300 },
    );
  });
});
