import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** In a process of its own: V8's flags hold for the whole process. */
function digest(mode: 'wide' | 'narrow'): string {
  const script = fileURLToPath(new URL('wideVectors.testing.ts', import.meta.url));
  const options = ['--experimental-transform-types', '--no-warnings'];
  return execFileSync(process.execPath, [...options, script, mode], { encoding: 'utf8' }).trim();
}

test('vectors of 256 bits change no bit of any result', () => {
  const narrow = digest('narrow');
  expect(narrow).toMatch(/^[0-9a-f]{64}$/);
  expect(digest('wide')).toBe(narrow);
});
