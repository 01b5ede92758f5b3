import { describe, expect, it } from 'vitest';
import type { DropoutOptions } from '../../../ops/dropout/contract.ts';
import { dropout as reference } from '../../../ops/dropout/reference.ts';
import { expectClose, numbers, runtimesOfSeveralThreads, sameOnAll, valuesOf } from '../heap.testing.ts';
import { dropoutElementwise, dropoutLocked, dropoutWords } from './dropout.ts';

const runtimes = runtimesOfSeveralThreads();
const key = [0xdeadbeef, 0x12345678] as const;
const stream = 0x80000003;

interface Case {
  kind: DropoutOptions['kind'];
  form: 'row-major' | 'tiles' | 'tiles, in place';
  features: number;
  steps: number;
  batch: number;
  rate: number;
}

function run({ kind, form, features, steps, batch, rate }: Case, values: Float32Array, ids: Int32Array): Float32Array {
  const columns = steps * batch;
  return sameOnAll(runtimes, (runtime, at) => {
    const rows = form === 'row-major';
    const x = rows
      ? { address: at.floats(values), features, columns, width: columns }
      : at.tiles(features, columns, values);
    const y = form === 'tiles' ? at.tiles(features, columns) : form === 'row-major' ? at.dirty(4 * values.length) : x;
    const to = typeof y === 'number' ? y : y.address;
    const bits = { rate, key, stream };
    if (kind === 'elementwise') dropoutElementwise(runtime, x, to, bits);
    else if (kind === 'locked') dropoutLocked(runtime, x, to, batch, bits);
    else dropoutWords(runtime, x, at.ints(ids), to, bits);
    return rows
      ? runtime.heap.f32(to, values.length).slice()
      : valuesOf(runtime, { ...at.tiles(features, columns, []), address: to });
  });
}

describe('dropout', () => {
  const shapes = [
    [1, 1, 1],
    [9, 3, 5],
    [5, 4, 4],
    [7, 35, 20],
    [33, 3, 11],
    [6, 2, 31],
    [4, 5, 16],
  ];
  const cases: Case[] = [];
  for (const kind of ['elementwise', 'locked', 'word'] as const) {
    for (const form of ['row-major', 'tiles', 'tiles, in place'] as const) {
      shapes.forEach(([features, steps, batch], i) => {
        cases.push({ kind, form, features, steps, batch, rate: [0.5, 0.1, 0.65, 0.999][i % 4] });
      });
    }
  }

  it.each(cases)('drops what the reference drops, and scales the rest: %j', case_ => {
    const { kind, features, steps, batch, rate } = case_;
    const columns = steps * batch;
    // Away from zero, so that a dropped element can be told from a kept one.
    const values = numbers(features * columns, features + columns).map(value => value + Math.sign(value) * 0.1);
    const ids = Int32Array.from({ length: columns }, (_, n) => (n * 31) % 13);
    const wanted = reference(values, features, columns, { rate, kind, batch, key, stream }, ids);
    const result = run(case_, values, ids);
    const isDropped = (value: number) => value === 0;
    expect(Array.from(result, isDropped)).toEqual(Array.from(wanted, isDropped));
    expectClose(result, wanted, 3e-7, 0, 'y');
  });

  it('makes dropped elements zero even if they are NaN or infinite', () => {
    for (const kind of ['elementwise', 'locked', 'word'] as const) {
      const values = new Float32Array(40 * 20).map((_, at) => (at % 2 === 0 ? Number.NaN : Number.POSITIVE_INFINITY));
      const ids = Int32Array.from({ length: 20 }, (_, n) => n);
      const result = run({ kind, form: 'tiles', features: 40, steps: 1, batch: 20, rate: 0.5 }, values, ids);
      expect(result.includes(0)).toBe(true);
      expect(result).toEqual(values.map((value, at) => (result[at] === 0 ? 0 : value)));
    }
  });
});
