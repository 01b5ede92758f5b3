import { expect, it, onTestFinished, vi } from 'vitest';
import { Heap } from './heap.ts';
import { Runtime } from './runtime.ts';

it.each([8 * 2 ** 30, 2 ** 20 - 1, 0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  'refuses a memory of %s bytes',
  bytes => {
    expect(() => Runtime.create({ threads: 1, memoryBytes: bytes })).toThrow(
      expect.objectContaining({
        name: 'InputError',
        message: `expected memoryBytes from 1048576 (1 MiB) to 4294967296 (4 GiB), got ${bytes}; leave it out for 2 GiB`,
      }),
    );
  },
);

it('rounds the memory that is asked for up to whole pages of 64 KiB', async () => {
  for (const bytes of [2 ** 20, 2 ** 20 + 1, 2 ** 32]) {
    const runtime = Runtime.create({ threads: 1, memoryBytes: bytes });
    expect(runtime.heap.memory.buffer.byteLength).toBe(Math.ceil(bytes / 65536) * 65536);
    await runtime.dispose();
  }
});

/** A machine that grants shared memories of so many bytes at most. */
function grantAtMost(bytes: number): void {
  const { Memory } = WebAssembly;
  const spy = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function allocate({ initial, ...rest }) {
    if (initial * 65536 > bytes) throw new RangeError('could not allocate memory');
    return new Memory({ initial, ...rest });
  });
  onTestFinished(() => spy.mockRestore());
}

it('where the machine does not grant what was asked for, says so; of the default it takes half as often as it must', async () => {
  grantAtMost(2 ** 29);
  expect(() => Runtime.create({ threads: 1, memoryBytes: 2 ** 30 })).toThrow(
    expect.objectContaining({
      name: 'InputError',
      message:
        'expected 1073741824 bytes of shared memory, got "could not allocate memory"; set memoryBytes to less, or allow the ' +
        'process more virtual memory (ulimit -v)',
    }),
  );
  const runtime = Runtime.create({ threads: 1 });
  expect(runtime.heap.memory.buffer.byteLength).toBe(2 ** 29);
  await runtime.dispose();
});

it('a machine that grants next to nothing is an error by default, too', () => {
  grantAtMost(2 ** 20);
  expect(() => Runtime.create({ threads: 1 })).toThrow('expected 67108864 bytes of shared memory, got');
});

it('a full heap says what helps: more memory, unless it has all that there can be', () => {
  const full = (bytes: number) => () =>
    new Heap({ buffer: { byteLength: bytes } } as WebAssembly.Memory).allocate(2 ** 33);
  const what = (bytes: number) =>
    `The simd engine's memory is full: 8589934592 more bytes were asked for, 0 of ${bytes} are in use. `;
  expect(full(2 ** 31)).toThrow(
    `${what(2 ** 31)}Use a smaller model or batch; a program may give createEngine more memoryBytes, up to 4 GiB.`,
  );
  expect(full(2 ** 32)).toThrow(`${what(2 ** 32)}It cannot have more: use a smaller model or batch.`);
});
