import { createReadStream } from 'node:fs';
import { DataError } from '../errors.ts';
import { storageError } from '../fetch/check.ts';
import type { CsvSettings } from './settings.ts';

/** Bytes from the start that the delimiter is guessed from. */
const SAMPLE = 1 << 18;

/** What one pass over a file finds out before it is parsed. */
export interface CsvScan {
  encoding: 'utf-8' | 'latin1';
  /** The first bytes of the file, at most 256 KiB. */
  sample: Buffer;
  /** Whether that is all of it. */
  complete: boolean;
}

/**
 * Reads a file once, a piece at a time, to settle its encoding: a single byte near its end decides.
 *
 * @throws DataError: `missing` or `storage` if it cannot be read, `empty` without a byte, `encoding` for a binary file,
 * for UTF-16, and for what is not UTF-8 although the settings say so
 */
export async function scanCsv(path: string, wanted: CsvSettings['encoding']): Promise<CsvScan> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const sample: Buffer[] = [];
  let utf8 = true;
  let bytes = 0;
  let line = 1;
  for await (const chunk of readChunks(path)) {
    if (bytes === 0 && /^(?:fffe|feff)/.test(chunk.toString('hex', 0, 2))) {
      throw notText(path, 'UTF-16', 'convert it, for example with `iconv -f utf-16 -t utf-8`');
    }
    const zero = chunk.indexOf(0);
    if (zero >= 0) {
      const came = `a zero byte at offset ${bytes + zero}: a binary file`;
      throw notText(path, came, 'name a text file, packed files unpacked');
    }
    if (utf8 && !decodes(decoder, chunk)) {
      if (wanted === 'utf-8') {
        throw notText(path, `a byte that is none after line ${line}`, "leave csv.encoding out, or set it to 'latin1'");
      }
      utf8 = false;
    }
    if (bytes < SAMPLE) sample.push(chunk.subarray(0, SAMPLE - bytes));
    bytes += chunk.length;
    if (utf8) line += newlines(chunk);
  }
  if (bytes === 0) {
    throw new DataError('empty', { expected: `rows in ${path}`, came: 'an empty file', advice: 'name another file' });
  }
  if (utf8 && !decodes(decoder)) utf8 = false;
  if (!utf8 && wanted === 'utf-8') {
    throw notText(path, 'a character that is cut at the end', "leave csv.encoding out, or set it to 'latin1'");
  }
  return { encoding: wanted ?? (utf8 ? 'utf-8' : 'latin1'), sample: Buffer.concat(sample), complete: bytes <= SAMPLE };
}

/** The bytes of a file, in pieces of 64 KiB. */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw storageError(`to read ${path}`, error);
    const advice = 'correct the path after csv:, or that of the test file';
    throw new DataError('missing', { expected: `a CSV file at ${path}`, came: 'no such file', advice });
  }
}

function decodes(decoder: TextDecoder, chunk?: Buffer): boolean {
  try {
    if (chunk) decoder.decode(chunk, { stream: true });
    else decoder.decode();
    return true;
  } catch {
    return false;
  }
}

function newlines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
  return count;
}

function notText(path: string, came: string, advice: string): DataError {
  return new DataError('encoding', { expected: `UTF-8 or Latin-1 text in ${path}`, came, advice });
}
