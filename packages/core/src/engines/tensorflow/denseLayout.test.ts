import { memory, tensor1d, tensor2d, variable } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../testing/engines.ts';
import type { StartedEngine } from '../createEngine.ts';
import { DenseLayout } from './denseLayout.ts';

// TensorFlow.js' own ops do the work: any backend will do.
let engine: StartedEngine;
beforeAll(async () => {
  engine = await startEngine('cpu');
});
afterAll(() => engine.dispose());

describe('DenseLayout', () => {
  const topology = { rows: 2, cols: 3, indices: Uint32Array.of(1, 3, 5) };

  it('spreads values over zeros, and reads a dense matrix at the positions', () => {
    const layout = new DenseLayout(topology);
    expect([...layout.toDense(tensor1d([7, 8, 9])).dataSync()]).toEqual([0, 7, 0, 8, 0, 9]);
    const dense = tensor2d([10, 11, 12, 13, 14, 15], [2, 3]);
    expect([...layout.atPositions(dense).dataSync()]).toEqual([11, 13, 15]);
  });

  it('keeps the dense form until the variable is assigned to, and frees all with itself', () => {
    const values = variable(tensor1d([7, 8, 9]));
    const next = tensor1d([1, 2, 3]);
    const before = memory().numTensors;
    const layout = new DenseLayout(topology);
    const bytes = layout.bytes;
    const first = layout.toDense(values);
    expect(layout.toDense(values)).toBe(first);
    expect(layout.bytes - bytes).toBe(4 * 2 * 3);
    values.assign(next);
    expect([...layout.toDense(values).dataSync()]).toEqual([0, 1, 0, 2, 0, 3]);
    layout.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('can be empty', () => {
    const layout = new DenseLayout({ rows: 2, cols: 2, indices: new Uint32Array(0) });
    expect([...layout.toDense(tensor1d([])).dataSync()]).toEqual([0, 0, 0, 0]);
    expect(layout.atPositions(tensor2d([1, 2, 3, 4], [2, 2])).shape).toEqual([0]);
  });
});
