import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LSTM_CASES } from '../../../ops/sparseLstm/cases.ts';
import { LSTM_GATES } from '../../../ops/sparseLstm/contract.ts';
import { referenceLstmBackward, referenceLstmForward } from '../../../ops/sparseLstm/reference.ts';
import { Runtime } from '../runtime.ts';
import { checkLayer, gatesOnly, type Problem, randomProblem, runLayer, type TestedLayer } from './layer.testing.ts';
import { lstmBackward, lstmForward } from './lstm.ts';

const LSTM: TestedLayer = {
  gates: LSTM_GATES.length,
  states: ['h0', 'c0'],
  biases: ['bias'],
  forward: lstmForward,
  backward: lstmBackward,
  referenceForward: referenceLstmForward,
  referenceBackward: referenceLstmBackward,
};

const THREADS = [1, 2, 4];
let runtimes: Runtime[];

beforeAll(() => {
  runtimes = THREADS.map(threads => Runtime.create({ threads, memoryBytes: 2 ** 26 }));
});

afterAll(async () => {
  await Promise.all(runtimes.map(runtime => runtime.dispose()));
});

describe.each(LSTM_CASES)('lstm layer: $name', testCase => {
  it('equals the reference, in every bit the same on 1, 2 and 4 threads and with any padding', () => {
    checkLayer(runtimes, LSTM, testCase);
  });
});

/** A layer without weights, one step, one unit per row of c0: its gates are the bias alone, the same for every unit. */
function lstmGates(c0: Float32Array, gates: [i: number, f: number, g: number, o: number]): Problem {
  const problem = gatesOnly(LSTM, c0.length, gates);
  problem.states.c0.set(c0);
  return problem;
}

describe('lstm layer, numerically', () => {
  it('computes tanh to a relative error of 3e-7, near 0 and in saturation as well', () => {
    const magnitudes = Float32Array.from({ length: 2000 }, (_, k) => 10 ** (-12 + k / 150));
    const c0 = Float32Array.from([...magnitudes, ...magnitudes.map(c => -c)]);
    // f = o = 1 and i = 0, but for what the clamped exponential leaves of it.
    const { y } = runLayer(runtimes[0], LSTM, lstmGates(c0, [-100, 100, 0, 100]));
    y.forEach((value, k) => {
      const wanted = Math.tanh(c0[k]);
      if (!(Math.abs(value - wanted) <= 3e-7 * Math.abs(wanted))) {
        expect.fail(`tanh(${c0[k]}): expected ${wanted}, got ${value}`);
      }
    });
  });

  it('keeps denormals out of the state and of all gradients', () => {
    const problem = lstmGates(Float32Array.of(1e-37, 1e-20, 0.5), [-80, -3, 0, -80]);
    problem.dLast.dhLast.fill(0);
    problem.dLast.dcLast.set([1e-31, 1e-20, 1e-28]);
    problem.dy.set([1e-10, 1e-30, 1e-37]);
    for (const [name, values] of Object.entries(runLayer(runtimes[0], LSTM, problem))) {
      const denormal = values.find(value => value !== 0 && Math.abs(value) < 2 ** -126);
      expect(denormal, name).toBeUndefined();
    }
  });

  it('lets NaN through, in the columns it came in', () => {
    const shape = { inputs: 3, hidden: 2, steps: 2, batch: 6 };
    const problem = randomProblem({ name: 'NaN', shape, wx: null, wh: null, sequences: true }, LSTM);
    problem.x[1] = Number.NaN;
    const { y, cLast, dx, dbias } = runLayer(runtimes[1], LSTM, problem);
    for (const [values, columns] of [
      [y, 12],
      [cLast, 6],
      [dx, 12],
    ] as const) {
      values.forEach((value, k) => {
        expect(Number.isNaN(value), `column ${k % columns}`).toBe(k % columns === 1 || k % columns === 7);
      });
    }
    expect(dbias.every(Number.isNaN)).toBe(true);
  });
});
