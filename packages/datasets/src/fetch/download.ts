import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, formatBytes, reasonOf } from '../errors.ts';
import type { SourceFile } from '../sources/types.ts';
import { checkFile, type FileState, fileError, storageError } from './check.ts';

/** How a download is done; the defaults suit a home connection. */
export interface DownloadOptions {
  /** Called as bytes arrive, at most once per chunk. */
  onBytes?: (received: number, total: number | undefined) => void;
  /** Stops the download; what has arrived is kept for the next try. */
  signal?: AbortSignal;
  /** Connections to try in all. Default 5. */
  attempts?: number;
  /** Pause before the second connection, doubled for each one after, in milliseconds. Default 500. */
  retryDelay?: number;
  /** A connection that is silent for so long is given up, in milliseconds. Default 30,000. */
  idleTimeout?: number;
}

/** How the command line and programs name one. */
const MIRROR = '(--mirror, or the option mirror)';

/** A failure that another connection may cure. */
class Interrupted extends Error {}

/**
 * Downloads a file and verifies it. Bytes go to `<target>.part`, which survives an interruption and is continued by a
 * Range request, now or in a later call; a server without ranges is read from the start again. The file appears under
 * its own name only when complete, verified, and on disk: by an atomic rename. Bytes that do not verify are deleted.
 *
 * Two downloads of one file at the same time spoil each other's `.part`; the checksum then refuses the result.
 *
 * @param target where the file goes; its folder exists
 * @returns bytes of the file
 * @throws DataError `network`, `checksum`, `cut`, `empty` or `storage`; the signal's reason if aborted
 */
export async function download(
  url: URL,
  target: string,
  file: SourceFile,
  options: DownloadOptions = {},
): Promise<number> {
  const { signal, attempts = 5, retryDelay = 500 } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await connect(url, target, file, options);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      signal?.throwIfAborted();
      if (attempt === attempts) {
        const kept = await sizeOf(`${target}.part`);
        throw new DataError(
          'network',
          {
            expected: `${file.path} from ${url.href}`,
            came: `${reasonOf(error)}, ${attempts} ${attempts === 1 ? 'time' : 'times in a row'}`,
            advice:
              kept > 0
                ? `try again: ${formatBytes(kept)} are kept and will be continued`
                : `check the connection, or name a mirror ${MIRROR}`,
          },
          { cause: error },
        );
      }
      await sleep(retryDelay * 2 ** (attempt - 1), undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** One connection. */
async function connect(url: URL, target: string, file: SourceFile, options: DownloadOptions): Promise<number> {
  const part = `${target}.part`;
  const largest = Math.max(...file.builds.map(build => build.bytes));
  let offset = await sizeOf(part);
  if (offset > 0 && (await checkFile(part, file)).status === 'ok') return settle(part, target, file, url);
  if (offset >= largest) {
    await rm(part, { force: true });
    offset = 0;
  }

  const watchdog = new Watchdog(options.idleTimeout ?? 30_000, options.signal);
  try {
    const response = await request(url, offset, watchdog, file);
    if (offset > 0 && !continuesAt(response, offset)) {
      offset = 0;
      // 416, or a range nobody asked for: the answer is of no use, the file has to be asked for again.
      if (response.status !== 200) {
        await response.body?.cancel();
        await rm(part, { force: true });
        throw new Interrupted(`the server could not continue the file (status ${response.status})`);
      }
    }
    await receive(response, part, offset, largest, watchdog, options);
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const state = await checkFile(part, file);
    if (state.status === 'ok') return await settle(part, target, file, url);
    // Without a length nobody can tell a cut body from a short file; a continued file may mix two versions.
    if (Number.isNaN(length) && (state.status === 'cut' || state.status === 'empty')) {
      throw new Interrupted(`the connection ended after ${formatBytes(state.bytes)}`);
    }
    await rm(part, { force: true });
    if (offset > 0) throw new Interrupted('the continued file does not verify and is read from the start');
    throw wrongBytes(url, file, state);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (watchdog.expired) throw new Interrupted(`no byte for ${watchdog.milliseconds / 1000} s`);
    throw error;
  } finally {
    watchdog.stop();
  }
}

async function request(url: URL, offset: number, watchdog: Watchdog, file: SourceFile): Promise<Response> {
  // "identity": a server that compresses on the way would make the bytes others than those of the checksum.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (offset > 0) headers['range'] = `bytes=${offset}-`;
  let response: Response;
  try {
    response = await fetch(url, { headers, redirect: 'follow', signal: watchdog.signal });
  } catch (error) {
    throw new Interrupted(reasonOf(error));
  }
  const { status } = response;
  if (status === 200 || status === 206 || (status === 416 && offset > 0)) return response;
  await response.body?.cancel();
  const answer = `status ${status} ${response.statusText}`.trim();
  if (status >= 500 || status === 408 || status === 429) throw new Interrupted(answer);
  throw new DataError('network', {
    expected: `${file.path} from ${response.url || url.href}`,
    came: answer,
    advice: `check the address, or name another mirror ${MIRROR}`,
  });
}

/** True if the answer starts exactly where the file on disk ends. */
function continuesAt(response: Response, offset: number): boolean {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return response.status === 206 && Number(range?.[1]) === offset;
}

async function receive(
  response: Response,
  part: string,
  offset: number,
  largest: number,
  watchdog: Watchdog,
  { onBytes }: DownloadOptions,
): Promise<void> {
  const length = response.headers.get('content-length');
  const total = length === null ? undefined : offset + Number(length);
  const output = await openPart(part, offset);
  try {
    let received = offset;
    onBytes?.(received, total);
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = await reader?.read().catch((error: unknown) => {
        throw new Interrupted(`the connection broke after ${formatBytes(received)}: ${reasonOf(error)}`);
      });
      if (!chunk || chunk.done) break;
      watchdog.alive();
      if (received > largest) {
        // Too much already: the checksum cannot fit, so the rest need not be waited for.
        await reader?.cancel();
        break;
      }
      await output.write(chunk.value).catch((error: unknown) => {
        throw storageError(`to write ${part}`, error);
      });
      received += chunk.value.length;
      onBytes?.(received, total);
    }
    await output.sync();
  } finally {
    await output.close();
  }
}

async function openPart(part: string, offset: number): Promise<FileHandle> {
  try {
    return await open(part, offset > 0 ? 'a' : 'w');
  } catch (error) {
    throw storageError(`to write ${part}`, error);
  }
}

/** Gives a verified part its name. */
async function settle(part: string, target: string, file: SourceFile, from: URL | string): Promise<number> {
  const bytes = await sizeOf(part);
  try {
    await rename(part, target);
  } catch (error) {
    throw storageError(`to give ${file.path} from ${from} its name`, error);
  }
  return bytes;
}

function wrongBytes(url: URL, file: SourceFile, state: FileState): DataError {
  return fileError(`${file.path} from ${url.href}`, file, state, `nothing was kept; use another mirror ${MIRROR}`);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** Aborts a connection that falls silent, or when the caller does. */
class Watchdog {
  readonly signal: AbortSignal;
  expired = false;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly milliseconds: number,
    outer: AbortSignal | undefined,
  ) {
    this.signal = outer ? AbortSignal.any([outer, this.controller.signal]) : this.controller.signal;
    this.timer = setTimeout(() => {
      this.expired = true;
      this.controller.abort(new Error('silent connection'));
    }, milliseconds);
  }

  alive(): void {
    this.timer.refresh();
  }

  /** Also ends a connection that was left in the middle; one that was read to its end is not touched by it. */
  stop(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }
}
