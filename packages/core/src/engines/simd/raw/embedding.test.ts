import { describe, expect, it } from 'vitest';
import { expectClose, numbers, runtimesOfSeveralThreads, sameOnAll, valuesOf } from '../heap.testing.ts';
import { embeddingGather, embeddingScatter } from './embedding.ts';

const runtimes = runtimesOfSeveralThreads();

describe('embedding', () => {
  const shapes = [
    [1, 1, 1],
    [3, 4, 16],
    [5, 7, 17],
    [30, 8, 20],
    [7, 33, 33],
    [11, 30, 70],
  ];
  const cases = shapes.flatMap(([rows, dimensions, tokens]) => {
    return (['row-major', 'tiles'] as const).map(form => ({ rows, dimensions, tokens, form }));
  });

  it.each(cases)('gathers rows as columns, and adds up columns by row: %j', ({ rows, dimensions, tokens, form }) => {
    const table = numbers(rows * dimensions, rows);
    const dx = numbers(dimensions * tokens, tokens);
    // Neighbours share rows, and some rows have no token.
    const ids = Int32Array.from({ length: tokens }, (_, n) => (Math.floor(n / 2) * 5) % rows);
    const { x, gradient } = sameOnAll(runtimes, (runtime, at) => {
      const place = (values?: Float32Array) => {
        if (form === 'tiles') return at.tiles(dimensions, tokens, values);
        const address = values === undefined ? at.dirty(4 * dimensions * tokens) : at.floats(values);
        return { address, features: dimensions, columns: tokens, width: tokens };
      };
      const result = place();
      const idsAddress = at.ints(ids);
      embeddingGather(runtime, at.floats(table), idsAddress, result);
      const gradientAddress = at.dirty(4 * rows * dimensions);
      embeddingScatter(runtime, place(dx), idsAddress, gradientAddress, rows);
      return {
        x:
          form === 'tiles'
            ? valuesOf(runtime, { ...at.tiles(dimensions, tokens, []), address: result.address })
            : runtime.heap.f32(result.address, dimensions * tokens).slice(),
        gradient: runtime.heap.f32(gradientAddress, rows * dimensions).slice(),
      };
    });
    const wanted = new Float64Array(rows * dimensions);
    for (let e = 0; e < dimensions; e++) {
      for (let n = 0; n < tokens; n++) {
        expect(x[e * tokens + n]).toBe(table[ids[n] * dimensions + e]);
        wanted[ids[n] * dimensions + e] += dx[e * tokens + n];
      }
    }
    expectClose(gradient, wanted, 0, 1e-6 * tokens, 'gradient');
  });
});
