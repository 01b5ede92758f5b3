import { renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALL_COMMAND } from '../native.ts';
import { InstallError } from './machine.ts';
import { megabytes, sha256, sizeOf } from './places.ts';

/** Connections in a row without a byte after which a download is given up. */
const ATTEMPTS = 5;
/** Milliseconds after which a silent connection is given up. */
const SILENCE = 30_000;

/** A file whose content is known beforehand. */
export interface KnownFile {
  file: string;
  bytes: number;
  sha256: string;
}

export interface DownloadOptions {
  signal?: AbortSignal;
  /** Bytes of the file that are there. */
  onBytes?: (bytes: number) => void;
  /** Milliseconds before another connection, doubled with each that brings nothing. Default 500. */
  pause?: number;
}

/** The server cannot be reached from this process, or gives it nothing. */
export class Unreachable extends Error {}

/**
 * Downloads a file and verifies it. What has come lies in `<target>.part`, also after the end of this process; each
 * further connection asks for the rest of it. A server without ranges is read from the start again, and so is a
 * continued file that does not verify, once.
 *
 * @throws Unreachable if nothing has come, now or earlier; InstallError if it stays incomplete, then what has come is
 * kept, or is another file, then nothing is kept; the signal's reason if aborted.
 */
export async function download(url: string, target: string, wanted: KnownFile, options: DownloadOptions) {
  const part = `${target}.part`;
  const { signal, pause = 500 } = options;
  let pieces = (sizeOf(part) ?? 0) > 0;
  let restarted = false;
  for (let fruitless = 0; ; ) {
    const before = sizeOf(part) ?? 0;
    if (before < wanted.bytes) {
      const ended = await connect(url, part, before, wanted, options);
      signal?.throwIfAborted();
      const kept = sizeOf(part) ?? 0;
      if (kept < wanted.bytes) {
        fruitless = kept > before ? 0 : fruitless + 1;
        if (kept === 0 && fruitless === 2) throw new Unreachable(ended);
        pieces = kept > 0;
        if (fruitless === ATTEMPTS) throw incomplete(wanted, ended, kept);
        await sleep(pause * 2 ** fruitless, undefined, { signal }).catch(() => signal?.throwIfAborted());
        continue;
      }
    }
    const sum = await sha256(part);
    if (sum === wanted.sha256) return renameSync(part, target);
    rmSync(part);
    // Pieces may be of two versions of a file: they deserve another try.
    if (!pieces || restarted) throw wrongContent(wanted.file, wanted.sha256, sum);
    restarted = true;
    pieces = false;
  }
}

/** One connection; resolves to how it ended. */
async function connect(
  url: string,
  part: string,
  offset: number,
  wanted: KnownFile,
  { signal, onBytes }: DownloadOptions,
): Promise<string> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`no byte for ${SILENCE / 1000} s`)), SILENCE);
  let output: FileHandle | undefined;
  try {
    // "identity": a server that compresses on the way would make the bytes others than those of the checksum.
    const headers = { 'accept-encoding': 'identity', ...(offset > 0 && { range: `bytes=${offset}-` }) };
    const response = await fetch(url, {
      headers,
      signal: AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]),
    });
    let bytes = beginOf(response, offset);
    if (bytes === undefined) {
      // What lies there is no beginning of what the server has.
      if (response.status === 416 || response.status === 206) rmSync(part, { force: true });
      return `status ${response.status}`;
    }
    output = await disk(open(part, bytes > 0 ? 'a' : 'w'), wanted);
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      await disk(output.write(chunk), wanted);
      bytes += chunk.length;
      onBytes?.(bytes);
      if (bytes > wanted.bytes) break;
    }
    return `the end of the connection after ${bytes} bytes`;
  } catch (error) {
    if (error instanceof InstallError) throw error;
    const { message, cause } = error as Error;
    return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
  } finally {
    clearTimeout(timer);
    await output?.close();
    // Ends a connection that was left in the middle.
    silence.abort();
  }
}

/** The byte at which an answer begins; undefined if it is of no use to who has so many already. */
function beginOf({ status, headers }: Response, offset: number): number | undefined {
  if (status === 200) return 0;
  const start = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1];
  return status === 206 && Number(start) === offset ? offset : undefined;
}

async function disk<T>(writing: Promise<T>, { file, bytes }: KnownFile): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    const { message } = error as Error;
    throw new InstallError(`expected room for ${file}, ${megabytes(bytes)}, got ${message}; make room and run again`);
  }
}

function incomplete({ file, bytes }: KnownFile, ended: string, kept: number): InstallError {
  const todo = `check the connection, and run again, ${megabytes(kept)} are kept: ${INSTALL_COMMAND}`;
  return new InstallError(`expected ${file} of ${bytes} bytes, got ${ended}, ${ATTEMPTS} times in a row; ${todo}`);
}

export function wrongContent(file: string, expected: string, came: string): InstallError {
  return new InstallError(
    `expected ${file} with SHA-256 ${expected}, got ${came}; nothing was kept, check where pip downloads from`,
  );
}
