import { expected } from '../base/errors.ts';
import { deepr } from './methods/deepr.ts';
import { dense } from './methods/dense.ts';
import { denseSmall } from './methods/denseSmall.ts';
import { dsr } from './methods/dsr.ts';
import { gmp } from './methods/gmp.ts';
import { hyper } from './methods/hyper.ts';
import type { Method } from './methods/method.ts';
import { rigl } from './methods/rigl.ts';
import { selfish } from './methods/selfish.ts';
import { set } from './methods/set.ts';
import { snfs } from './methods/snfs.ts';
import { snip } from './methods/snip.ts';
import { staticTopology } from './methods/static.ts';
import { createRegistry } from './registry.ts';

const registry = createRegistry<Method>('method', [
  dense,
  denseSmall,
  staticTopology,
  set,
  deepr,
  dsr,
  snfs,
  rigl,
  selfish,
  hyper,
  gmp,
  snip,
]);

/** Every method by name, in the order of registration. */
export const METHODS: ReadonlyMap<string, Method> = registry.entries;

/**
 * Makes a method known by its name.
 *
 * @throws {InputError} If the name is taken: two methods of one name would make run logs ambiguous.
 */
export function registerMethod(method: Method): void {
  registry.register(method);
}

/** The names of all methods, in the order of registration. */
export function methodNames(): string[] {
  return [...registry.entries.keys()];
}

/**
 * The method of a name.
 *
 * @throws {InputError} If there is none; the message lists the valid names.
 */
export function findMethod(name: string): Method {
  return registry.find(name);
}

/** The optimizers that smooth the gradient. */
const SMOOTHING = ['momentum', 'adam'];

/**
 * Refuses settings with which a method cannot work, before anything is trained.
 *
 * @param settings.optimizer Name of the optimizer.
 * @param settings.growStd Standard deviation of new weights. Default 0.
 * @throws {InputError} If a rule reads a smoothed gradient and the optimizer has none, or if new weights start at 0 where
 * a weight that is 0 is out of use.
 * @example
 * checkMethod(findMethod('snfs'), { optimizer: 'sgd' }); // throws: expected an optimizer with a smoothed gradient ...
 */
export function checkMethod(method: Method, settings: { optimizer: string; growStd?: number }): void {
  const { update } = method;
  const needs = [update?.drop.needs, update?.redistribute.needs, update?.grow.scores];
  if (needs.includes('momentum') && !SMOOTHING.includes(settings.optimizer))
    throw expected(
      `an optimizer with a smoothed gradient, which ${method.name} reads`,
      settings.optimizer,
      `choose ${SMOOTHING.join(' or ')}`,
    );
  if (method.rewire !== undefined && !((settings.growStd ?? 0) > 0))
    throw expected(
      `new weights of a standard deviation above 0, as a weight that is 0 is dormant under ${method.name}`,
      settings.growStd ?? 0,
      `set growStd to ${method.settings?.growStd ?? 0.001}, for example`,
    );
}
