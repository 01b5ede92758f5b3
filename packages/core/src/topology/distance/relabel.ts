import type { Topology } from '../../sparsity/layout.ts';
import type { WiredMatrix } from './wiring.ts';

/** New numbers of the units of some groups; groups that are not in it keep theirs. */
export type Numbering = ReadonlyMap<string, Int32Array>;

/** The new number of each column, or undefined where all keep theirs. */
export function columnNumbers({ colGroups, cols }: WiredMatrix, numbering: Numbering): Int32Array | undefined {
  if (!colGroups.some(group => numbering.has(group))) return undefined;
  const size = cols / colGroups.length;
  const numbers = new Int32Array(cols);
  colGroups.forEach((group, block) => {
    const units = numbering.get(group);
    for (let k = 0; k < size; k++) numbers[block * size + k] = block * size + (units === undefined ? k : units[k]);
  });
  return numbers;
}

/** The same topology with its units numbered otherwise: a unit's row moves in every gate, its column wherever it is read. */
export function relabel(matrix: WiredMatrix, topology: Topology, numbering: Numbering): Topology {
  const columns = columnNumbers(matrix, numbering);
  const units = matrix.rowGroup === undefined ? undefined : numbering.get(matrix.rowGroup);
  if (columns === undefined && units === undefined) return topology;
  const { rows, cols, indices } = topology;
  const block = rows / matrix.gates;
  const moved = indices.map(flat => {
    const row = Math.floor(flat / cols);
    const col = flat - row * cols;
    const unit = row % block;
    const newRow = units === undefined ? row : row - unit + units[unit];
    return newRow * cols + (columns === undefined ? col : columns[col]);
  });
  return { rows, cols, indices: moved.sort() };
}
