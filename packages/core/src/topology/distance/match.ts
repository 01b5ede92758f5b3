import type { Topology } from '../../sparsity/layout.ts';
import { assign } from './assignment.ts';
import { readersOf } from './edits.ts';
import { columnNumbers, type Numbering } from './relabel.ts';
import type { UnitGroup, WiredMatrix, Wiring } from './wiring.ts';

/** Topologies of a model's sparse matrices, by the matrices' names. */
export type Topologies = ReadonlyMap<string, Topology>;

/**
 * Numbers for the units of `b` that bring them to the units of `a` whose inputs are most like theirs, group by group in
 * the order of the forward pass: in each group the mean normalised edit distance of the inputs is the least that any
 * numbering gives, the groups below being numbered already. Inputs that are the group's own units, as in a recurrent
 * matrix, take no part, since their numbers are what is sought. A group without a sparse matrix to tell its units apart
 * keeps its numbers.
 */
export function matchUnits(wiring: Wiring, a: Topologies, b: Topologies): Numbering {
  const numbering = new Map<string, Int32Array>();
  const numbered = new Set<string>();
  for (const group of wiring.groups) {
    const telling = wiring.matrices.filter(
      matrix => a.has(matrix.name) && b.has(matrix.name) && tells(matrix, group, numbered),
    );
    if (telling.length > 0) numbering.set(group.name, matchGroup(group.size, telling, a, b, numbering));
    numbered.add(group.name);
  }
  return numbering;
}

/** Whether a matrix holds inputs of a group's units that are numbered before the group is. */
function tells({ reader, rowGroup, colGroups }: WiredMatrix, { name }: UnitGroup, numbered: Set<string>): boolean {
  if (reader === 'cols') return colGroups.includes(name);
  return rowGroup === name && colGroups.every(group => numbered.has(group));
}

/** The unit of `a` that each unit of `b` becomes. */
function matchGroup(
  size: number,
  matrices: readonly WiredMatrix[],
  a: Topologies,
  b: Topologies,
  numbering: Numbering,
): Int32Array {
  // Shared inputs of every pair of units; row i is unit i of b.
  const costs = new Float64Array(size * size);
  const inputsOfA = new Uint32Array(size);
  const inputsOfB = new Uint32Array(size);
  for (const matrix of matrices) {
    const ofA = readersByInput(matrix, a.get(matrix.name)!);
    const ofB = readersByInput(matrix, b.get(matrix.name)!, columnNumbers(matrix, numbering));
    for (const unit of ofA.readers) inputsOfA[unit]++;
    for (const unit of ofB.readers) inputsOfB[unit]++;
    for (let input = 0; input + 1 < ofA.starts.length; input++) {
      for (let k = ofB.starts[input]; k < ofB.starts[input + 1]; k++) {
        const row = ofB.readers[k] * size;
        for (let l = ofA.starts[input]; l < ofA.starts[input + 1]; l++) costs[row + ofA.readers[l]]++;
      }
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const shared = costs[i * size + j];
      const union = inputsOfB[i] + inputsOfA[j] - shared;
      costs[i * size + j] = union === 0 ? 0 : 1 - shared / union;
    }
  }
  return assign(costs, size);
}

/**
 * The units that read each input, input after input. An input is a row of an embedding, and a column of one gate of any
 * other matrix.
 *
 * @param columns New numbers of the columns.
 */
function readersByInput(
  matrix: WiredMatrix,
  { indices }: Topology,
  columns?: Int32Array,
): { starts: Uint32Array; readers: Uint32Array } {
  const { rows, cols, gates, reader } = matrix;
  const { units, unitOf } = readersOf(matrix);
  const inputOf = (row: number, col: number) =>
    reader === 'cols' ? row : Math.floor(row / units) * cols + (columns === undefined ? col : columns[col]);
  const starts = new Uint32Array((reader === 'cols' ? rows : gates * cols) + 1);
  const each = (visit: (input: number, unit: number) => void) => {
    for (const flat of indices) {
      const row = Math.floor(flat / cols);
      const col = flat - row * cols;
      visit(inputOf(row, col), unitOf(row, col));
    }
  };
  each(input => starts[input + 1]++);
  for (let input = 1; input < starts.length; input++) starts[input] += starts[input - 1];
  const next = starts.slice();
  const readers = new Uint32Array(indices.length);
  each((input, unit) => {
    readers[next[input]++] = unit;
  });
  return { starts, readers };
}
