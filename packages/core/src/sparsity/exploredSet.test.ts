import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExploredSet } from './exploredSet.ts';

const ascending = (values: Iterable<number>) => Uint32Array.from(new Set(values)).sort();
const even = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + 2 * i);

test('it holds what was added, once', () => {
  const set = new ExploredSet(300, 1000);
  set.add(Uint32Array.of(0, 65535, 65536, 299_999));
  set.add(Uint32Array.of(0, 7, 65536));
  expect(set.size).toBe(5);
  expect(set.share).toBe(5 / 300_000);
  for (const index of [0, 7, 65535, 65536, 299_999]) expect(set.has(index)).toBe(true);
  for (const index of [1, 65534, 65537, 131_072]) expect(set.has(index)).toBe(false);
});

test('it is the union of all that was added, through every form of a chunk', () => {
  const batch = fc.record({ start: fc.nat(140_000), step: fc.integer({ min: 1, max: 40 }), count: fc.nat(6000) });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 6 }), batches => {
      const set = new ExploredSet(500, 300);
      const union = new Set<number>();
      for (const { start, step, count } of batches) {
        const indices = Array.from({ length: count }, (_, i) => start + i * step).filter(i => i < 150_000);
        set.add(Uint32Array.from(indices));
        for (const index of indices) union.add(index);
      }
      expect(set.size).toBe(union.size);
      const looked = Array.from({ length: Math.ceil(150_000 / 97) }, (_, k) => 97 * k);
      expect(looked.filter(index => set.has(index))).toEqual(looked.filter(index => union.has(index)));
      const restored = ExploredSet.restore(set.serialise());
      expect(restored.size).toBe(union.size);
      expect(Buffer.compare(restored.serialise(), set.serialise())).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('a chunk takes 2 bytes a position up to 4,096 positions, and 8 KiB above', () => {
  const set = new ExploredSet(256, 256);
  set.add(even(0, 4096));
  expect(set.bytes).toBe(8192);
  set.add(Uint32Array.of(1));
  expect(set.bytes).toBe(8192);
  set.add(Uint32Array.from({ length: 65536 }, (_, i) => i));
  expect(set.bytes).toBe(8192);
  expect(set.size).toBe(65536);
});

test('nothing near rows x cols is held for a few positions of a large matrix', () => {
  const set = new ExploredSet(60_000, 60_000);
  set.add(Uint32Array.of(5, 3_599_999_999));
  expect(set.size).toBe(2);
  expect(set.bytes).toBe(4);
  expect(set.has(3_599_999_999)).toBe(true);
});

test('equal sets serialise to equal bytes, whatever the order of additions', () => {
  const a = new ExploredSet(300, 1000);
  const b = new ExploredSet(300, 1000);
  const parts = [even(0, 3000), even(1, 3000), even(70_000, 10), even(200_001, 5000)];
  for (const part of parts) a.add(part);
  for (const part of parts.toReversed()) b.add(part);
  expect(Buffer.compare(a.serialise(), b.serialise())).toBe(0);
  expect(a.serialise().length).toBe(8 + 5 * 4 + a.bytes);
});

test('adding after restoring goes on as without', () => {
  const set = new ExploredSet(300, 1000);
  set.add(even(0, 4500));
  const restored = ExploredSet.restore(set.serialise());
  for (const each of [set, restored]) each.add(ascending([3, 9001, 299_998]));
  expect(restored.size).toBe(set.size);
  expect(Buffer.compare(restored.serialise(), set.serialise())).toBe(0);
});

test('cut, longer or inconsistent bytes are refused', () => {
  const set = new ExploredSet(300, 300);
  set.add(Uint32Array.of(1, 2, 3, 80_000));
  const bytes = set.serialise();
  for (let length = 0; length < bytes.length; length++)
    expect(() => ExploredSet.restore(bytes.subarray(0, length))).toThrow('the data is damaged');
  expect(() => ExploredSet.restore(Uint8Array.from([...bytes, 0]))).toThrow('the data is damaged');
  const swapped = bytes.slice();
  [swapped[12], swapped[14]] = [swapped[14], swapped[12]];
  expect(() => ExploredSet.restore(swapped)).toThrow('in order');
  const outside = bytes.slice();
  new DataView(outside.buffer).setUint16(outside.length - 2, 65535, true);
  expect(() => ExploredSet.restore(outside)).toThrow('below 24464');
});

test('a bitmap whose bits do not match its count is refused', () => {
  const set = new ExploredSet(256, 256);
  set.add(even(0, 5000));
  const bytes = set.serialise();
  bytes[100] ^= 1;
  expect(() => ExploredSet.restore(bytes)).toThrow('expected 5000 explored positions');
});

test('an index outside the matrix is an error', () => {
  expect(() => new ExploredSet(256, 256).add(Uint32Array.of(65536))).toThrow('65536 is outside 256 x 256');
});
