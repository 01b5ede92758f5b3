import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../base/errors.ts';
import type { Snapshot, SnapshotTensor } from './types.ts';

/**
 * A snapshot is one safetensors file, so that one rename replaces it whole. Its header starts with the checksum of
 * everything else in the file, at a fixed place: it can be checked before anything is parsed. The small state is a
 * JSON text in the header's metadata.
 */
const CHECKSUM_LEAD = '{"__metadata__":{"sha256":"';
const CHECKSUM_AT = 8 + CHECKSUM_LEAD.length;
const CHECKSUM_CHARS = 64;
const SMALLEST = CHECKSUM_AT + CHECKSUM_CHARS + 3;
const BLANK = Buffer.alloc(CHECKSUM_CHARS, '0');
const CHUNK = 4 << 20;
/** safetensors readers refuse longer headers. */
const LONGEST_HEADER = 100_000_000;

const BYTES = { F32: 4, I32: 4, U32: 4, U8: 1 } as const;
const ARRAYS = { F32: Float32Array, I32: Int32Array, U32: Uint32Array, U8: Uint8Array } as const;

/** What a snapshot needs of a file system; replaced in tests that fill the disk. */
export interface FileWrites {
  write(file: number, bytes: Uint8Array): number;
  sync(file: number): void;
}

const realWrites: FileWrites = { write: writeSync, sync: fsyncSync };

/** Path of the snapshot called `name` in a folder. */
export function snapshotPath(directory: string, name: string): string {
  return join(directory, `${name}.safetensors`);
}

/**
 * Writes `<name>.safetensors` into `directory` so that at any moment, kill and power loss included, the file is either
 * the earlier snapshot or this one, whole: temporary name, fsync, rename, fsync of the folder.
 *
 * @param snapshot Tensors are written in the order of their names; `state` must survive JSON.
 * @throws Error if the file cannot be written (disk full ...). The earlier snapshot is untouched then, and the
 *   temporary file is removed. If nothing but the folder's fsync fails, the new one has replaced it, as the message says.
 * @returns Bytes of the file.
 */
export function writeSnapshot(
  directory: string,
  name: string,
  snapshot: Snapshot,
  writes: FileWrites = realWrites,
): number {
  const path = snapshotPath(directory, name);
  const temporary = `${path}.tmp`;
  const tensors = Object.entries(snapshot.tensors).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const head = encodeHeader(tensors, snapshot.state);
  const parts = [head, ...tensors.map(([, tensor]) => bytesOf(tensor))];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  head.write(hash.digest('hex'), CHECKSUM_AT, 'latin1');

  let file: number | undefined;
  let standing = 'An earlier snapshot of that name is kept as it was.';
  try {
    file = openSync(temporary, 'w');
    for (const part of parts) writeWhole(file, part, writes);
    writes.sync(file);
    closeSync(file);
    file = undefined;
    renameSync(temporary, path);
    standing = 'The new snapshot is in its place, but a loss of power may undo that.';
    syncDirectory(directory, writes);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    rmSync(temporary, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOSPC' ? 'the disk is full' : code === 'EDQUOT' ? 'the disk quota is used up' : message;
    throw new Error(`Cannot save ${path}: ${reason}. ${standing} Make room (or mend the folder) and resume.`, {
      cause: error,
    });
  }
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

/**
 * Reads a snapshot that `writeSnapshot` wrote, after checking the whole file against its checksum.
 *
 * @throws InputError if the file is missing, cut, longer than written, or differs in a single bit.
 */
export function readSnapshot(directory: string, name: string): Snapshot {
  const path = snapshotPath(directory, name);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new InputError(`Cannot open the snapshot ${path}: ${(error as Error).message}. ${REMEDY}`);
  }
  try {
    verify(file, path);
    return decode(file);
  } finally {
    closeSync(file);
  }
}

const REMEDY = 'Put back a copy of the file, or start afresh (on the command line, with --fresh).';

function damaged(path: string, what: string): InputError {
  return new InputError(`The snapshot ${path} is damaged: ${what}. ${REMEDY}`);
}

function encodeHeader(tensors: [string, SnapshotTensor][], state: Record<string, unknown>): Buffer {
  const dataBytes = tensors.reduce((sum, [, tensor]) => sum + tensor.data.byteLength, 0);
  const rest: string[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const size = shape.reduce((product, n) => product * n, 1);
    if (name === '__metadata__' || size !== data.length || !(data instanceof ARRAYS[dtype])) {
      throw new Error(
        `Tensor ${name} of a snapshot: expected ${dtype} of shape [${shape}], got ${data.constructor.name} of ${data.length}.`,
      );
    }
    const entry = { dtype, shape, data_offsets: [offset, (offset += data.byteLength)] };
    rest.push(`,${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const metadata = `"bytes":"${dataBytes}","state":${JSON.stringify(JSON.stringify(state))}}`;
  const json = `${CHECKSUM_LEAD}${BLANK.toString('latin1')}",${metadata}${rest.join('')}}`;
  const bytes = Buffer.byteLength(json);
  // Spaces at the end bring the data to a multiple of 8 bytes, as the format asks.
  const padded = Math.ceil(bytes / 8) * 8;
  if (padded > LONGEST_HEADER)
    throw new Error(`A snapshot's header may have ${LONGEST_HEADER} bytes, this one has ${padded}.`);
  const head = Buffer.alloc(8 + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded), 0);
  head.write(json, 8, 'utf8');
  return head;
}

function verify(file: number, path: string): void {
  const { size } = fstatSync(file);
  if (size < SMALLEST) throw damaged(path, `it has ${size} bytes, fewer than any snapshot`);
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, size));
  let stated = '';
  for (let at = 0; at < size; ) {
    const count = readSync(file, chunk, 0, Math.min(chunk.length, size - at), at);
    if (count === 0) throw damaged(path, `it ends after ${at} of ${size} bytes`);
    if (at === 0) stated = takeChecksum(chunk.subarray(0, count), hash, path);
    else hash.update(chunk.subarray(0, count));
    at += count;
  }
  const found = hash.digest('hex');
  if (stated !== found) {
    throw damaged(
      path,
      `its ${size} bytes have the checksum ${found.slice(0, 12)}..., expected ${stated.slice(0, 12)}...`,
    );
  }
}

