import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { below } from '../fetch/locate.ts';

export interface TestServer {
  url: string;
  /** One entry per request: path, and the Range header if there was one. */
  requests: { path: string; range?: string }[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void | Promise<void>;

/** A real HTTP server on loopback. `count` is 1 for its first request. */
export async function startServer(answer: Answer): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer(async (request, response) => {
    const range = request.headers.range;
    requests.push({ path: request.url ?? '', ...(range ? { range } : {}) });
    try {
      await answer(request, response, requests.length);
    } catch (error) {
      response.destroy(error as Error);
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** How `serveFolder` misbehaves. */
export interface Faults {
  /** Break the connection after so many body bytes, on requests 1 ... `cuts`. */
  cutAfter?: number;
  cuts?: number;
  /** Bytes the client has written. A cut waits for it: what is still in the client's buffers is lost with the connection. */
  received?: () => number;
  /** Answer Range requests with the whole file. */
  ignoreRanges?: boolean;
  /** Change one byte of the body. */
  corrupt?: boolean;
  /** Send no Content-Length, so that a cut body looks like a whole one. */
  hideLength?: boolean;
}

/** Serves the files of a folder, with ranges. */
export function serveFolder(folder: string, faults: Faults = {}): Answer {
  return async (request, response, count) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    const file = await readFile(below(folder, path)).catch(() => undefined);
    if (!file) {
      response.writeHead(404).end('not here');
      return;
    }
    const body = Buffer.from(file);
    if (faults.corrupt) body[body.length >> 1] ^= 1;
    const range = faults.ignoreRanges ? null : /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    if (range && start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const headers: Record<string, string | number> = {};
    if (range) headers['content-range'] = `bytes ${start}-${body.length - 1}/${body.length}`;
    if (!faults.hideLength) headers['content-length'] = body.length - start;
    response.writeHead(range ? 206 : 200, headers);
    const cut = faults.cutAfter !== undefined && count <= (faults.cuts ?? Number.POSITIVE_INFINITY);
    if (!cut) {
      response.end(body.subarray(start));
      return;
    }
    const sent = body.subarray(start, start + faults.cutAfter!);
    if (faults.hideLength) {
      response.end(sent);
      return;
    }
    response.write(sent);
    const { received } = faults;
    while (received && received() < start + sent.length && !response.destroyed) await sleep(2);
    response.socket?.end();
  };
}

/** Bytes that do not repeat, so that a mixed-up order cannot go unnoticed. */
export function unrepeatable(bytes: number): Buffer {
  return randomBytes(bytes);
}
