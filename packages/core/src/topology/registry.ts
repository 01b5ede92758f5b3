import { expected } from '../base/errors.ts';

/** Things known by their names, in the order of registration. */
export interface Registry<T extends { readonly name: string }> {
  readonly entries: ReadonlyMap<string, T>;
  /** @throws {InputError} If the name is taken. */
  register(entry: T): void;
  /** @throws {InputError} If there is none; the message lists the valid names. */
  find(name: string): T;
}

/**
 * A registry with its first entries.
 *
 * @param what One of the things, for messages: `method`.
 */
export function createRegistry<T extends { readonly name: string }>(what: string, first: readonly T[]): Registry<T> {
  const entries = new Map<string, T>();
  const register = (entry: T) => {
    // Two of one name would make run logs ambiguous.
    if (entries.has(entry.name))
      throw expected(`a ${what} name that is not registered yet`, entry.name, 'choose another name');
    entries.set(entry.name, entry);
  };
  const find = (name: string) => {
    const entry = entries.get(name);
    if (entry === undefined) throw expected(`a ${what}: ${[...entries.keys()].join(', ')}`, name);
    return entry;
  };
  for (const entry of first) register(entry);
  return { entries, register, find };
}
