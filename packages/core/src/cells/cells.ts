import { expected } from '../base/errors.ts';
import type { Cell } from './cell.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { rhn } from './rhn.ts';

const registry = new Map<string, Cell>();

/** Makes a cell known by its name. @throws {InputError} If the name is taken. */
export function registerCell(cell: Cell): void {
  if (registry.has(cell.name))
    throw expected('a cell name that is not registered yet', cell.name, 'choose another name');
  registry.set(cell.name, cell);
}

/** The names of all cells, in the order of registration. */
export function cellNames(): string[] {
  return [...registry.keys()];
}

/** The cell of a name. @throws {InputError} If there is none; the message lists the valid names. */
export function findCell(name: string): Cell {
  const cell = registry.get(name);
  if (cell === undefined) throw expected(`a cell: ${cellNames().join(', ')}`, name);
  return cell;
}

for (const cell of [lstm, gru, rhn]) registerCell(cell);
