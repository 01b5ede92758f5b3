import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReferenceWeight } from '../weight.ts';
import { LSTM_GATES, type LstmShape } from './contract.ts';
import { type LstmOperands, referenceLstmBackward, referenceLstmForward } from './reference.ts';

interface Golden {
  shape: LstmShape;
  operands: { x: number[]; h0: number[]; c0: number[]; wx: ReferenceWeight; wh: ReferenceWeight; bias: number[] };
  dy: number[];
  dcLast: number[];
  outputs: { y: number[]; cLast: number[] };
  gradients: { dx: number[]; dh0: number[]; dc0: number[]; dwx: number[]; dwh: number[]; dbias: number[] };
}

const GOLDENS = ['dense', 'sparse', 'mixed'];

/** Float64 against float64: only the order of additions differs. */
const TOLERANCE = 1e-10;

function golden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../../../../../fixtures/lstm/${name}.json`, import.meta.url), 'utf8'));
}

function largestDifference(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(actual.length).toBe(wanted.length);
  let largest = 0;
  // Math.max keeps NaN, which a comparison would let slip through.
  for (let k = 0; k < wanted.length; k++) {
    const difference = Math.abs(actual[k] - wanted[k]);
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** The reference's distance from the golden, by name of the output or gradient. */
function differences({ shape, operands, dy, dcLast, outputs, gradients }: Golden): Record<string, number> {
  const forward = referenceLstmForward(shape, operands);
  const actual = { ...forward, ...referenceLstmBackward(shape, operands, forward, dy, dcLast) };
  const wanted = { ...outputs, ...gradients };
  const names = Object.keys(wanted) as (keyof typeof wanted)[];
  return Object.fromEntries(names.map(name => [name, largestDifference(actual[name], wanted[name])]));
}

describe.each(GOLDENS)('reference against PyTorch, %s', name => {
  it('agrees in the outputs and all gradients', () => {
    for (const [what, difference] of Object.entries(differences(golden(name)))) {
      expect(difference, what).toBeLessThan(TOLERANCE);
    }
  });

  const pairs = LSTM_GATES.flatMap((first, k) => LSTM_GATES.slice(k + 1).map(second => [first, second] as const));
  it.each(pairs)('would notice the gates %s and %s swapped in any one operand', (first, second) => {
    const source = golden(name);
    const swap = gateSwap(source.shape.hidden, LSTM_GATES.indexOf(first), LSTM_GATES.indexOf(second));
    const { wx, wh, bias } = source.operands;
    const mutants = {
      wx: { ...source.operands, wx: swapRows(wx, swap) },
      wh: { ...source.operands, wh: swapRows(wh, swap) },
      bias: { ...source.operands, bias: bias.map((_, row) => bias[swap(row)]) },
      all: {
        ...source.operands,
        wx: swapRows(wx, swap),
        wh: swapRows(wh, swap),
        bias: bias.map((_, row) => bias[swap(row)]),
      },
    };
    for (const [what, operands] of Object.entries(mutants)) {
      const forward = referenceLstmForward(source.shape, operands);
      expect(largestDifference(forward.y, source.outputs.y), what).toBeGreaterThan(1e-3);
    }
  });
});

describe.each(GOLDENS)('reference gradients against finite differences, %s', name => {
  it('agree for every entry of every operand', () => {
    const { shape, operands, dy, dcLast } = golden(name);
    const gradients = referenceLstmBackward(shape, operands, referenceLstmForward(shape, operands), dy, dcLast);
    const loss = () => {
      const { y, cLast } = referenceLstmForward(shape, operands as LstmOperands);
      return dot(y, dy) + dot(cLast, dcLast);
    };
    const check = (what: string, values: number[], gradient: ArrayLike<number>) => {
      const step = 1e-5;
      const numeric = values.map((value, k) => {
        values[k] = value + step;
        const above = loss();
        values[k] = value - step;
        const below = loss();
        values[k] = value;
        return (above - below) / (2 * step);
      });
      expect(largestDifference(gradient, numeric), what).toBeLessThan(1e-7);
    };
    check('dx', operands.x, gradients.dx);
    check('dh0', operands.h0, gradients.dh0);
    check('dc0', operands.c0, gradients.dc0);
    check('dwx', operands.wx.values as number[], gradients.dwx);
    check('dwh', operands.wh.values as number[], gradients.dwh);
    check('dbias', operands.bias, gradients.dbias);
  });
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < b.length; k++) sum += a[k] * b[k];
  return sum;
}

/** The row that takes the place of `row` when two gates change places. */
function gateSwap(hidden: number, first: number, second: number): (row: number) => number {
  return row => {
    const gate = Math.floor(row / hidden);
    const other = gate === first ? second : gate === second ? first : gate;
    return other * hidden + (row % hidden);
  };
}

function swapRows(w: ReferenceWeight, swap: (row: number) => number): ReferenceWeight {
  const entries = Array.from(w.values, (value, k) => {
    const flat = w.indices === undefined ? k : w.indices[k];
    return { flat: swap(Math.floor(flat / w.cols)) * w.cols + (flat % w.cols), value };
  }).sort((a, b) => a.flat - b.flat);
  return {
    ...w,
    values: entries.map(entry => entry.value),
    indices: w.indices && Uint32Array.from(entries, entry => entry.flat),
  };
}
