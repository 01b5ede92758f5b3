import { expect, test } from 'vitest';
import { findMethod, METHODS, methodNames, registerMethod } from './methods.ts';

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

test('static never updates, and dense alone is dense', () => {
  expect(findMethod('static').update).toBeUndefined();
  expect(findMethod('dense').update).toBeUndefined();
  expect([...METHODS.values()].filter(method => method.dense).map(method => method.name)).toEqual(['dense']);
});

test('set is made of drop set, redistribute none, grow random', () => {
  const { drop, redistribute, grow } = findMethod('set').update!;
  expect([drop.name, redistribute.name, grow.name]).toEqual(['set', 'none', 'random']);
});
