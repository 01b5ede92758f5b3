import { createHash } from 'node:crypto';
import { expected } from '../base/errors.ts';
import { checkShape } from './densities.ts';
import type { Topology } from './layout.ts';

/** The number of elements of `sorted` (ascending) that are below `value`: its rank, or where it would be inserted. */
export function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Where each gate's nonzeros begin. Gates are equal blocks of rows, so in canonical order a gate is a contiguous range:
 * gate g holds the ranks `starts[g] .. starts[g + 1] - 1`.
 *
 * @param gates Number of gates; it divides the rows.
 * @returns `gates + 1` ranks, the last of which is nnz.
 */
export function gateStarts(topology: Topology, gates: number): number[] {
  const { rows, cols, indices } = topology;
  if (!(Number.isInteger(gates) && gates >= 1 && rows % gates === 0))
    throw expected(`a number of gates that divides the ${rows} rows`, gates);
  const block = (rows / gates) * cols;
  return Array.from({ length: gates + 1 }, (_, gate) => lowerBound(indices, gate * block));
}

/** The number of nonzeros of each gate; they sum to nnz. */
export function gateCounts(topology: Topology, gates: number): number[] {
  const starts = gateStarts(topology, gates);
  return starts.slice(1).map((end, gate) => end - starts[gate]);
}

/** The number of positions that two strictly ascending arrays share. */
export function intersectionSize(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const left = a[i];
    const right = b[j];
    if (left === right) shared++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return shared;
}

/** The union of two strictly ascending arrays that share nothing, strictly ascending. */
export function mergeDisjoint(a: Uint32Array, b: Uint32Array): Uint32Array {
  const merged = new Uint32Array(a.length + b.length);
  for (let i = 0, j = 0, to = 0; to < merged.length; to++)
    merged[to] = j === b.length || (i < a.length && a[i] < b[j]) ? a[i++] : b[j++];
  return merged;
}

/**
 * The name of a topology: sha256 in hex over rows, cols and the canonical indices, each an unsigned 32-bit little-endian
 * integer. Equal on every engine and machine for equal topologies; logs and traces compare it.
 */
export function hashTopology(topology: Topology): string {
  const hash = createHash('sha256');
  hash.update(littleEndian(Uint32Array.of(topology.rows, topology.cols)));
  hash.update(littleEndian(topology.indices));
  return hash.digest('hex');
}

function littleEndian(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  if (new Uint8Array(Uint32Array.of(1).buffer)[0] === 1) return bytes;
  return new Uint8Array(Buffer.from(bytes).swap32());
}

/**
 * Checks that indices are strictly ascending and below rows * cols.
 *
 * @param name The matrix, for the message.
 * @throws {InputError} Naming the first rank that is wrong.
 */
export function validateTopology(topology: Topology, name: string): void {
  const { rows, cols, indices } = topology;
  checkShape(rows, cols);
  for (let rank = 1; rank < indices.length; rank++)
    if (indices[rank] <= indices[rank - 1])
      throw expected(
        `the flat indices of ${name} to be strictly ascending`,
        `${indices[rank]} after ${indices[rank - 1]} at rank ${rank}`,
        'sort them and remove repeats',
      );
  const last = indices.at(-1);
  if (last !== undefined && last >= rows * cols)
    throw expected(`flat indices of ${name} below ${rows * cols} (${rows} x ${cols})`, last);
}
