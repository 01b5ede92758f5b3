import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type RandomStream, rng } from '../base/philox.ts';
import type { Engine } from '../engines/engine.ts';
import type { ReferenceWeight, WeightMatrix } from '../ops/weight.ts';
import { randomTopology } from '../sparsity/initial.ts';

/** One comparison of a case: what the engine computed, and the float64 reference. */
export interface Comparison {
  what: string;
  actual: ArrayLike<number>;
  expected: ArrayLike<number>;
  /** Factor on the tolerance where a case leaves the range around 1; the case says why. */
  slack?: number;
}

/** One case of an op. It runs on every engine; its inputs are the same on all of them. */
export interface OpCase {
  title: string;
  run(engine: Engine): Comparison[];
}

/** Uniform values in (-1, 1), rounded to float32 so that every engine starts from the same numbers. */
export function randomValues(stream: RandomStream, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => 2 * stream.float() - 1);
}

/** A random weight for an engine and the same for the reference. Density undefined: a dense weight. */
export function randomWeight(
  engine: Engine,
  stream: RandomStream,
  rows: number,
  cols: number,
  density?: number,
): { weight: WeightMatrix; reference: ReferenceWeight; toCanonical(values: Tensor): ArrayLike<number> } {
  const topology =
    density === undefined ? undefined : randomTopology(rows, cols, Math.round(density * rows * cols), stream);
  const values = randomValues(stream, topology?.indices.length ?? rows * cols);
  const reference = { rows, cols, values, indices: topology?.indices };
  if (topology === undefined) {
    const weight = { rows, cols, values: tensor(values, [rows, cols]) };
    return { weight, reference, toCanonical: t => t.dataSync() as Float32Array };
  }
  const layout = engine.createLayout(topology);
  const weight = { rows, cols, layout, values: tensor(layout.fromCanonical(values), [layout.nnz]) };
  return { weight, reference, toCanonical: t => layout.toCanonical(t.dataSync() as Float32Array) };
}

/** The stream of a case: its title is its seed, so that a failure names all that is needed to repeat it. */
export function caseStream(title: string): RandomStream {
  return rng(1, 'case', title);
}

/** Sizes around the tile widths of every engine. */
export const COLUMN_COUNTS = [1, 3, 4, 5, 15, 16, 17, 20, 31, 32, 33, 40, 64, 65] as const;
