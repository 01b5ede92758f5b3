import { expected } from '../base/errors.ts';
import { globalMagnitude } from './drop/globalMagnitude.ts';
import { magnitude as smallest } from './drop/magnitude.ts';
import { magnitudeGate } from './drop/magnitudeGate.ts';
import type { DropRule } from './drop/rule.ts';
import { set } from './drop/set.ts';
import { setMisread } from './drop/setMisread.ts';
import { threshold } from './drop/threshold.ts';
import { zero } from './drop/zero.ts';
import { gradient } from './grow/gradient.ts';
import { momentum as smoothedGradient } from './grow/momentum.ts';
import { random } from './grow/random.ts';
import type { GrowRule } from './grow/rule.ts';
import type { Method } from './methods/method.ts';
import { magnitude } from './redistribute/magnitude.ts';
import { momentum } from './redistribute/momentum.ts';
import { none } from './redistribute/none.ts';
import { nonzeros } from './redistribute/nonzeros.ts';
import type { RedistributeRule } from './redistribute/rule.ts';
import { createRegistry } from './registry.ts';

const drops = createRegistry<DropRule>('drop rule', [
  smallest,
  magnitudeGate,
  globalMagnitude,
  set,
  setMisread,
  threshold,
  zero,
]);
const redistributions = createRegistry<RedistributeRule>('redistribute rule', [none, magnitude, nonzeros, momentum]);
const growths = createRegistry<GrowRule>('grow rule', [random, gradient, smoothedGradient]);

/** Every drop rule by name, in the order of registration. */
export const DROP_RULES = drops.entries;
/** Every redistribute rule by name, in the order of registration. */
export const REDISTRIBUTE_RULES = redistributions.entries;
/** Every grow rule by name, in the order of registration. */
export const GROW_RULES = growths.entries;

/** Makes a drop rule known by its name. @throws {InputError} If the name is taken. */
export const registerDropRule = drops.register;
/** Makes a redistribute rule known by its name. @throws {InputError} If the name is taken. */
export const registerRedistributeRule = redistributions.register;
/** Makes a grow rule known by its name. @throws {InputError} If the name is taken. */
export const registerGrowRule = growths.register;

/** The names of the three rules that an update is made of. */
export interface RuleNames {
  /** One of `DROP_RULES`. */
  drop: string;
  /** One of `REDISTRIBUTE_RULES`. */
  redistribute: string;
  /** One of `GROW_RULES`. */
  grow: string;
}

/**
 * A method made of registered rules, for ablations that no paper has a name for. It starts sparse and has no settings of
 * its own. It is not registered: a spec that names the rules needs no second name.
 *
 * @returns A method called `drop+redistribute+grow`.
 * @throws {InputError} If a rule is unknown; the message lists the valid names.
 * @example
 * composeMethod({ drop: 'magnitude', redistribute: 'nonzeros', grow: 'gradient' }).name; // 'magnitude+nonzeros+gradient'
 */
export function composeMethod({ drop, redistribute, grow }: RuleNames): Method {
  return {
    name: `${drop}+${redistribute}+${grow}`,
    paper: '',
    description: `drops by ${drop}, redistributes by ${redistribute}, grows by ${grow}`,
    dense: false,
    startsDense: false,
    update: { drop: drops.find(drop), redistribute: redistributions.find(redistribute), grow: growths.find(grow) },
  };
}

/**
 * A method with some of its rules replaced by registered ones: one step away from what a paper proposes.
 *
 * @param names rules to replace; those left out stay the method's own.
 * @throws {InputError} If a rule is unknown, or if rules are named for a method that has none.
 */
export function withRules(method: Method, names: Partial<RuleNames>): Method {
  const { drop, redistribute, grow } = names;
  if (drop === undefined && redistribute === undefined && grow === undefined) return method;
  if (method.update === undefined) {
    throw expected('a method that updates its topology where rules are named', method.name, 'choose set, for example');
  }
  return {
    ...method,
    update: {
      drop: drop === undefined ? method.update.drop : drops.find(drop),
      redistribute: redistribute === undefined ? method.update.redistribute : redistributions.find(redistribute),
      grow: grow === undefined ? method.update.grow : growths.find(grow),
    },
  };
}
