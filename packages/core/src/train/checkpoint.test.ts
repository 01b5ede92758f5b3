import { execFileSync } from 'node:child_process';
import {
  fsyncSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../base/errors.ts';
import { readSnapshot, snapshotPath, writeSnapshot } from './checkpoint.ts';
import type { Snapshot } from './types.ts';

const snapshot: Snapshot = {
  tensors: {
    'lstm0.wx.values': { dtype: 'F32', shape: [3], data: new Float32Array([1.5, -0, Number.MIN_VALUE]) },
    'lstm0.wx.indices': { dtype: 'U32', shape: [3], data: new Uint32Array([0, 7, 2 ** 32 - 1]) },
    'data.position': { dtype: 'I32', shape: [2, 1], data: new Int32Array([-4, 9]) },
    'lstm0.wx.explored': { dtype: 'U8', shape: [5], data: new Uint8Array([1, 2, 3, 4, 255]) },
    empty: { dtype: 'F32', shape: [0], data: new Float32Array(0) },
  },
  state: { step: 12, lossSum: 0.1 + 0.2, name: 'naïve ✓', nested: { list: [1, null] } },
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'snapshot-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('snapshot files', () => {
  it('give back every tensor bit for bit, and the state', () => {
    writeSnapshot(directory, 'checkpoint', snapshot);
    const back = readSnapshot(directory, 'checkpoint');
    expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(snapshot.tensors).sort());
    for (const [name, { dtype, shape, data }] of Object.entries(snapshot.tensors)) {
      const read = back.tensors[name];
      expect([read.dtype, read.shape]).toEqual([dtype, shape]);
      expect(read.data.constructor).toBe(data.constructor);
      expect(Buffer.from(read.data.buffer)).toEqual(Buffer.from(data.buffer));
    }
    expect(back.state).toEqual(snapshot.state);
  });

  it('are the same bytes whatever the order in which the tensors were given', () => {
    writeSnapshot(directory, 'a', snapshot);
    writeSnapshot(directory, 'b', {
      ...snapshot,
      tensors: Object.fromEntries(Object.entries(snapshot.tensors).reverse()),
    });
    expect(readFileSync(snapshotPath(directory, 'a'))).toEqual(readFileSync(snapshotPath(directory, 'b')));
  });

  it('store views of larger buffers, and replace an earlier snapshot', () => {
    writeSnapshot(directory, 'checkpoint', snapshot);
    const whole = new Float32Array([9, 1, 2, 9]);
    writeSnapshot(directory, 'checkpoint', {
      tensors: { view: { dtype: 'F32', shape: [2], data: whole.subarray(1, 3) } },
      state: {},
    });
    expect(readSnapshot(directory, 'checkpoint').tensors['view'].data).toEqual(new Float32Array([1, 2]));
    expect(readdirSync(directory)).toEqual(['checkpoint.safetensors']);
  });

  it('follow the safetensors format: aligned data, contiguous offsets, metadata of strings', () => {
    writeSnapshot(directory, 'checkpoint', snapshot);
    const bytes = readFileSync(snapshotPath(directory, 'checkpoint'));
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    const { __metadata__: metadata, ...entries } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    expect(Object.values(metadata).every(value => typeof value === 'string')).toBe(true);
    let end = 0;
    for (const { data_offsets } of Object.values(entries) as { data_offsets: [number, number] }[]) {
      expect(data_offsets[0]).toBe(end);
      end = data_offsets[1];
    }
    expect(8 + length + end).toBe(bytes.length);
  });

  it('refuse a file in which any single bit of any byte is flipped', () => {
    writeSnapshot(directory, 'checkpoint', snapshot);
    const path = snapshotPath(directory, 'checkpoint');
    const good = readFileSync(path);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] ^= 1 << (at % 8);
      writeFileSync(path, bad);
      expect(() => readSnapshot(directory, 'checkpoint'), `byte ${at}`).toThrow(InputError);
    }
    writeFileSync(path, good);
    expect(readSnapshot(directory, 'checkpoint').state).toEqual(snapshot.state);
  });

  it('refuse a file that is cut at any length, or has something behind it', () => {
    writeSnapshot(directory, 'checkpoint', snapshot);
    const path = snapshotPath(directory, 'checkpoint');
    const good = readFileSync(path);
    writeFileSync(path, Buffer.concat([good, Buffer.from([0])]));
    expect(() => readSnapshot(directory, 'checkpoint')).toThrow(
      /damaged.*start afresh \(on the command line, with --fresh\)/s,
    );
    writeFileSync(path, good);
    for (let length = good.length - 1; length >= 0; length--) {
      truncateSync(path, length);
      expect(() => readSnapshot(directory, 'checkpoint'), `${length} bytes`).toThrow(InputError);
    }
  });

  it('name the file, the fault and the remedy', () => {
    expect(() => readSnapshot(directory, 'none')).toThrow(/Cannot open the snapshot .*none\.safetensors.*--fresh/s);
    writeFileSync(snapshotPath(directory, 'text'), 'x'.repeat(500));
    expect(() => readSnapshot(directory, 'text')).toThrow(
      /text\.safetensors is damaged: it does not start as a snapshot/,
    );
  });

  it('keep the earlier snapshot and leave no temporary file when the disk fills up, at every write and at the sync', () => {
    writeSnapshot(directory, 'checkpoint', { tensors: {}, state: { step: 1 } });
    const full = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    for (let room = 0; room <= 5; room++) {
      let left = room;
      const write = (file: number, bytes: Uint8Array) => (left-- > 0 ? writeSync(file, bytes) : full());
      expect(() => writeSnapshot(directory, 'checkpoint', snapshot, { write, sync: full }), `${room}`).toThrow(
        /Cannot save .*checkpoint\.safetensors: the disk is full\. An earlier snapshot of that name is kept as it was\. Make room/,
      );
      expect(readSnapshot(directory, 'checkpoint').state).toEqual({ step: 1 });
      expect(readdirSync(directory)).toEqual(['checkpoint.safetensors']);
    }
  });

  it('say that the new one is in its place where only its folder could not be brought to disk', () => {
    writeSnapshot(directory, 'checkpoint', { tensors: {}, state: { step: 1 } });
    let syncs = 0;
    const sync = (file: number) => {
      if (syncs++ > 0) throw new Error('EIO: i/o error, fsync');
      fsyncSync(file);
    };
    expect(() => writeSnapshot(directory, 'checkpoint', snapshot, { write: writeSync, sync })).toThrow(
      /checkpoint\.safetensors: EIO.*\. The new snapshot is in its place, but a loss of power may undo that\. Make room/,
    );
    expect(readSnapshot(directory, 'checkpoint').state).toEqual(snapshot.state);
    expect(readdirSync(directory)).toEqual(['checkpoint.safetensors']);
  });

  it('go on after a write that took only some of the bytes', () => {
    const write = (file: number, bytes: Uint8Array) => writeSync(file, bytes.subarray(0, Math.min(7, bytes.length)));
    writeSnapshot(directory, 'checkpoint', snapshot, { write, sync: fsyncSync });
    expect(readSnapshot(directory, 'checkpoint').state).toEqual(snapshot.state);
  });

  it('refuse a tensor whose shape or type does not fit its array', () => {
    const wrong: Snapshot = { tensors: { w: { dtype: 'F32', shape: [2], data: new Float32Array(3) } }, state: {} };
    expect(() => writeSnapshot(directory, 'checkpoint', wrong)).toThrow(/Tensor w .* \[2\], got Float32Array of 3/);
    wrong.tensors['w'] = { dtype: 'F32', shape: [3], data: new Int32Array(3) };
    expect(() => writeSnapshot(directory, 'checkpoint', wrong)).toThrow(/expected F32 .* got Int32Array/);
  });

  it.skipIf(!hasPythonSafetensors())(
    "open in Python's safetensors (skipped where that package is not installed)",
    () => {
      writeSnapshot(directory, 'checkpoint', snapshot);
      const script = `
import sys, json
from safetensors import safe_open
with safe_open(sys.argv[1], framework="np") as f:
    print(json.dumps({k: f.get_tensor(k).tolist() for k in sorted(f.keys())}))`;
      const out = execFileSync('python3', ['-c', script, snapshotPath(directory, 'checkpoint')], { encoding: 'utf8' });
      expect(JSON.parse(out)['lstm0.wx.indices']).toEqual([0, 7, 2 ** 32 - 1]);
      expect(JSON.parse(out)['data.position']).toEqual([[-4], [9]]);
    },
  );
});

function hasPythonSafetensors(): boolean {
  try {
    execFileSync('python3', ['-c', 'import numpy, safetensors'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
