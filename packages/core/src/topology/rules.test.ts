import { expect, test } from 'vitest';
import {
  composeMethod,
  DROP_RULES,
  GROW_RULES,
  REDISTRIBUTE_RULES,
  registerDropRule,
  registerGrowRule,
  registerRedistributeRule,
} from './rules.ts';

test('the rules that docs/method.md lists are registered', () => {
  const drops = ['magnitude', 'magnitude-gate', 'global-magnitude', 'set', 'set-misread', 'threshold', 'zero'];
  expect([...DROP_RULES.keys()]).toEqual(drops);
  expect([...REDISTRIBUTE_RULES.keys()]).toEqual(['none', 'magnitude', 'nonzeros', 'momentum']);
  expect([...GROW_RULES.keys()]).toEqual(['random', 'gradient', 'momentum']);
  for (const rules of [DROP_RULES, REDISTRIBUTE_RULES, GROW_RULES])
    for (const [name, rule] of rules) expect(rule.name).toBe(name);
});

test('a method is composed of rules by their names', () => {
  const method = composeMethod({ drop: 'magnitude', redistribute: 'nonzeros', grow: 'gradient' });
  expect(method).toMatchObject({ name: 'magnitude+nonzeros+gradient', dense: false, startsDense: false });
  expect(method.update).toEqual({
    drop: DROP_RULES.get('magnitude'),
    redistribute: REDISTRIBUTE_RULES.get('nonzeros'),
    grow: GROW_RULES.get('gradient'),
  });
});

test('an unknown rule is an error that lists the valid ones', () => {
  const compose = (names: object) => () =>
    composeMethod({ drop: 'magnitude', redistribute: 'none', grow: 'random', ...names });
  expect(compose({ drop: 'largest' })).toThrow('expected a drop rule: magnitude, magnitude-gate, global-magnitude');
  expect(compose({ redistribute: 'all' })).toThrow('expected a redistribute rule: none, magnitude, nonzeros, momentum');
  expect(compose({ grow: 'rigl' })).toThrow('expected a grow rule: random, gradient, momentum, got "rigl"');
});

test('registering a rule twice is an error', () => {
  expect(() => registerDropRule(DROP_RULES.get('set')!)).toThrow(
    'expected a drop rule name that is not registered yet, got "set"; choose another name',
  );
  expect(() => registerGrowRule(GROW_RULES.get('random')!)).toThrow('expected a grow rule name that is not');
  expect(() => registerRedistributeRule(REDISTRIBUTE_RULES.get('none')!)).toThrow('expected a redistribute rule name');
});
