import { type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { rng } from '../base/philox.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { Engine } from '../engines/engine.ts';
import { randomTopology } from '../sparsity/initial.ts';
import type { Layout } from '../sparsity/layout.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { walkDraw } from './rewire.ts';

const OPTIONS = { shrink: 0.03, noise: 0.2 };
const STEPS = 5;

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

const stream = rng(4, 'rewire');
// Several panels of the simd engine, whose order is then not the canonical one.
const topology = randomTopology(37, 2500, 30_001, stream);
const signs = Float32Array.from(topology.indices, () => (stream.float() < 0.5 ? -1 : 1));
const start = signs.map(sign => sign * stream.float());

function rewireSteps(on: Engine, w: Tensor, sign: Tensor, layout?: Layout): void {
  for (let step = 0; step < STEPS; step++) on.rewire(w, sign, { ...OPTIONS, layout, key: [step, 77] });
}

/** The steps on a sparse matrix, the result in canonical order. */
async function walk(name: string, threads: number): Promise<Float32Array> {
  engine = await startEngine(name, threads);
  const matrix = new SparseMatrix(engine, topology, start);
  const sign = matrix.toVariable(signs);
  expect(name === 'simd' && Object.is(sign.dataSync().join(), signs.join())).toBe(false);
  rewireSteps(engine, matrix.values, sign, matrix.layout);
  const walked = matrix.toCanonical(matrix.values);
  matrix.dispose();
  sign.dispose();
  await engine.dispose();
  engine = undefined;
  return walked;
}

describe('the draws of the random walk', () => {
  it('are uniform in (-sqrt 3, sqrt 3), of mean 0 and variance 1', () => {
    const count = 100_000;
    const draws = Float64Array.from({ length: count }, (_, place) => walkDraw(place, [3, 4]));
    const mean = (f: (u: number) => number) => draws.reduce((sum, u) => sum + f(u), 0) / count;
    const root = Math.sqrt(3);
    expect(draws.every(u => Math.abs(u) < root && u !== 0)).toBe(true);
    // Five standard deviations each; u^2 of a uniform u has the variance 4/5.
    expect(Math.abs(mean(u => u))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(mean(u => u * u) - 1)).toBeLessThan(5 * Math.sqrt(0.8 / count));
    for (let tenth = 0; tenth < 10; tenth++) {
      const [low, high] = [tenth, tenth + 1].map(edge => root * (edge / 5 - 1));
      expect(Math.abs(mean(u => (u >= low && u < high ? 1 : 0)) - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / count));
    }
  });

  it('differ from key to key and from place to place', () => {
    const draws = [0, 1, 2, 3, 4, 2 ** 32 - 1].flatMap(place => [walkDraw(place, [1, 2]), walkDraw(place, [2, 1])]);
    expect(new Set(draws).size).toBe(draws.length);
  });
});

describe('rewire', () => {
  it.each(ENGINES)('engine %s: w += noise * u - shrink * sign, and 0 where the sign would change', async name => {
    engine = await startEngine(name);
    const wanted = [...start];
    for (let step = 0; step < STEPS; step++) {
      for (let place = 0; place < wanted.length; place++) {
        wanted[place] += OPTIONS.noise * walkDraw(place, [step, 77]) - OPTIONS.shrink * signs[place];
        if (signs[place] * wanted[place] < 0) wanted[place] = 0;
      }
    }
    const [w, sign] = [start, signs].map(values => tensor1d(values));
    rewireSteps(engine, w, sign);
    const walked = w.dataSync();
    assertClose('w', walked, wanted, name);
    // What has crossed is exactly zero, which is how a topology update finds it.
    expect([...walked].map(value => value === 0)).toEqual(wanted.map(value => value === 0));
    expect(wanted.filter(value => value === 0).length).toBeGreaterThan(300);
    for (const tensor of [w, sign]) tensor.dispose();
  });

  it.each(ENGINES)(
    'engine %s gives every weight the noise of its canonical rank: the same ones end at zero',
    async name => {
      const cpu = await walk('cpu', 1);
      const other = await walk(name, 2);
      assertClose('w', other, cpu, name);
      expect([...other].map(value => value === 0)).toEqual([...cpu].map(value => value === 0));
    },
  );

  it('gives the same bits for 1, 2 and 4 threads', async () => {
    const one = await walk('simd', 1);
    for (const threads of [2, 4]) expect(await walk('simd', threads)).toEqual(one);
  });

  it.each(ENGINES)('engine %s: without noise and penalty a weight of the right sign stays as it is', async name => {
    engine = await startEngine(name);
    const [w, sign] = [
      [0.5, -0.25, 0, 1],
      [1, -1, 1, -1],
    ].map(values => tensor1d(values));
    engine.rewire(w, sign, { shrink: 0, noise: 0, key: [1, 1] });
    expect([...w.dataSync()]).toEqual([0.5, -0.25, 0, 0]);
    for (const tensor of [w, sign]) tensor.dispose();
  });
});
