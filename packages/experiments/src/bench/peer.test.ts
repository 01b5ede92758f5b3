import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PeerRequest, TorchPeer } from './peer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'torch-peer-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A folder whose "python" is this body, run by Node: the protocol without PyTorch. */
function impostor(name: string, body: string): string {
  const folder = join(scratch, name);
  const python = join(folder, '.venv', 'bin', 'python');
  mkdirSync(join(folder, '.venv', 'bin'), { recursive: true });
  writeFileSync(python, `#!${process.execPath}\n${body}\n`);
  chmodSync(python, 0o755);
  return folder;
}

async function started(folder?: string): Promise<TorchPeer> {
  const peer = await TorchPeer.start({ folder });
  if ('missing' in peer) throw new Error(peer.missing);
  return peer;
}

const echo = `
console.log(JSON.stringify({ peer: 'pytorch', openblas: process.env.OPENBLAS_CORETYPE ?? null }));
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const request = JSON.parse(line);
  if (request.threads === 99) process.exit(3);
  if (request.threads === 98) return console.log('Segmentation');
  if (request.threads === 97) return;
  console.log(JSON.stringify(request.threads === 0 ? { error: 'threads must be 1 or more' } : { ...request, ms: [1] }));
});`;

describe('the peer process', () => {
  test('a machine without PyTorch gets the reason and the command', async () => {
    const peer = await TorchPeer.start({ folder: join(scratch, 'nothing') });
    expect(peer).toEqual({ missing: expect.stringMatching(/python is not there; .*node bench\/peers\/setup\.mjs$/) });
  });

  test('a PyTorch that does not load gets the last line of its error', async () => {
    const folder = impostor('broken', `console.error('Traceback\\nImportError: libcudart'); process.exit(1);`);
    const peer = await TorchPeer.start({ folder });
    expect(peer).toEqual({ missing: expect.stringMatching(/exit code 1\): ImportError: libcudart; .*setup\.mjs/) });
  });

  test('a process that never speaks is given up after the time limit', async () => {
    const folder = impostor('silent', 'setInterval(() => {}, 1000);');
    const peer = await TorchPeer.start({ folder, startTimeoutMs: 300 });
    expect(peer).toEqual({ missing: expect.stringContaining('no first line within 300 ms') });
  });

  test('answers come in the order of the requests, and the OpenBLAS settings do not reach the process', async () => {
    process.env.OPENBLAS_CORETYPE = 'Haswell';
    try {
      const peer = await started(impostor('echo', echo));
      expect(peer.hello).toMatchObject({ peer: 'pytorch', openblas: null });
      const asked: PeerRequest[] = [1, 2, 3].map(threads => ({ case: 'dense-product', threads }));
      const answers = await Promise.all(asked.map(request => peer.request(request)));
      expect(answers.map(answer => answer.threads)).toEqual([1, 2, 3]);
      await peer.stop();
    } finally {
      delete process.env.OPENBLAS_CORETYPE;
    }
  });

  test('a refused request throws and the peer lives on', async () => {
    const peer = await started(impostor('refuse', echo));
    await expect(peer.request({ case: 'csr-product', threads: 0 })).rejects.toThrow('threads must be 1 or more');
    await expect(peer.request({ case: 'csr-product', threads: 98 })).rejects.toThrow('got "Segmentation"');
    expect((await peer.request({ case: 'csr-product', threads: 2 })).ms).toEqual([1]);
    await peer.stop();
  });

  test('a process that dies rejects the open request and every later one', async () => {
    const peer = await started(impostor('dies', echo));
    await expect(peer.request({ case: 'csr-product', threads: 99 })).rejects.toThrow('exit code 3');
    await expect(peer.request({ case: 'csr-product' })).rejects.toThrow('exit code 3');
    await peer.stop();
  });

  test('stop ends a peer in the middle of a request, and may be called twice', async () => {
    const peer = await started(impostor('busy', echo));
    const open = expect(peer.request({ case: 'csr-product', threads: 97 })).rejects.toThrow(/SIGKILL|exit code 0/);
    await peer.stop();
    await open;
    await peer.stop();
  });
});

// PyTorch is gigabytes and no dependency of ours: these run where `node bench/peers/setup.mjs` made it.
const installed = existsSync(fileURLToPath(new URL('../../../../bench/peers/.venv/installed.sha256', import.meta.url)));

describe.skipIf(!installed)('PyTorch in bench/peers/.venv', () => {
  const small = { hidden: 24, embedding: 16, vocabulary: 50, batch: 3, steps: 4, threads: 1, repeats: 2 };
  let peer: TorchPeer;
  beforeAll(async () => {
    peer = await started();
  }, 130_000);
  afterAll(() => peer?.stop());

  test('a dense training step learns and is counted with 6 flops per weight and token', async () => {
    const result = await peer.request({ case: 'lstm-step', ...small });
    expect(result.ms).toHaveLength(2);
    expect(Math.min(...result.ms)).toBeGreaterThan(0);
    expect(result.flops).toBe(6 * 3 * 4 * (4 * 24 * (16 + 24) + 4 * 24 * (24 + 24) + 50 * 24));
    expect(result.check.lossAfter).toBeLessThan(result.check.lossBefore);
    expect(result.peakRssBytes).toBeGreaterThanOrEqual(peer.hello.importRssBytes);
  });

  test('the masked step keeps its density after updates', async () => {
    const result = await peer.request({ case: 'lstm-step-masked', density: 0.2, ...small });
    expect(result.check.density).toBeCloseTo(0.2, 1);
  });

  test('sparse products agree with float64 and count nonzeros only', async () => {
    for (const kind of ['csr-product', 'csr-sampled'] as const) {
      const result = await peer.request({ case: kind, rows: 65, cols: 33, columns: 7, density: 0.3 });
      expect(result.check.maxError).toBeLessThan(1e-5);
      expect(result.check.nnz / (65 * 33)).toBeCloseTo(0.3, 1);
      expect(result.flops).toBe(2 * result.check.nnz * 7);
    }
  });

  test('wrong requests are refused by name', async () => {
    await expect(peer.request({ case: 'csr-product', density: 1.5 })).rejects.toThrow('above 0 and up to 1, got 1.5');
    await expect(peer.request({ case: 'lstm-step', threads: 0 })).rejects.toThrow('a whole number from 1, got 0');
    await expect(peer.request({ case: 'lstm-step', width: 3 } as PeerRequest)).rejects.toThrow("no setting 'width'");
    await expect(peer.request({ case: 'rhn' } as unknown as PeerRequest)).rejects.toThrow("got 'rhn'");
  });
});
