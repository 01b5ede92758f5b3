import { describe, expect, it } from 'vitest';
import { expectClose, numbers, runtimesOfSeveralThreads, sameOnAll } from '../heap.testing.ts';
import { adamStep, momentumStep, sgdStep, sumSquares } from './optimizer.ts';

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

  it('stays NaN if it is', () => {
    const results = sameOnAll(runtimes, (runtime, at) => {
      const [w, g] = [at.floats([Number.NaN, 1, 1]), at.floats([1, Number.NaN, Number.POSITIVE_INFINITY])];
      sgdStep(runtime, w, g, 3, { rate: 1, scale: 1, decay: 0 });
      return runtime.heap.f32(w, 3).slice();
    });
    expect([...results]).toEqual([Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY]);
  });
});
