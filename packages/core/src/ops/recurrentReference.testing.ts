import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RecurrentShape } from './recurrent.ts';
import type { ReferenceWeight } from './weight.ts';

type Values = ArrayLike<number>;
type Operand = number[] | (ReferenceWeight & { values: number[] });

/** A layer computed by PyTorch: bench/goldens says how. */
interface Golden {
  shape: RecurrentShape;
  operands: Record<string, Operand>;
  /** Gradients of the outputs. */
  dy: number[];
  dhLast: number[];
  dcLast?: number[];
  outputs: Record<string, number[]>;
  /** Gradients of the operands: `d` and the operand's name. */
  gradients: Record<string, number[]>;
}

type OutputGradients = Partial<Record<'dy' | 'dhLast' | 'dcLast', Values>>;

/** The float64 reference of a recurrent op. */
export interface ReferenceLayer<Operands, Forward> {
  /** Folder of its goldens in fixtures/. */
  fixtures: string;
  gates: readonly string[];
  /** Operands whose rows are the gates, H rows each. */
  gated: readonly string[];
  forward(shape: RecurrentShape, operands: Operands): Forward;
  backward(shape: RecurrentShape, operands: Operands, forward: Forward, gradients: OutputGradients): unknown;
}

const GOLDENS = ['dense', 'sparse', 'mixed', 'lengths', 'shorter'];

/** Float64 against float64: only the order of additions differs. */
const TOLERANCE = 1e-10;

/**
 * Compares a reference with PyTorch and with finite differences, and checks that it would notice two gates that changed
 * places and lengths that were ignored.
 */
export function describeReference<Operands, Forward>(layer: ReferenceLayer<Operands, Forward>): void {
  const outputs = (shape: RecurrentShape, operands: Golden['operands']) =>
    layer.forward(shape, operands as Operands) as Forward & Record<string, Values>;
  const gradients = ({ shape, operands }: Golden, given: OutputGradients) => {
    const forward = outputs(shape, operands);
    return layer.backward(shape, operands as Operands, forward, given) as Record<string, Values>;
  };

  describe.each(GOLDENS)('reference against PyTorch, %s', name => {
    it('agrees in the outputs and all gradients', () => {
      const golden = read(layer.fixtures, name);
      const forward = outputs(golden.shape, golden.operands);
      const backward = gradients(golden, golden);
      for (const [what, wanted] of Object.entries(golden.outputs)) {
        expect(largestDifference(forward[what], wanted), what).toBeLessThan(TOLERANCE);
      }
      for (const [what, wanted] of Object.entries(golden.gradients)) {
        expect(largestDifference(backward[what], wanted), what).toBeLessThan(TOLERANCE);
      }
    });

    const pairs = layer.gates.flatMap((first, k) => layer.gates.slice(k + 1).map(second => [first, second] as const));
    it.each(pairs)('would notice the gates %s and %s swapped in any one operand', (first, second) => {
      const { shape, operands, outputs: wanted } = read(layer.fixtures, name);
      const swap = gateSwap(shape.hidden, layer.gates.indexOf(first), layer.gates.indexOf(second));
      for (const mutated of [...layer.gated.map(one => [one]), layer.gated]) {
        const swapped = mutated.map(one => [one, swapRows(operands[one], swap)]);
        const { y } = outputs(shape, { ...operands, ...Object.fromEntries(swapped) });
        expect(largestDifference(y, wanted.y), mutated.join()).toBeGreaterThan(1e-3);
      }
    });

    it('would notice lengths that are ignored', () => {
      const { shape, operands, outputs: wanted } = read(layer.fixtures, name);
      const { hLast } = outputs({ ...shape, lengths: undefined }, operands);
      const difference = largestDifference(hLast, wanted.hLast);
      if (shape.lengths === undefined) expect(difference).toBeLessThan(TOLERANCE);
      else expect(difference).toBeGreaterThan(1e-3);
    });
  });

  describe.each(GOLDENS)('reference gradients against finite differences, %s', name => {
    it.each(['all outputs', 'the last state alone'])('agree for every entry of every operand, from %s', from => {
      const golden = read(layer.fixtures, name);
      const { shape, operands, dhLast, dcLast } = golden;
      const dy = from === 'all outputs' ? golden.dy : undefined;
      const analytic = gradients(golden, { dy, dhLast, dcLast });
      const loss = () => {
        const { y, hLast, cLast } = outputs(shape, operands);
        return dot(y, dy) + dot(hLast, dhLast) + dot(cLast, dcLast);
      };
      for (const [what, operand] of Object.entries(operands)) {
        const numeric = slopes(Array.isArray(operand) ? operand : operand.values, loss);
        expect(largestDifference(analytic[`d${what}`], numeric), what).toBeLessThan(1e-7);
      }
    });
  });
}

function read(fixtures: string, name: string): Golden {
  const file = new URL(`../../../../fixtures/${fixtures}/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Central differences of the loss in every value. */
function slopes(values: number[], loss: () => number): number[] {
  const step = 1e-5;
  return values.map((value, k) => {
    values[k] = value + step;
    const above = loss();
    values[k] = value - step;
    const below = loss();
    values[k] = value;
    return (above - below) / (2 * step);
  });
}

function largestDifference(actual: Values, wanted: Values): number {
  expect(actual.length).toBe(wanted.length);
  let largest = 0;
  // Math.max keeps NaN, which a comparison would let slip through.
  for (let k = 0; k < wanted.length; k++) largest = Math.max(largest, Math.abs(actual[k] - wanted[k]));
  return largest;
}

function dot(a: Values, b: Values | undefined): number {
  let sum = 0;
  for (let k = 0; b !== undefined && k < b.length; k++) sum += a[k] * b[k];
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

function swapRows(operand: Operand, swap: (row: number) => number): Operand {
  if (Array.isArray(operand)) return operand.map((_, row) => operand[swap(row)]);
  const { values, indices, cols } = operand;
  const entries = values
    .map((value, k) => {
      const flat = indices === undefined ? k : indices[k];
      return { flat: swap(Math.floor(flat / cols)) * cols + (flat % cols), value };
    })
    .sort((a, b) => a.flat - b.flat);
  return {
    ...operand,
    values: entries.map(entry => entry.value),
    indices: indices && Uint32Array.from(entries, entry => entry.flat),
  };
}
