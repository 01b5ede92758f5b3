import { customGrad, type Scalar, scalar, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { Model } from '../models/model.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
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

it.each(ENGINES)(
  'worked example: momentum .5 adds half the gradient of the second window, so that 2, 6 and 13 grow: engine %s',
  async name => {
    const engine = await startEngine(name);
    const topology = { rows: 4, cols: 4, indices: Uint32Array.from(INDICES) };
    const weight = new SparseMatrix(engine, topology, Float32Array.from(WEIGHTS));
    let window = -1;
    /** A loss of which all that matters is known: its gradient at every position. */
    const loss = () => {
      const gradient = Float32Array.from(weight.topology.indices, flat => WINDOWS[window]?.[flat] ?? 0);
      const gradFunc = () => tensor1d(weight.layout.fromCanonical(gradient));
      return customGrad(() => ({ value: scalar(0), gradFunc }))(weight.values) as Scalar;
    };
    const task = {
      model: { matrices: [{ name: 'W', role: 'recurrent', gates: ['W'], weight }], biases: [], uses: [] } as Model,
      next: () => window++,
      loss,
      commit: () => {},
      mark: () => () => {
        window = -1;
      },
    } as unknown as Task<never>;
    const query = {
      ...{ name: 'W', rows: 4, cols: 4, blocks: [{ from: 0, to: 16, count: 3 }] },
      ...{ active: Uint32Array.of(0, 5, 7, 11, 12), avoid: Uint32Array.of(3, 9, 15) },
    };
    for (const block of [4, 8, undefined]) {
      const largest = largestScores(task, { keyAt: () => null, beta: 0.5, block });
      expect(largest('momentum', [query])).toEqual([[Uint32Array.of(2, 6, 13)]]);
      // The first window alone: .3 at 4 grows before .3 at 14, and 0 at 6 does not.
      expect(largest('gradient', [query])).toEqual([[Uint32Array.of(2, 4, 13)]]);
    }
    expect([...weight.topology.indices]).toEqual(INDICES);
    expect(weight.toCanonical(weight.values)).toEqual(Float32Array.from(WEIGHTS));
    weight.dispose();
    await engine.dispose();
  },
);
