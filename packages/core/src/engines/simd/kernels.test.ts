import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KERNELS } from './kernels.ts';

it('numbers the kernels as assembly/index.ts does', () => {
  const source = readFileSync(new URL('../../../assembly/index.ts', import.meta.url), 'utf8');
  const cases = [...source.matchAll(/case (\d+):\s+(\w+)\(args, thread, threads\);\s+break;/g)];
  const numbers = Object.fromEntries(cases.map(([, number, name]) => [name, Number(number)]));
  expect(numbers).toEqual(KERNELS);
  expect(cases.length).toBe(Object.keys(KERNELS).length);
});
