import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numbers, runtimesOfSeveralThreads } from './heap.testing.ts';
import { PanelLayout } from './panelLayout.ts';

const runtimes = runtimesOfSeveralThreads();
const [runtime] = runtimes;

/** Some of the positions of a matrix. */
const topologies = fc
  .record({ rows: fc.integer({ min: 1, max: 30 }), cols: fc.integer({ min: 1, max: 900 }) })
  .chain(({ rows, cols }) =>
    fc
      .uniqueArray(fc.nat(rows * cols - 1), { maxLength: 300 })
      .map(flat => ({ rows, cols, indices: Uint32Array.from(flat).sort() })),
  );

test('the topology and any values come back in canonical order', () => {
  fc.assert(
    fc.property(topologies, topology => {
      const layout = new PanelLayout(runtime, topology);
      const canonical = numbers(layout.nnz, 1);
      const own = layout.fromCanonical(canonical);
      expect(layout.readIndices()).toEqual(topology.indices);
      expect(layout.toCanonical(own)).toEqual(canonical);
      expect([...own].sort()).toEqual([...canonical].sort());
      layout.dispose();
    }),
  );
});

test('disposing gives all memory back, with and without the second copy', () => {
  const before = runtime.heap.bytesInUse;
  const topology = { rows: 40, cols: 600, indices: Uint32Array.from({ length: 1000 }, (_, k) => 24 * k) };
  new PanelLayout(runtime, topology).dispose();
  expect(runtime.heap.bytesInUse).toBe(before);
  const layout = new PanelLayout(runtime, topology);
  const values = runtime.heap.allocate(4 * layout.nnz);
  layout.refreshTransposed(values);
  layout.dispose();
  runtime.heap.release(values);
  expect(runtime.heap.bytesInUse).toBe(before);
});

test.each([0.01, 0.05, 0.1, 0.33])('at density %d a nonzero takes less than 24 bytes, all told', density => {
  const [rows, cols] = [2000, 500];
  const keep = numbers(rows * cols, 9);
  const indices = Uint32Array.from([...keep.keys()].filter(at => (keep[at] + 1) / 2 < density));
  const before = runtime.heap.bytesInUse;
  const layout = new PanelLayout(runtime, { rows, cols, indices });
  const [values, gradient] = [0, 1].map(() => runtime.heap.allocate(4 * layout.nnz));
  layout.refreshTransposed(values);
  expect((runtime.heap.bytesInUse - before) / layout.nnz).toBeLessThan(24);
  // Each array is rounded up to 128 bytes.
  expect(Math.abs(runtime.heap.bytesInUse - before - layout.bytes - 8 * layout.nnz)).toBeLessThan(2000);
  layout.dispose();
  for (const block of [values, gradient]) runtime.heap.release(block);
});

test('indices that are out of order, repeated or out of range are refused, and so is a wrong number of values', () => {
  const before = runtime.heap.bytesInUse;
  const build = (...indices: number[]) =>
    new PanelLayout(runtime, { rows: 2, cols: 3, indices: Uint32Array.from(indices) });
  expect(() => build(1, 0)).toThrow('strictly ascending indices below 6, got 0 at place 1 after 1');
  expect(() => build(2, 2)).toThrow('got 2 at place 1 after 2');
  expect(() => build(6)).toThrow('strictly ascending indices below 6, got 6 at place 0');
  expect(() => new PanelLayout(runtime, { rows: 0, cols: 3, indices: new Uint32Array() })).toThrow('got [0, 3]');
  expect(runtime.heap.bytesInUse).toBe(before);
  const layout = build(1, 4);
  expect(() => layout.toCanonical(new Float32Array(3))).toThrow('expected 2 values, one per nonzero, got 3');
  expect(() => layout.fromCanonical(new Float32Array(1))).toThrow('expected 2 values, one per nonzero, got 1');
  layout.dispose();
});
