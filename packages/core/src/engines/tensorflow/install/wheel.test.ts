import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InstallError, type Machine } from './machine.ts';
import { fetchWheel, WHEELS, type Wheel } from './wheel.ts';

const content = randomBytes(400_000);
const wheel: Wheel = {
  ...WHEELS['linux-x64'],
  file: 'tensorflow-1.whl',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

interface Faults {
  /** The first so many connections break after 100,000 bytes of theirs. */
  cuts?: number;
  /** Of every answer. */
  status?: number;
  ignoreRanges?: boolean;
  body?: Buffer;
}

/** A folder, a server of the wheel, and pip, which logs where the wheel lies and then is at it until it is ended. */
async function bench(faults: Faults = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-rnn-wheel-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ranges: (string | undefined)[] = [];
  const part = join(folder, `${wheel.file}.part`);
  const server = createServer(async (request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const body = faults.body ?? content;
    const start = faults.ignoreRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start > 0) response.setHeader('content-range', `bytes ${start}-${body.length - 1}/${body.length}`);
    response.setHeader('content-length', body.length - start);
    response.writeHead(faults.status ?? (start > 0 ? 206 : 200));
    if (ranges.length > (faults.cuts ?? 0)) return response.end(body.subarray(start));
    const end = start + 100_000;
    response.write(body.subarray(start, end));
    // What is still on its way would be lost with the connection.
    while (!response.destroyed && (!existsSync(part) || statSync(part).size < end)) await sleep(2);
    return response.socket?.destroy();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/${wheel.file}`;
  const pipRuns: ('stopped' | 'finished' | 'failed')[] = [];
  const pip = { downloads: false };
  const machine: Machine = {
    platform: 'linux-x64',
    glibc: '2.36',
    answers: async () => false,
    async run(_command, args, { signal } = {}) {
      const after = (name: string) => args[args.indexOf(name) + 1];
      if (args.includes('--log')) {
        const link = `Found link ${url}#sha256=${wheel.sha256} (from http://index/simple/x/), version: 1`;
        writeFileSync(after('--log'), `1 page http://index/simple/x/\n2 Found link ${url}.metadata\n3 ${link}\n`);
      }
      for (let waited = 0; waited < 2000 && !pip.downloads && !signal?.aborted; waited += 10) await sleep(10);
      if (pip.downloads && !signal?.aborted) writeFileSync(join(after('--dest'), wheel.file), content);
      pipRuns.push(signal?.aborted ? 'stopped' : pip.downloads ? 'finished' : 'failed');
      return { status: pip.downloads && !signal?.aborted ? 0 : undefined, output: 'the connection broke' };
    },
  };
  const fetched = async (more: { signal?: AbortSignal; onProgress?: (text: string) => void } = {}) =>
    readFileSync(await fetchWheel(machine, folder, wheel, { python: 'python3', pause: 1, ...more }));
  return { folder, part, ranges, pip, pipRuns, fetched };
}

describe('fetching the wheel', () => {
  it('asks pip where it lies, and continues a connection that breaks where it broke', async () => {
    const { folder, ranges, pipRuns, fetched } = await bench({ cuts: 2 });
    expect((await fetched()).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
    expect(pipRuns).toEqual(['stopped']);
    expect(readdirSync(folder), 'nothing else stays').toEqual([wheel.file]);
  });

  it('goes on in a later call where an earlier one was stopped', async () => {
    const { part, ranges, fetched } = await bench({ cuts: 1 });
    const controller = new AbortController();
    const stopped = fetched({
      signal: controller.signal,
      onProgress: text => {
        if (text.endsWith(' 25%')) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(statSync(part).size).toBe(100_000);
    expect((await fetched()).equals(content)).toBe(true);
    expect(ranges.at(-1)).toBe('bytes=100000-');
  });

  it('starts over where the server ignores ranges, or what lies there belongs to another file', async () => {
    const ignoring = await bench({ cuts: 1, ignoreRanges: true });
    expect((await ignoring.fetched()).equals(content)).toBe(true);
    expect(ignoring.ranges).toEqual([undefined, 'bytes=100000-']);
    const other = await bench();
    writeFileSync(other.part, randomBytes(50_000));
    expect((await other.fetched()).equals(content)).toBe(true);
    expect(other.ranges).toEqual(['bytes=50000-', undefined]);
  });

  it('refuses another content after one whole download, and keeps nothing', async () => {
    const { folder, ranges, fetched } = await bench({ body: randomBytes(content.length) });
    await expect(fetched()).rejects.toThrow(/expected tensorflow-1\.whl with SHA-256 .*, got .*nothing was kept/);
    expect(ranges).toEqual([undefined]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reads a file that came in pieces and is wrong once more from the start, and no more', async () => {
    const { folder, ranges, fetched } = await bench({ body: randomBytes(content.length), cuts: 3 });
    await expect(fetched()).rejects.toThrow(/nothing was kept/);
    expect(ranges).toEqual([undefined, ...['bytes=100000-', 'bytes=200000-', 'bytes=300000-'], undefined]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives up after five connections in a row that bring nothing, and keeps what came before', async () => {
    const { part, fetched } = await bench({ status: 503 });
    writeFileSync(part, content.subarray(0, 100_000));
    const error = await fetched().catch(caught => caught);
    expect(error).toBeInstanceOf(InstallError);
    expect(error.message).toMatch(/expected tensorflow-1\.whl .*, got status 503, 5 times in a row; .*run again/);
    expect(statSync(part).size).toBe(100_000);
  });

  it('leaves all to pip where only pip gets through', async () => {
    const { folder, pip, pipRuns, fetched } = await bench({ status: 407 });
    const got = fetched({
      onProgress: () => {
        pip.downloads = pipRuns.length > 0;
      },
    });
    expect((await got).equals(content)).toBe(true);
    expect(pipRuns).toEqual(['stopped', 'finished']);
    expect(readdirSync(folder)).toEqual([wheel.file]);
  });
});
