import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Header } from 'tar-stream';
import { DataError, reasonOf } from '../errors.ts';
import { ArchiveGuard, type ArchiveOptions, archiveError } from './limits.ts';

/**
 * Reads files from a gzipped tar archive into memory, by name. Nothing is written to disk.
 *
 * Refused with a `DataError` (`archive`): paths that are absolute or leave the archive, links and special files, two
 * entries of one name, sizes or ratios above the limits, damaged or cut archives.
 *
 * @example const files = await readTarGz(bytes, { label: 'corpus.tar.gz' });
 */
export async function readTarGz(archive: Uint8Array, options: ArchiveOptions): Promise<Map<string, Buffer>> {
  // Read where it is used, as most commands unpack nothing.
  const { extract } = await import('tar-stream');
  const guard = new ArchiveGuard(options, archive.byteLength);
  const files = new Map<string, Buffer>();
  const packed = Readable.from(slices(archive), { objectMode: false });
  const tar = extract();
  // Two pipes by hand: `pipeline` would report the consequences of an early stop instead of its cause.
  const gunzip = createGunzip();
  packed.on('error', error => gunzip.destroy(error));
  gunzip.on('error', error => tar.destroy(error));
  gunzip.on('data', (chunk: Buffer) => {
    try {
      guard.unpacked(chunk.length);
    } catch (error) {
      gunzip.destroy(error as Error);
    }
  });
  packed.pipe(gunzip).pipe(tar);
  try {
    for await (const entry of tar) {
      const { name, type, size } = entry.header;
      guard.enter(name, size ?? 0);
      checkKind(entry.header, options.label);
      if (type === 'directory' || !guard.wanted(name)) {
        entry.resume();
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
      files.set(name, Buffer.concat(chunks));
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw archiveError(options.label, `a damaged tar.gz file: ${reasonOf(error)}`, { cause: error });
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
  guard.finish(files);
  return files;
}

/** 64 KiB at a time, so that a bomb is noticed before all of it is unpacked. */
function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 1 << 16) yield bytes.subarray(start, start + (1 << 16));
}

function checkKind({ name, type }: Header, label: string): void {
  if (type === 'file' || type === 'contiguous-file' || type === 'directory') return;
  throw archiveError(label, `a link or special file (${type}): ${JSON.stringify(name)}`);
}
