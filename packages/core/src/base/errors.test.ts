import { expect, test } from 'vitest';
import { expected, InputError } from './errors.ts';

test('the message says what was expected, what came and what to do', () => {
  const error = expected('a density in (0, 1]', 2, 'use 1 for a dense matrix');
  expect(error).toBeInstanceOf(InputError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('InputError');
  expect(error.message).toBe('expected a density in (0, 1], got 2; use 1 for a dense matrix');
});

test('strings are quoted, so that an empty one can be seen', () => {
  expect(expected('a name', '').message).toBe('expected a name, got ""');
});

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [Number.NaN, 'NaN'],
  [[1, 2], '[1,2]'],
  [{ rows: 2 }, '{"rows":2}'],
  [new Float32Array(3), 'Float32Array of 12 bytes'],
])('%o is shown as %s', (value, shown) => {
  expect(expected('x', value).message).toBe(`expected x, got ${shown}`);
});

test('a long value is cut and its length given', () => {
  expect(expected('a name', 'a'.repeat(100)).message).toMatch(/^expected a name, got "a{79}\.\.\. \(102 characters\)$/);
});
