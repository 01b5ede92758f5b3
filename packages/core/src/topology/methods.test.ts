import { expect, test } from 'vitest';
import { checkMethod, findMethod, METHODS, methodNames, registerMethod } from './methods.ts';
import { composeMethod } from './rules.ts';

test('a method is found by its name', () => {
  expect(methodNames()).toEqual([...METHODS.keys()]);
  for (const name of ['dense', 'static', 'set']) expect(findMethod(name).name).toBe(name);
});

test('an unknown name is an error that lists the valid ones', () => {
  expect(() => findMethod('Set')).toThrow(`expected a method: ${methodNames().join(', ')}, got "Set"`);
});

test('registering a name twice is an error', () => {
  expect(() => registerMethod(findMethod('set'))).toThrow(
    'expected a method name that is not registered yet, got "set"; choose another name',
  );
});

const rules: Record<string, [drop: string, redistribute: string, grow: string]> = {
  set: ['set', 'none', 'random'],
  deepr: ['zero', 'none', 'random'],
  dsr: ['threshold', 'nonzeros', 'random'],
  snfs: ['magnitude', 'momentum', 'momentum'],
  rigl: ['magnitude', 'none', 'gradient'],
  selfish: ['magnitude', 'none', 'random'],
  hyper: ['global-magnitude', 'nonzeros', 'random'],
};

test.each(Object.keys(rules))('%s is made of the rules that docs/method.md lists', name => {
  const { update, dense, startsDense } = findMethod(name);
  expect([update!.drop.name, update!.redistribute.name, update!.grow.name]).toEqual(rules[name]);
  expect([dense, startsDense]).toEqual([false, false]);
});

test('no other method grows, and no method both updates and prunes', () => {
  const all = [...METHODS.values()];
  const names = (some: typeof all) => some.map(({ name }) => name);
  expect(names(all.filter(({ update }) => update))).toEqual(Object.keys(rules));
  expect(names(all.filter(({ prune }) => prune))).toEqual(['gmp', 'snip']);
  expect(names(all.filter(({ dense }) => dense))).toEqual(['dense', 'dense-small']);
  expect(names(all.filter(({ startsDense }) => startsDense))).toEqual(['dense', 'dense-small', 'gmp', 'snip']);
  expect(names(all.filter(({ small }) => small))).toEqual(['dense-small']);
  expect(names(all.filter(({ rewire }) => rewire))).toEqual(['deepr']);
});

test('the settings that papers prescribe', () => {
  const settings = [...METHODS.values()].flatMap(method => (method.settings ? [[method.name, method.settings]] : []));
  expect(Object.fromEntries(settings)).toEqual({
    deepr: { growStd: 1e-3 },
    selfish: { optimizer: 'snt-asgd', gates: 'free', schedule: 'cosine', endRate: 0.005 },
    hyper: { distribution: 'er' },
  });
});

test('gmp follows the cubic schedule of the paper, written of sparsity', () => {
  const { density } = findMethod('gmp').prune!;
  for (const [target, progress] of [
    [0.1, 0.25],
    [0.33, 0.9],
    [1, 0.5],
  ]) {
    const final = 1 - target;
    expect(1 - density(target, progress)).toBeCloseTo(final + (0 - final) * (1 - progress) ** 3, 14);
  }
  expect([density(0.3, 0), density(0.3, 1)]).toEqual([1, 0.3]);
});

test('a method that reads a smoothed gradient is refused with an optimizer that has none', () => {
  for (const optimizer of ['sgd', 'nt-asgd', 'snt-asgd'])
    expect(() => checkMethod(findMethod('snfs'), { optimizer })).toThrow(
      `expected an optimizer with a smoothed gradient, which snfs reads, got "${optimizer}"; choose momentum or adam`,
    );
  for (const optimizer of ['momentum', 'adam']) checkMethod(findMethod('snfs'), { optimizer });
  const [share, grow] = [
    composeMethod({ drop: 'set', redistribute: 'momentum', grow: 'random' }),
    composeMethod({ drop: 'set', redistribute: 'none', grow: 'momentum' }),
  ];
  for (const method of [share, grow]) expect(() => checkMethod(method, { optimizer: 'sgd' })).toThrow('expected');
  for (const method of METHODS.values())
    if (method.name !== 'snfs') checkMethod(method, { optimizer: 'sgd', growStd: 0.1 });
});

test('deepr is refused where new weights start at 0, since they would be out of use', () => {
  expect(() => checkMethod(findMethod('deepr'), { optimizer: 'sgd' })).toThrow(
    'expected new weights of a standard deviation above 0, as a weight that is 0 is dormant under deepr, got 0; ' +
      'set growStd to 0.001, for example',
  );
});
