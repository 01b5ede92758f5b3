import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecurrentCase } from '../../../ops/recurrentCases.ts';
import { LSTM_CASES } from '../../../ops/sparseLstm/cases.ts';
import { LSTM_GATES } from '../../../ops/sparseLstm/contract.ts';
import { referenceLstmBackward, referenceLstmForward } from '../../../ops/sparseLstm/reference.ts';
import { SLACK } from '../../../testing/tolerances.ts';
import { Runtime } from '../runtime.ts';
import { ColumnPlan, ownsColumns } from './columns.ts';
import { asInEngine, checkLayer, type TestedLayer } from './layer.testing.ts';
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

let runtimes: Runtime[];

beforeAll(() => {
  runtimes = [1, 2, 3, 5].map(threads => Runtime.create({ threads, memoryBytes: 2 ** 28 }));
});

afterAll(async () => {
  await Promise.all(runtimes.map(runtime => runtime.dispose()));
});

const falling = (steps: number, batch: number) =>
  Array.from({ length: batch }, (_, b) => Math.max(1, Math.ceil(steps * (1 - b / batch))));

const newCase = (name: string, shape: RecurrentCase['shape'], wx: number | null, wh: number | null): RecurrentCase => {
  return { name: `${name}, wx ${wx ?? 'dense'}, wh ${wh ?? 'dense'}`, shape, wx, wh, sequences: true };
};

/** Sizes that the shared cases do not have. Many steps go with few recurrent weights: rounding errors grow with every step. */
const large = [0.12, null].flatMap(density => [
  newCase('gradients in several parts', { inputs: 9, hidden: 130, steps: 40, batch: 32 }, density, 0.05),
  newCase(
    'the same with lengths',
    { inputs: 9, hidden: 100, steps: 60, batch: 64, lengths: falling(60, 64) },
    density,
    0.05,
  ),
  newCase('weights of several panels', { inputs: 400, hidden: 150, steps: 2, batch: 32 }, density, density),
  newCase('three tiles', { inputs: 33, hidden: 37, steps: 5, batch: 96, lengths: falling(5, 96) }, density, density),
  newCase(
    'a text that is much longer',
    { inputs: 5, hidden: 21, steps: 9, batch: 32, lengths: [9, ...falling(2, 31)] },
    density,
    density,
  ),
]);

describe.each([...LSTM_CASES.filter(({ shape }) => shape.batch % 32 === 0), ...large])(
  'lstm layer by columns: $name',
  testCase => {
    it('equals the reference, in every bit the same on 1, 2, 3 and 5 threads and with any padding', () => {
      const { wx, wh, shape } = testCase;
      const weights = [wx, wh].map((density, k) => {
        const [rows, cols] = [4 * shape.hidden, k === 0 ? shape.inputs : shape.hidden];
        const indices = density === null ? undefined : new Uint32Array();
        return asInEngine(runtimes[0], { rows, cols, indices, values: new Float32Array(rows * cols) });
      });
      expect(ownsColumns({ wx: weights[0], wh: weights[1], batch: shape.batch })).toBe(true);
      checkLayer(runtimes, LSTM, { ...testCase, slack: SLACK.lstmColumns }, asInEngine);
    });
  },
);

it('leaves batches that do not fill their tiles to threads that own units', () => {
  const weight = asInEngine(runtimes[0], { rows: 4, cols: 1, indices: Uint32Array.of(0, 1), values: [1, 2] });
  expect([20, 31, 32, 33, 64].filter(batch => ownsColumns({ wx: weight, wh: weight, batch }))).toEqual([32, 64]);
});

/** The columns of every thread as [first, count]. */
function runsOf(runtime: Runtime, steps: number, lengths: readonly number[]): number[][][] {
  const plan = new ColumnPlan(runtime, steps * lengths.length, lengths.length, lengths);
  const words = runtime.heap.u32(plan.divide(0, steps), 100);
  const runs = Array.from({ length: runtime.threads }, (_, thread) => {
    const numbers = Array.from({ length: words[thread + 1] - words[thread] }, (_, k) => words[thread] + k);
    return numbers.map(k => [0, 1].map(word => words[runtime.threads + 1 + 2 * k + word]));
  });
  plan.free();
  return runs;
}

describe('the division of a batch among threads', () => {
  const even = new Array<number>(64).fill(8);
  const asText = (runs: number[][][]) => runs.map(each => each.map(([first, count]) => `${first}+${count}`).join(' '));

  it('gives whole tiles where these are as much work, halves where there are too few or they differ', () => {
    expect(asText(runsOf(runtimes[0], 8, even))).toEqual(['0+32 32+32']);
    expect(asText(runsOf(runtimes[1], 8, even))).toEqual(['0+32', '32+32']);
    expect(asText(runsOf(runtimes[1], 8, even.slice(32)))).toEqual(['0+16', '16+16']);
    const longAndShort = even.map((length, b) => (b < 32 ? length : 1));
    expect(asText(runsOf(runtimes[1], 8, longAndShort))).toEqual(['0+16 32+16', '16+16 48+16']);
  });

  it('covers every column once, and leaves threads without columns where there are too few', () => {
    for (const runtime of runtimes) {
      for (const batch of [32, 64, 96, 128]) {
        const runs = runsOf(runtime, 50, falling(50, batch)).flat();
        const covered = runs.flatMap(([first, count]) => Array.from({ length: count }, (_, k) => first + k));
        expect(covered.sort((a, b) => a - b)).toEqual(Array.from({ length: batch }, (_, n) => n));
      }
    }
    expect(runsOf(runtimes[3], 8, even.slice(32)).map(runs => runs.length)).toEqual([1, 1, 0, 0, 0]);
  });
});
