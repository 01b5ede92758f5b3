import { existsSync } from 'node:fs';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SourceFile } from '../sources/types.ts';
import { sourceOf, temporaryFolder, writeFiles } from '../testing/folders.ts';
import {
  type Answer,
  type Faults,
  serveFolder,
  startServer,
  type TestServer,
  unrepeatable,
} from '../testing/server.ts';
import { type DownloadOptions, download } from './download.ts';

const PATH = 'corpus/train.txt';
const SIZE = 300_000;

describe('download', () => {
  const content = unrepeatable(SIZE);
  const file: SourceFile = sourceOf('corpus', { [PATH]: content }).files[0];
  const servers: TestServer[] = [];
  let target: string;
  let received = 0;

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function start(answer: Answer): Promise<TestServer> {
    const server = await startServer(answer);
    servers.push(server);
    target = join(await temporaryFolder(), 'train.txt');
    return server;
  }

  async function serve(faults: Faults = {}): Promise<TestServer> {
    const folder = await temporaryFolder();
    await writeFiles(folder, { [PATH]: content });
    received = 0;
    return start(serveFolder(folder, { ...faults, received: () => received }));
  }

  function get(server: TestServer, options: DownloadOptions = {}): Promise<number> {
    const onBytes: DownloadOptions['onBytes'] = (bytes, total) => {
      received = bytes;
      options.onBytes?.(bytes, total);
    };
    return download(new URL(PATH, server.url), target, file, { retryDelay: 1, ...options, onBytes });
  }

  async function expectFetched(): Promise<void> {
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(existsSync(`${target}.part`)).toBe(false);
  }

  function expectNothing(): void {
    expect(existsSync(target)).toBe(false);
    expect(existsSync(`${target}.part`)).toBe(false);
  }

  it('fetches a file in one request and reports progress that only grows, up to the total', async () => {
    const server = await serve();
    const seen: [number, number | undefined][] = [];
    expect(await get(server, { onBytes: (bytes, total) => seen.push([bytes, total]) })).toBe(SIZE);
    await expectFetched();
    expect(server.requests).toEqual([{ path: `/${PATH}` }]);
    expect(seen[0]).toEqual([0, SIZE]);
    expect(seen.at(-1)).toEqual([SIZE, SIZE]);
    expect(seen.map(([bytes]) => bytes)).toEqual(seen.map(([bytes]) => bytes).sort((a, b) => a - b));
  });

  it('continues a cut download with a Range request, within one call', async () => {
    const server = await serve({ cutAfter: 100_000, cuts: 2 });
    await get(server);
    await expectFetched();
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
  });

  it('continues in a later call what an earlier one left, and says in the error that it will', async () => {
    const server = await serve({ cutAfter: 100_000, cuts: 1 });
    await expect(get(server, { attempts: 1 })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/try again: 100,000 bytes are kept and will be continued/),
    });
    expect(existsSync(target)).toBe(false);
    expect((await stat(`${target}.part`)).size).toBe(100_000);
    await get(server, { attempts: 1 });
    await expectFetched();
    expect(server.requests[1].range).toBe('bytes=100000-');
  });

  it('starts again where the server knows no ranges', async () => {
    const server = await serve({ cutAfter: 100_000, cuts: 1, ignoreRanges: true });
    const seen: number[] = [];
    await get(server, { onBytes: bytes => seen.push(bytes) });
    await expectFetched();
    expect(server.requests).toHaveLength(2);
    expect(seen.filter(bytes => bytes === 0)).toHaveLength(2);
  });

  it('notices a cut that looks like an end because the server names no length', async () => {
    const server = await serve({ cutAfter: 100_000, cuts: 1, hideLength: true });
    await get(server);
    await expectFetched();
    expect(server.requests[1].range).toBe('bytes=100000-');
  });

  it('keeps nothing of wrong bytes, and asks only once', async () => {
    const server = await serve({ corrupt: true });
    await expect(get(server)).rejects.toMatchObject({
      code: 'checksum',
      message: expect.stringMatching(
        /^expected .*train.txt from http.* to be 300,000 bytes with SHA-256 .*; nothing was kept; use another mirror \(--mirror, or the option mirror\)$/,
      ),
    });
    expectNothing();
    expect(server.requests).toHaveLength(1);
  });

  it('keeps nothing of a file that is whole but too short, or empty', async () => {
    const short = await start((_, response) => void response.end('<html>moved</html>'));
    await expect(get(short)).rejects.toMatchObject({ code: 'cut', message: expect.stringMatching(/only 18 bytes/) });
    expectNothing();
    const empty = await start((_, response) => void response.writeHead(200, { 'content-length': 0 }).end());
    await expect(get(empty)).rejects.toMatchObject({ code: 'empty' });
    expectNothing();
  });

  it('stops reading a file that is far too long', async () => {
    let sent = 0;
    const server = await start((request, response) => {
      const more = (): void => {
        sent += 65_536;
        if (!request.destroyed && sent < 2 ** 30) response.write(Buffer.alloc(65_536), () => setImmediate(more));
      };
      more();
    });
    await expect(get(server)).rejects.toMatchObject({ code: 'checksum' });
    expectNothing();
    expect(sent).toBeLessThan(2 ** 26);
  });

  it('reads the file anew if what was left over belongs to another file', async () => {
    const server = await serve();
    await writeFile(`${target}.part`, unrepeatable(50_000));
    await get(server);
    await expectFetched();
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=50000-', undefined]);
  });

  it('uses a left-over that is already complete, without a request', async () => {
    const server = await serve();
    await writeFile(`${target}.part`, content);
    expect(await get(server)).toBe(SIZE);
    await expectFetched();
    expect(server.requests).toEqual([]);
  });

  it('drops a left-over that is too long', async () => {
    const server = await serve();
    await writeFile(`${target}.part`, unrepeatable(SIZE + 1));
    await get(server);
    await expectFetched();
    expect(server.requests).toEqual([{ path: `/${PATH}` }]);
  });

  it('starts again after 416 and after a range nobody asked for', async () => {
    for (const odd of [416, 206]) {
      const server = await start((request, response) => {
        if (!request.headers.range) response.end(content);
        else response.writeHead(odd, { 'content-range': 'bytes 7-20/300000' }).end();
      });
      await writeFile(`${target}.part`, content.subarray(0, 1000));
      await get(server);
      await expectFetched();
      expect(server.requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
    }
  });

  it('reports 404 at once, with the address', async () => {
    const server = await start((_, response) => void response.writeHead(404).end());
    await expect(get(server)).rejects.toMatchObject({
      code: 'network',
      message: `expected ${PATH} from ${server.url}${PATH}; got status 404 Not Found; check the address, or name another mirror (--mirror, or the option mirror)`,
    });
    expectNothing();
    expect(server.requests).toHaveLength(1);
  });

  it('tries again after 503, and gives up after as many attempts as allowed', async () => {
    const recovering = await start((_, response, count) => {
      if (count < 3) response.writeHead(503).end();
      else response.end(content);
    });
    await get(recovering);
    await expectFetched();
    const broken = await start((_, response) => void response.writeHead(503).end());
    await expect(get(broken, { attempts: 3 })).rejects.toThrow(/status 503 Service Unavailable, 3 times in a row/);
    expect(broken.requests).toHaveLength(3);
  });

  it('follows redirects, with the range', async () => {
    const server = await start((request, response) => {
      if (request.url === `/${PATH}`) response.writeHead(302, { location: '/elsewhere' }).end();
      else {
        const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0]);
        response.writeHead(206, { 'content-range': `bytes ${start}-${SIZE - 1}/${SIZE}` }).end(content.subarray(start));
      }
    });
    await writeFile(`${target}.part`, content.subarray(0, 1000));
    await get(server);
    await expectFetched();
    expect(server.requests[1]).toEqual({ path: '/elsewhere', range: 'bytes=1000-' });
  });

  it('gives up on redirects in a circle and on a server that is not there', async () => {
    const circle = await start((_, response) => void response.writeHead(302, { location: `/${PATH}` }).end());
    await expect(get(circle, { attempts: 1 })).rejects.toMatchObject({ code: 'network' });
    await circle.close();
    await expect(get(circle, { attempts: 2 })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(
        /ECONNREFUSED.*, 2 times in a row; check the connection, or name a mirror \(--mirror, or the option mirror\)/,
      ),
    });
  });

  it('gives up a connection that falls silent, and keeps what came', async () => {
    const server = await start((_, response) => {
      response.writeHead(200, { 'content-length': SIZE });
      response.write(content.subarray(0, 1000));
    });
    await expect(get(server, { attempts: 1, idleTimeout: 200 })).rejects.toThrow(
      /no byte for 0.2 s.*1,000 bytes are kept/,
    );
    expect((await stat(`${target}.part`)).size).toBe(1000);
  });

  it('stops when the signal says so, with its reason, and continues later', async () => {
    const server = await start((request, response) => {
      if (request.headers.range) return serveRest(request.headers.range, response);
      response.writeHead(200, { 'content-length': SIZE });
      response.write(content.subarray(0, 1000));
    });
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const onBytes = (bytes: number): void => {
      if (bytes > 0) controller.abort(reason);
    };
    await expect(get(server, { signal: controller.signal, onBytes })).rejects.toBe(reason);
    expect((await stat(`${target}.part`)).size).toBe(1000);
    await get(server);
    await expectFetched();
    await expect(get(server, { signal: controller.signal })).rejects.toBe(reason);
  });

  function serveRest(range: string, response: Parameters<Answer>[1]): void {
    const start = Number(/\d+/.exec(range)?.[0]);
    response.writeHead(206, { 'content-range': `bytes ${start}-${SIZE - 1}/${SIZE}` }).end(content.subarray(start));
  }

  describe.runIf(existsSync('/dev/full'))('on a full disk', () => {
    it('says so, and leaves no file behind under the name', async () => {
      const server = await serve();
      await symlink('/dev/full', `${target}.part`);
      await expect(get(server)).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringMatching(/^expected to write .*\.part; got ENOSPC.*; check permissions and free space/),
      });
      expect(existsSync(target)).toBe(false);
    });
  });
});
