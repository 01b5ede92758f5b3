import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReferenceWeight } from '../weight.ts';
import type { RhnShape } from './contract.ts';
import { referenceRhnBackward, referenceRhnForward } from './reference.ts';

interface Golden {
  shape: RhnShape;
  operands: { x: number[]; s0: number[]; w: ReferenceWeight; r: ReferenceWeight[]; bias: number[]; mask?: number[] };
  dy: number[];
  dsLast: number[];
  outputs: { y: number[]; sLast: number[] };
  gradients: { dx: number[]; ds0: number[]; dw: number[]; dr: number[][]; dbias: number[] };
}

type Operands = Golden['operands'];

const GOLDENS = [
  'depth1-dense',
  'depth1-sparse-masked',
  'depth3-sparse',
  'depth3-dense-masked',
  'depth4-mixed',
  'depth4-mixed-masked',
];

/** Float64 against float64: only the order of additions differs. */
const TOLERANCE = 1e-10;

/** What a mutation changes at the least. */
const VISIBLE = 1e-3;

function golden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../../../../../fixtures/rhn/${name}.json`, import.meta.url), 'utf8'));
}

function largestDifference(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(actual.length).toBe(wanted.length);
  let largest = 0;
  // Math.max keeps NaN, which a comparison would let slip through.
  for (let k = 0; k < wanted.length; k++) largest = Math.max(largest, Math.abs(actual[k] - wanted[k]));
  return largest;
}

/** How far y moves if the operands are changed. */
function movementOfY({ shape, operands, outputs }: Golden, change: (operands: Operands) => Operands): number {
  return largestDifference(referenceRhnForward(shape, change(operands)).y, outputs.y);
}

describe.each(GOLDENS)('rhn: reference against PyTorch, %s', name => {
  const source = golden(name);
  const { shape, operands } = source;
  const { hidden: H, depth } = shape;

  it('agrees in the outputs and all gradients', () => {
    const forward = referenceRhnForward(shape, operands);
    const backward = referenceRhnBackward(shape, operands, forward, source.dy, source.dsLast);
    const [actual, wanted] = [
      { ...forward, ...backward, dr: backward.dr.flatMap(dr => Array.from(dr)) },
      { ...source.outputs, ...source.gradients, dr: source.gradients.dr.flat() },
    ];
    for (const what of Object.keys(wanted) as (keyof typeof wanted)[]) {
      expect(largestDifference(actual[what], wanted[what]), what).toBeLessThan(TOLERANCE);
    }
  });

  it('would notice the gates h and t swapped in any one operand', () => {
    const swapped = (w: ReferenceWeight) => moveRows(w, row => (row + H) % (2 * H));
    const swappedBias = (bias: number[], only: (l: number) => boolean) =>
      bias.map((value, row) => {
        const l = Math.floor(row / (2 * H));
        return only(l) ? bias[l * 2 * H + ((row + H) % (2 * H))] : value;
      });
    const mutants: Record<string, (operands: Operands) => Operands> = {
      w: given => ({ ...given, w: swapped(given.w) }),
      all: given => ({
        ...given,
        w: swapped(given.w),
        r: given.r.map(swapped),
        bias: swappedBias(given.bias, () => true),
      }),
    };
    for (let k = 0; k < depth; k++) {
      mutants[`r[${k}]`] = given => ({ ...given, r: given.r.map((r, l) => (l === k ? swapped(r) : r)) });
      mutants[`bias of depth ${k}`] = given => ({ ...given, bias: swappedBias(given.bias, l => l === k) });
    }
    for (const [what, change] of Object.entries(mutants)) {
      expect(movementOfY(source, change), what).toBeGreaterThan(VISIBLE);
    }
  });

  const pairs = operands.r.flatMap((_, first) => operands.r.slice(first + 1).map((_, k) => [first, first + 1 + k]));
  for (const [first, second] of pairs) {
    it(`would notice the depths ${first} and ${second} swapped, in r, in bias or in both`, () => {
      const other = (l: number) => (l === first ? second : l === second ? first : l);
      const r = operands.r.map((_, l) => operands.r[other(l)]);
      const bias = operands.bias.map((_, row) => {
        return operands.bias[other(Math.floor(row / (2 * H))) * 2 * H + (row % (2 * H))];
      });
      for (const [what, mutant] of Object.entries({ r: { r }, bias: { bias }, both: { r, bias } })) {
        expect(
          movementOfY(source, given => ({ ...given, ...mutant })),
          what,
        ).toBeGreaterThan(VISIBLE);
      }
    });
  }

  if (operands.mask !== undefined) {
    it('would notice the mask left out', () => {
      expect(movementOfY(source, given => ({ ...given, mask: undefined }))).toBeGreaterThan(VISIBLE);
    });
  }
});

describe.each(GOLDENS)('rhn: reference gradients against finite differences, %s', name => {
  it('agree for every entry of every operand', () => {
    const { shape, operands, dy, dsLast } = golden(name);
    const gradients = referenceRhnBackward(shape, operands, referenceRhnForward(shape, operands), dy, dsLast);
    const loss = () => {
      const { y, sLast } = referenceRhnForward(shape, operands);
      return dot(y, dy) + dot(sLast, dsLast);
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
    check('ds0', operands.s0, gradients.ds0);
    check('dw', operands.w.values as number[], gradients.dw);
    operands.r.forEach((r, l) => {
      check(`dr[${l}]`, r.values as number[], gradients.dr[l]);
    });
    check('dbias', operands.bias, gradients.dbias);
  });
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < b.length; k++) sum += a[k] * b[k];
  return sum;
}

/** The matrix with every row moved to the place that `to` names. */
function moveRows(w: ReferenceWeight, to: (row: number) => number): ReferenceWeight {
  const entries = Array.from(w.values, (value, k) => {
    const flat = w.indices === undefined ? k : w.indices[k];
    return { flat: to(Math.floor(flat / w.cols)) * w.cols + (flat % w.cols), value };
  }).sort((a, b) => a.flat - b.flat);
  return {
    ...w,
    values: entries.map(entry => entry.value),
    indices: w.indices && Uint32Array.from(entries, entry => entry.flat),
  };
}
