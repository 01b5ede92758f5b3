import { expected } from '../base/errors.ts';
import { dense } from './methods/dense.ts';
import type { Method } from './methods/method.ts';
import { set } from './methods/set.ts';
import { staticTopology } from './methods/static.ts';

const registry = new Map<string, Method>();

/** Every method by name, in the order of registration. */
export const METHODS: ReadonlyMap<string, Method> = registry;

/**
 * Makes a method known by its name.
 *
 * @throws {InputError} If the name is taken: two methods of one name would make run logs ambiguous.
 */
export function registerMethod(method: Method): void {
  if (registry.has(method.name))
    throw expected('a method name that is not registered yet', method.name, 'choose another name');
  registry.set(method.name, method);
}

/** The names of all methods, in the order of registration. */
export function methodNames(): string[] {
  return [...registry.keys()];
}

/**
 * The method of a name.
 *
 * @throws {InputError} If there is none; the message lists the valid names.
 */
export function findMethod(name: string): Method {
  const method = registry.get(name);
  if (method === undefined) throw expected(`a method: ${methodNames().join(', ')}`, name);
  return method;
}

for (const method of [dense, staticTopology, set]) registerMethod(method);
