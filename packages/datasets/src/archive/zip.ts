import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { DataError, reasonOf } from '../errors.ts';
import { ArchiveGuard, type ArchiveOptions, archiveError } from './limits.ts';

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;

/**
 * Reads files from a zip archive into memory, by name. Nothing is written to disk.
 *
 * Refused with a `DataError` (`archive`): paths that are absolute or leave the archive, links and special files,
 * encrypted entries, two entries of one name, sizes or ratios above the limits, checksums that do not fit, cut archives.
 *
 * @example const files = await readZip(bytes, { label: 'corpus.zip', members: ['corpus/train.txt'] });
 */
export async function readZip(archive: Uint8Array, options: ArchiveOptions): Promise<Map<string, Buffer>> {
  const guard = new ArchiveGuard(options, archive.byteLength);
  const files = new Map<string, Buffer>();
  try {
    const zip = await openZip(archive);
    for await (const entry of entries(zip)) {
      // Every entry is checked, also those that nobody asked for: a hostile archive is not to be trusted in part.
      guard.enter(entry.fileName, entry.uncompressedSize);
      checkKind(entry, options.label);
      if (entry.fileName.endsWith('/') || !guard.wanted(entry.fileName)) {
        guard.unpacked(entry.uncompressedSize);
        continue;
      }
      files.set(entry.fileName, await unpack(zip, entry, guard, options.label));
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw archiveError(options.label, `a damaged zip file: ${reasonOf(error)}`, { cause: error });
  }
  guard.finish(files);
  return files;
}

async function openZip(archive: Uint8Array): Promise<ZipFile> {
  // Read where it is used, as most commands unpack nothing.
  const { fromBuffer } = await import('yauzl');
  const buffer = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  return new Promise((resolve, reject) => {
    fromBuffer(buffer, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

async function* entries(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      const settle = (act: () => void): void => {
        zip.removeAllListeners();
        act();
      };
      zip.on('entry', (next: Entry) => settle(() => resolve(next)));
      zip.on('end', () => settle(() => resolve(undefined)));
      zip.on('error', (error: Error) => settle(() => reject(error)));
      zip.readEntry();
    });
    if (!entry) return;
    yield entry;
  }
}

function checkKind(entry: Entry, label: string): void {
  const name = JSON.stringify(entry.fileName);
  if (entry.generalPurposeBitFlag & 1) throw archiveError(label, `an encrypted entry: ${name}`);
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (type !== 0 && type !== REGULAR && type !== DIRECTORY)
    throw archiveError(label, `a link or special file: ${name}`);
}

async function unpack(zip: ZipFile, entry: Entry, guard: ArchiveGuard, label: string): Promise<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, readable) => (error ? reject(error) : resolve(readable)));
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    guard.checkEntry(entry.fileName, size);
    guard.unpacked(chunk.length);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks, size);
  // yauzl leaves the checksum to its caller.
  if (crc32(bytes) !== entry.crc32) {
    throw archiveError(label, `an entry whose checksum does not fit: ${JSON.stringify(entry.fileName)}`);
  }
  return bytes;
}
