import { customGrad, type Scalar, scalar, tensor1d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { Model } from '../models/model.ts';
import { randomTopology } from '../sparsity/initial.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { caseStream, randomValues } from '../testing/cases.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { largestScores } from './largestScores.ts';
import type { Task } from './tasks/task.ts';

// The eight weights of docs/method.md, and its gradients of two windows; those of the other eight are 0.
const INDICES = [0, 3, 5, 7, 9, 11, 12, 15];
const WEIGHTS = [0.5, -0.1, 0.3, -0.4, 0.1, 0.2, -0.6, 0.05];
const WINDOWS = [
  [0.9, 0.1, -0.6, 0.9, 0.3, 0.9, 0, 0, -0.2, 0.9, 0, 0, 0, 0.5, 0.3, 0],
  [0, 0, -0.2, 0, -0.6, 0, 0.4, 0, 0, 0, 0, 0, 0, 0, -0.4, 0],
];

/** A task of one matrix and a loss of which all that matters is known: its gradient at every position in each window. */
function taskOf(weight: SparseMatrix, windows: readonly ArrayLike<number>[]): Task<never> {
  let window = -1;
  const loss = () => {
    const gradient = Float32Array.from(weight.topology.indices, flat => windows[window]?.[flat] ?? 0);
    const gradFunc = () => tensor1d(weight.layout.fromCanonical(gradient));
    return customGrad(() => ({ value: scalar(0), gradFunc }))(weight.values) as Scalar;
  };
  return {
    model: { matrices: [{ name: 'W', role: 'recurrent', gates: ['W'], weight }], biases: [], uses: [] } as Model,
    next: () => window++,
    loss,
    commit: () => {},
    mark: () => () => {
      window = -1;
    },
  } as unknown as Task<never>;
}

describe.each(ENGINES)('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine.dispose());

  it('worked example: momentum .5 adds half the gradient of the second window, so that 2, 6 and 13 grow', () => {
    const topology = { rows: 4, cols: 4, indices: Uint32Array.from(INDICES) };
    const weight = new SparseMatrix(engine, topology, Float32Array.from(WEIGHTS));
    const query = {
      ...{ name: 'W', rows: 4, cols: 4, blocks: [{ from: 0, to: 16, count: 3 }] },
      ...{ active: Uint32Array.of(0, 5, 7, 11, 12), avoid: Uint32Array.of(3, 9, 15) },
    };
    for (const block of [4, 8, undefined]) {
      const largest = largestScores(taskOf(weight, WINDOWS), { keyAt: () => null, beta: 0.5, block });
      expect(largest('momentum', [query])).toEqual([[Uint32Array.of(2, 6, 13)]]);
      // The first window alone: .3 at 4 grows before .3 at 14, and 0 at 6 does not.
      expect(largest('gradient', [query])).toEqual([[Uint32Array.of(2, 4, 13)]]);
    }
    expect([...weight.topology.indices]).toEqual(INDICES);
    expect(weight.toCanonical(weight.values)).toEqual(Float32Array.from(WEIGHTS));
    weight.dispose();
  });

  it('finds the same in a matrix so wide that the engine keeps it in another order', () => {
    const [rows, cols, count] = [6, 900, 200];
    const stream = caseStream('largest scores of a wide matrix');
    const topology = randomTopology(rows, cols, (rows * cols) / 2, stream);
    const values = randomValues(stream, topology.indices.length);
    const weight = new SparseMatrix(engine, topology, values);
    const windows = Array.from({ length: 10 }, () => randomValues(stream, rows * cols));
    const score = (flat: number) => Math.abs(windows.reduce((sum, window, k) => sum + 0.5 ** k * window[flat], 0));
    const active = new Set(topology.indices);
    const empty = Array.from({ length: rows * cols }, (_, flat) => flat).filter(flat => !active.has(flat));
    const wanted = empty.sort((a, b) => score(b) - score(a)).slice(0, count);
    const query = {
      ...{ name: 'W', rows, cols, blocks: [{ from: 0, to: rows * cols, count }] },
      ...{ active: topology.indices, avoid: new Uint32Array() },
    };
    for (const block of [cols, 2 * cols, undefined]) {
      const largest = largestScores(taskOf(weight, windows), { keyAt: () => null, beta: 0.5, block });
      expect(largest('momentum', [query])).toEqual([[Uint32Array.from(wanted).sort()]]);
    }
    expect(weight.toCanonical(weight.values)).toEqual(values);
    weight.dispose();
  });
});