/** The checksum that the file states; hashes the first chunk as it was before the checksum was put in. */
function takeChecksum(chunk: Buffer, hash: Hash, path: string): string {
  if (chunk.toString('latin1', 8, CHECKSUM_AT) !== CHECKSUM_LEAD)
    throw damaged(path, 'it does not start as a snapshot does');
  const end = CHECKSUM_AT + CHECKSUM_CHARS;
  const stated = chunk.toString('latin1', CHECKSUM_AT, end);
  hash.update(chunk.subarray(0, CHECKSUM_AT)).update(BLANK).update(chunk.subarray(end));
  return stated;
}

interface TensorEntry {
  dtype: SnapshotTensor['dtype'];
  shape: number[];
  data_offsets: [number, number];
}

/** Parses a file whose checksum was found right: what it says was written by `writeSnapshot`. */
function decode(file: number): Snapshot {
  const headerBytes = Number(readWhole(file, 8, 0).readBigUInt64LE());
  const header = JSON.parse(readWhole(file, headerBytes, 8).toString('utf8'));
  const { __metadata__: metadata, ...entries } = header as Record<string, TensorEntry> & {
    __metadata__: { state: string };
  };
  const tensors: Snapshot['tensors'] = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries as Record<string, TensorEntry>)) {
    const [from, to] = data_offsets;
    const data = new ARRAYS[dtype]((to - from) / BYTES[dtype]);
    const bytes = readWhole(file, to - from, 8 + headerBytes + from, new Uint8Array(data.buffer));
    if (bytes.length !== to - from) throw new Error(`Tensor ${name} is cut.`);
    tensors[name] = { dtype, shape, data };
  }
  return { tensors, state: JSON.parse(metadata.state) };
}

function bytesOf({ data }: SnapshotTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function writeWhole(file: number, bytes: Uint8Array, writes: FileWrites): void {
  for (let at = 0; at < bytes.length; ) at += writes.write(file, bytes.subarray(at, at + CHUNK));
}

function readWhole(
  file: number,
  count: number,
  position: number,
  into: Uint8Array = Buffer.allocUnsafe(count),
): Buffer {
  let at = 0;
  while (at < count) {
    const read = readSync(file, into, at, count - at, position + at);
    if (read === 0) throw new Error(`Expected ${count} bytes at ${position}, got ${at}.`);
    at += read;
  }
  return Buffer.from(into.buffer, into.byteOffset, count);
}

/** A rename is durable only after its folder is synced. Windows cannot open folders and needs no such step. */
function syncDirectory(directory: string, writes: FileWrites): void {
  if (process.platform === 'win32') return;
  const file = openSync(directory, 'r');
  try {
    writes.sync(file);
  } finally {
    closeSync(file);
  }
}
