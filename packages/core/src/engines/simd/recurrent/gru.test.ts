import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRU_CASES } from '../../../ops/sparseGru/cases.ts';
import { GRU_GATES } from '../../../ops/sparseGru/contract.ts';
import { referenceGruBackward, referenceGruForward } from '../../../ops/sparseGru/reference.ts';
import { Runtime } from '../runtime.ts';
import { gruBackward, gruForward } from './gru.ts';
import { checkLayer, gatesOnly, randomProblem, runLayer, type TestedLayer } from './layer.testing.ts';

const GRU: TestedLayer = {
  gates: GRU_GATES.length,
  states: ['h0'],
  biases: ['bias', 'recurrentBias'],
  forward: gruForward,
  backward: gruBackward,
  referenceForward: referenceGruForward,
  referenceBackward: referenceGruBackward,
};

const THREADS = [1, 2, 4];
let runtimes: Runtime[];

beforeAll(() => {
  runtimes = THREADS.map(threads => Runtime.create({ threads, memoryBytes: 2 ** 26 }));
});

afterAll(async () => {
  await Promise.all(runtimes.map(runtime => runtime.dispose()));
});

describe.each(GRU_CASES)('gru layer: $name', testCase => {
  it('equals the reference, in every bit the same on 1, 2 and 4 threads and with any padding', () => {
    checkLayer(runtimes, GRU, testCase);
  });
});

describe('gru layer, numerically', () => {
  it('keeps a state bit by bit while the update gate is shut', () => {
    const h0 = Float32Array.of(0.3, -0.7, 1e-10, 5);
    const problem = gatesOnly(GRU, h0.length, [0, 100, 0]);
    problem.states.h0.set(h0);
    expect(runLayer(runtimes[0], GRU, problem).hLast).toEqual(h0);
  });

  it('keeps denormals out of the state and of all gradients', () => {
    const problem = gatesOnly(GRU, 4, [-80, 0, 1e-20]);
    problem.states.h0.set([1e-37, 1e-20, 0.5, -1e-30]);
    problem.dLast.dhLast.set([1e-31, 1e-20, 1e-28, 1e-37]);
    problem.dy.fill(0);
    for (const [name, values] of Object.entries(runLayer(runtimes[0], GRU, problem))) {
      const denormal = values.find(value => value !== 0 && Math.abs(value) < 2 ** -126);
      expect(denormal, name).toBeUndefined();
    }
  });

  it('lets NaN through, in the columns it came in', () => {
    const shape = { inputs: 3, hidden: 2, steps: 2, batch: 6 };
    const problem = randomProblem({ name: 'NaN', shape, wx: null, wh: null, sequences: true }, GRU);
    problem.x[1] = Number.NaN;
    const { y, hLast, dx, dbias, drecurrentBias } = runLayer(runtimes[1], GRU, problem);
    for (const [values, columns] of [
      [y, 12],
      [hLast, 6],
      [dx, 12],
    ] as const) {
      values.forEach((value, k) => {
        expect(Number.isNaN(value), `column ${k % columns}`).toBe(k % columns === 1 || k % columns === 7);
      });
    }
    expect([...dbias, ...drecurrentBias].every(Number.isNaN)).toBe(true);
  });
});
