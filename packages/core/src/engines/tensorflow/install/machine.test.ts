import { afterEach, describe, expect, it, vi } from 'vitest';
import { thisMachine } from './machine.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('this machine', () => {
  it('runs programs: their output, exit code, absence, and the end of their time', async () => {
    const node = (program: string, more = {}) => thisMachine.run(process.execPath, ['-e', program], more);
    expect(await node('console.log(1); console.error(2); process.exit(3)')).toEqual({ status: 3, output: '1\n2' });
    expect(await thisMachine.run('no-such-program', [])).toEqual({
      status: undefined,
      output: 'no program no-such-program',
    });
    expect(await node('setTimeout(() => {}, 60000)', { timeoutMs: 300 })).toMatchObject({ status: undefined });
    expect(await node('console.log(process.env.ADDED)', { env: { ADDED: 'yes' } })).toMatchObject({ output: 'yes' });
  });

  it('gives up on a host that does not answer', async () => {
    const begun = performance.now();
    expect(await thisMachine.answers('http://127.0.0.1:1/', 2000)).toBe(false);
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      (_url, init) =>
        new Promise((_, reject) => init!.signal!.addEventListener('abort', () => reject(new Error('time')))),
    );
    expect(await thisMachine.answers('http://silent/', 100)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(4000);
  });
});
