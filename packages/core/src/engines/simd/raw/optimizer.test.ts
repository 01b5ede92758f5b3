import { describe, expect, it } from 'vitest';
import { philox } from '../../../base/philox.ts';
import { expectClose, numbers, runtimesOfSeveralThreads, sameOnAll } from '../heap.testing.ts';
import { adamStep, asgdStep, momentumStep, rewireStep, sgdStep, sparseAsgdStep, sumSquares } from './optimizer.ts';

const runtimes = runtimesOfSeveralThreads();
const SIZES = [1, 3, 4, 31, 32, 33, 1000, 65_535, 131_077];
const STEPS = 3;

describe.each(SIZES)('optimizer kernels over %i values', n => {
  const w = numbers(n, 1);
  const g = numbers(n, 2);

  it('sums squares in float64', () => {
    const sum = sameOnAll(runtimes, (runtime, at) => sumSquares(runtime, at.floats(w), n));
    const wanted = w.reduce((total, value) => total + value * value, 0);
    expect(Math.abs(sum - wanted)).toBeLessThanOrEqual(1e-12 * wanted);
  });

  it('sgd', () => {
    const options = { rate: 0.7, scale: 0.3, decay: 0.01 };
    const result = sameOnAll(runtimes, (runtime, at) => {
      const address = at.floats(w);
      const gradient = at.floats(g);
      for (let step = 0; step < STEPS; step++) sgdStep(runtime, address, gradient, n, options);
      return runtime.heap.f32(address, n).slice();
    });
    const wanted = Float64Array.from(w);
    for (let step = 0; step < STEPS; step++) {
      for (let i = 0; i < n; i++) wanted[i] -= options.rate * (options.scale * g[i] + options.decay * wanted[i]);
    }
    expectClose(result, wanted, 1e-6, 1e-6, 'w');
  });

  it('momentum', () => {
    const options = { rate: 0.7, scale: 0.3, decay: 0.01, momentum: 0.9 };
    const result = sameOnAll(runtimes, (runtime, at) => {
      const [address, gradient, slot] = [at.floats(w), at.floats(g), at.floats(new Float32Array(n))];
      for (let step = 0; step < STEPS; step++) momentumStep(runtime, address, gradient, slot, n, options);
      return [runtime.heap.f32(address, n).slice(), runtime.heap.f32(slot, n).slice()];
    });
    const wanted = Float64Array.from(w);
    const slot = new Float64Array(n);
    for (let step = 0; step < STEPS; step++) {
      for (let i = 0; i < n; i++) {
        slot[i] = options.momentum * slot[i] + options.scale * g[i] + options.decay * wanted[i];
        wanted[i] -= options.rate * slot[i];
      }
    }
    expectClose(result[0], wanted, 1e-6, 2e-6, 'w');
    expectClose(result[1], slot, 1e-6, 1e-6, 'm');
  });

  it('adam', () => {
    const options = { rate: 0.02, scale: 0.5, decay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const corrections = (t: number) => ({ correction1: 1 - options.beta1 ** t, correction2: 1 - options.beta2 ** t });
    const result = sameOnAll(runtimes, (runtime, at) => {
      const [address, gradient] = [at.floats(w), at.floats(g)];
      const [m, v] = [at.floats(new Float32Array(n)), at.floats(new Float32Array(n))];
      for (let t = 1; t <= STEPS; t++) adamStep(runtime, address, gradient, m, v, n, { ...options, ...corrections(t) });
      return [address, m, v].map(array => runtime.heap.f32(array, n).slice());
    });
    const [wanted, m, v] = [Float64Array.from(w), new Float64Array(n), new Float64Array(n)];
    for (let t = 1; t <= STEPS; t++) {
      const { correction1, correction2 } = corrections(t);
      for (let i = 0; i < n; i++) {
        const gradient = options.scale * g[i] + options.decay * wanted[i];
        m[i] = options.beta1 * m[i] + (1 - options.beta1) * gradient;
        v[i] = options.beta2 * v[i] + (1 - options.beta2) * gradient ** 2;
        wanted[i] -= (options.rate * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + options.epsilon);
      }
    }
    expectClose(result[0], wanted, 1e-6, 1e-6, 'w');
    expectClose(result[1], m, 1e-6, 1e-7, 'm');
    expectClose(result[2], v, 2e-6, 1e-9, 'v');
  });

  it('asgd: one count for all, the first two averages are copies', () => {
    const options = { rate: 0.7, scale: 0.3, decay: 0.01 };
    const counts = [1, 2, 3, 4, 5, 1000];
    const result = sameOnAll(runtimes, (runtime, at) => {
      const [address, gradient, average] = [at.floats(w), at.floats(g), at.dirty(4 * n)];
      for (const count of counts) asgdStep(runtime, address, gradient, average, n, { ...options, count });
      return [address, average].map(array => runtime.heap.f32(array, n).slice());
    });
    const [wanted, mean] = [Float64Array.from(w), new Float64Array(n)];
    for (const count of counts) {
      for (let i = 0; i < n; i++) {
        wanted[i] -= options.rate * (options.scale * g[i] + options.decay * wanted[i]);
        mean[i] = count <= 2 ? wanted[i] : mean[i] + (wanted[i] - mean[i]) / (count - 1);
      }
    }
    expectClose(result[0], wanted, 2e-6, 2e-6, 'w');
    expectClose(result[1], mean, 1e-6, 1e-6, 'average');
  });

  it('sparse asgd: every weight counts for itself', () => {
    const options = { rate: 0.7, scale: 0.3, decay: 0.01 };
    const ages = Float32Array.from({ length: n }, (_, i) => [0, 1, 2, 3, 17, 0, 100_000][i % 7]);
    // What stands in the average of a weight without history must not be read.
    const before = numbers(n, 3).map((value, i) => (ages[i] < 2 ? Number.NaN : value));
    const result = sameOnAll(runtimes, (runtime, at) => {
      const [address, gradient, average, age] = [w, g, before, ages].map(values => at.floats(values));
      for (let step = 0; step < STEPS; step++) sparseAsgdStep(runtime, address, gradient, average, age, n, options);
      return [address, average, age].map(array => runtime.heap.f32(array, n).slice());
    });
    const [wanted, mean, counts] = [w, before, ages].map(values => Float64Array.from(values));
    for (let step = 0; step < STEPS; step++) {
      for (let i = 0; i < n; i++) {
        wanted[i] -= options.rate * (options.scale * g[i] + options.decay * wanted[i]);
        counts[i]++;
        mean[i] = counts[i] <= 2 ? wanted[i] : mean[i] + (wanted[i] - mean[i]) / (counts[i] - 1);
      }
    }
    expectClose(result[0], wanted, 1e-6, 1e-6, 'w');
    expectClose(result[1], mean, 1e-6, 1e-6, 'average');
    expectClose(result[2], counts, 0, 0, 'age');
  });

  it('rewire: shrinks, adds noise, and stops at zero what crosses it', () => {
    const options = { shrink: 0.05, noise: 0.2, key: [0xdeadbeef, 0x12345678] as const };
    const signs = numbers(n, 4).map(value => (value < 0 ? -1 : 1));
    const start = numbers(n, 5).map((value, i) => Math.abs(value) * signs[i]);
    const result = sameOnAll(runtimes, (runtime, at) => {
      const [address, sign] = [at.floats(start), at.floats(signs)];
      rewireStep(runtime, address, sign, n, options);
      return runtime.heap.f32(address, n).slice();
    });
    const wanted = start.map((value, i) => {
      const word = philox([i >> 2, 0, 0, 0], options.key)[i & 3];
      const u = Math.sqrt(3) * (2 * (((word >>> 8) + 0.5) / 2 ** 24) - 1);
      const moved = value + options.noise * u - options.shrink * signs[i];
      return moved * signs[i] < 0 ? 0 : moved;
    });
    expectClose(result, wanted, 1e-6, 1e-7, 'w');
    if (n > 100) expect(result.filter(value => value === 0).length / n).toBeCloseTo(0.1, 1);
  });
});

describe('what decays', () => {
  it('becomes zero before it becomes denormal', () => {
    const tiny = new Float32Array(7).fill(1.1e-30);
    const zero = new Float32Array(7);
    const results = sameOnAll(runtimes, (runtime, at) => {
      const [w, g, m, v] = [at.floats(tiny), at.floats(zero), at.floats(tiny), at.floats(tiny)];
      const rate = { rate: 1, scale: 1, decay: 0.1 };
      sgdStep(runtime, w, g, 7, rate);
      momentumStep(runtime, at.floats(zero), g, m, 7, { ...rate, decay: 0, momentum: 0.9 });
      const adam = { beta1: 0.9, beta2: 0.9, epsilon: 1e-8, correction1: 1, correction2: 1 };
      adamStep(runtime, at.floats(zero), g, at.floats(zero), v, 7, { ...rate, ...adam });
      return [w, m, v].map(array => runtime.heap.f32(array, 7).slice());
    });
    for (const result of results) expect(result).toEqual(zero);
  });

  it('becomes zero in averages as well', () => {
    const results = sameOnAll(runtimes, (runtime, at) => {
      const [g, tiny] = [at.floats(new Float32Array(7)), () => at.floats(new Float32Array(7).fill(1.1e-30))];
      const averages = [tiny(), tiny()];
      const options = { rate: 1, scale: 1, decay: 0 };
      asgdStep(runtime, at.floats(new Float32Array(7)), g, averages[0], 7, { ...options, count: 3 });
      const age = at.floats(new Float32Array(7).fill(2));
      sparseAsgdStep(runtime, at.floats(new Float32Array(7)), g, averages[1], age, 7, options);
      return averages.map(array => runtime.heap.f32(array, 7).slice());
    });
    for (const result of results) expect(result).toEqual(new Float32Array(7));
  });

  it('stays NaN if it is', () => {
    const results = sameOnAll(runtimes, (runtime, at) => {
      const [w, g] = [at.floats([Number.NaN, 1, 1]), at.floats([1, Number.NaN, Number.POSITIVE_INFINITY])];
      sgdStep(runtime, w, g, 3, { rate: 1, scale: 1, decay: 0 });
      return runtime.heap.f32(w, 3).slice();
    });
    expect([...results]).toEqual([Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY]);
  });
});

describe('the ages of weights', () => {
  it('are exact up to 2^24 and stay there', () => {
    const last = 2 ** 24;
    const ages = sameOnAll(runtimes, (runtime, at) => {
      const [w, g, average] = [1, 1, 1].map(() => at.floats(new Float32Array(5).fill(1)));
      const age = at.floats([0, 1, last - 2, last - 1, last]);
      sparseAsgdStep(runtime, w, g, average, age, 5, { rate: 0.1, scale: 1, decay: 0 });
      return runtime.heap.f32(age, 5).slice();
    });
    expect([...ages]).toEqual([1, 2, last - 1, last, last]);
  });
});

describe('the random walk', () => {
  it('of a weight that is NaN stays NaN', () => {
    const walked = sameOnAll(runtimes, (runtime, at) => {
      const [w, sign] = [at.floats([Number.NaN, 5, Number.NaN, -5, 5]), at.floats([1, 1, -1, -1, -1])];
      rewireStep(runtime, w, sign, 5, { shrink: 0.25, noise: 0, key: [1, 2] });
      return runtime.heap.f32(w, 5).slice();
    });
    expect([...walked]).toEqual([Number.NaN, 4.75, Number.NaN, -4.75, 0]);
  });
});
