import type { Topology } from '../../sparsity/layout.ts';
import type { WiredMatrix } from './wiring.ts';

/** How many units read in a matrix, and which of them a position belongs to. */
export function readersOf({ rows, cols, gates, reader }: WiredMatrix): {
  units: number;
  unitOf: (row: number, col: number) => number;
} {
  if (reader === 'cols') return { units: cols, unitOf: (_, col) => col };
  const units = rows / gates;
  return { units, unitOf: row => row % units };
}

/**
 * Distance of two topologies of one matrix, unit by unit as they are numbered: the mean over the units of the normalised
 * edit distance of their inputs, `|a xor b| / |a or b|`. Two units without inputs are equal.
 *
 * @returns From 0, equal topologies, to 1, where no two units of one number share an input.
 */
export function editDistance(matrix: WiredMatrix, a: Topology, b: Topology): number {
  const { units, unitOf } = readersOf(matrix);
  const union = new Uint32Array(units);
  const shared = new Uint32Array(units);
  const { cols } = matrix;
  for (let i = 0, j = 0; i < a.indices.length || j < b.indices.length; ) {
    const left = i < a.indices.length ? a.indices[i] : Number.POSITIVE_INFINITY;
    const right = j < b.indices.length ? b.indices[j] : Number.POSITIVE_INFINITY;
    const flat = Math.min(left, right);
    const row = Math.floor(flat / cols);
    const unit = unitOf(row, flat - row * cols);
    union[unit]++;
    if (left === right) shared[unit]++;
    if (left === flat) i++;
    if (right === flat) j++;
  }
  let sum = 0;
  for (let unit = 0; unit < units; unit++) if (union[unit] > 0) sum += 1 - shared[unit] / union[unit];
  return sum / units;
}

/**
 * The distance that two independent random topologies of one matrix have on average, with the counts given.
 *
 * A position that at least one of two random topologies of densities p and q has is in both with probability
 * `pq / (p + q - pq)`, so a unit that reads anything in either has the distance 1 minus that; a unit that reads nothing in
 * both has 0. With gates of different densities the two sides of the fraction are summed over the gates. Exact for
 * positions drawn independently; with fixed counts the error is of the order of 1 / nnz.
 *
 * @param a Nonzeros of each gate in one topology; one number where there are no gates.
 * @param b In the other.
 */
export function expectedDistance(matrix: WiredMatrix, a: readonly number[], b: readonly number[]): number {
  const { rows, cols, gates, reader } = matrix;
  const positions = (rows / gates) * cols;
  const ofUnit = reader === 'cols' ? rows / gates : cols;
  let both = 0;
  let either = 0;
  let logEmpty = 0;
  for (let gate = 0; gate < gates; gate++) {
    const p = a[gate] / positions;
    const q = b[gate] / positions;
    both += p * q;
    either += p + q - p * q;
    logEmpty += ofUnit * Math.log1p(-(p + q - p * q));
  }
  return either === 0 ? 0 : (1 - both / either) * (1 - Math.exp(logEmpty));
}
