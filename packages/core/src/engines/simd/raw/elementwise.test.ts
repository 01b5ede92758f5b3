import { describe, expect, it } from 'vitest';
import { expectClose, numbers, runtimesOfSeveralThreads, sameOnAll } from '../heap.testing.ts';
import { activate, fill, rowSums } from './elementwise.ts';

const runtimes = runtimesOfSeveralThreads();

describe.each([1, 4, 31, 33, 1000])('flat kernels over %i values', n => {
  it('fill writes the value everywhere', () => {
    const filled = sameOnAll(runtimes, (runtime, at) => {
      const address = at.dirty(4 * n);
      fill(runtime, address, n, 0.3);
      return runtime.heap.f32(address, n).slice();
    });
    expect(filled).toEqual(new Float32Array(n).fill(0.3));
  });

  it('write nothing past the end', () => {
    sameOnAll(runtimes, (runtime, at) => {
      const x = at.floats(numbers(n, 1));
      const y = at.floats(new Float32Array(n + 40).fill(7));
      fill(runtime, y, n, 1);
      activate(runtime, 'tanh', x, y, n);
      expect(runtime.heap.f32(y + 4 * n, 40).every(value => value === 7)).toBe(true);
    });
  });
});

describe('rowSums', () => {
  it.each([
    [1, 1],
    [5, 16],
    [7, 20],
    [9, 77],
  ])('of [%i, %i]', (features, columns) => {
    const values = numbers(features * columns, columns);
    const sums = sameOnAll(runtimes, (runtime, at) => {
      const address = at.dirty(4 * features);
      rowSums(runtime, at.tiles(features, columns, values), address);
      return runtime.heap.f32(address, features).slice();
    });
    const wanted = Array.from({ length: features }, (_, f) => {
      return values.subarray(f * columns, (f + 1) * columns).reduce((sum, value) => sum + value, 0);
    });
    expectClose(sums, wanted, 0, 1e-6 * columns, 'sums');
  });
});

describe('activations', () => {
  const functions = {
    exp: (x: number) => Math.exp(x),
    sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
    tanh: (x: number) => Math.tanh(x),
  };
  // Dense in all magnitudes from 1e-20 to 87, both signs, and a fine grid where the branches of tanh meet.
  const arguments_ = Float32Array.from([
    ...Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 87 * 10 ** ((-22 * i) / 4000)),
    ...Array.from({ length: 8001 }, (_, i) => (i - 4000) / 46),
    ...Array.from({ length: 201 }, (_, i) => 0.625 + (i - 100) * 2 ** -20),
    0,
    -0,
  ]);

  it.each(['exp', 'sigmoid', 'tanh'] as const)('%s is within 3e-7 of float64', name => {
    const result = sameOnAll(runtimes, (runtime, at) => {
      const address = at.floats(arguments_);
      activate(runtime, name, address, address, arguments_.length);
      return runtime.heap.f32(address, arguments_.length).slice();
    });
    arguments_.forEach((x, i) => {
      const clamped = Math.max(-87, Math.min(87, x));
      const wanted = functions[name](name === 'tanh' ? x : clamped);
      const off = Math.abs(result[i] - wanted) / (wanted === 0 ? 1 : Math.abs(wanted));
      if (!(off < 3e-7)) expect.fail(`${name}(${x}) is ${result[i]}, expected ${wanted}: off by ${off}`);
    });
  });

  it('hand on NaN, and are finite and normal at both infinities', () => {
    const extremes = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const of = (name: keyof typeof functions) =>
      sameOnAll(runtimes, (runtime, at) => {
        const address = at.floats(extremes);
        activate(runtime, name, address, address, 3);
        return [...runtime.heap.f32(address, 3)];
      });
    for (const name of ['exp', 'sigmoid', 'tanh'] as const) {
      const [nan, high, low] = of(name);
      expect(nan).toBe(Number.NaN);
      expectClose([high, low], [functions[name](87), functions[name](-87)], 3e-7, 0, name);
      expect(name !== 'exp' && Math.abs(high) > 1).toBe(false);
    }
  });
});
