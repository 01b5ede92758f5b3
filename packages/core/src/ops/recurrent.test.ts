import { grads, ones, type Rank, type Tensor, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { startEngine } from '../testing/engines.ts';
import { activeColumns, type RecurrentOptions, type RecurrentResult } from './recurrent.ts';
import { denseGru } from './sparseGru/op.ts';
import { denseLstm } from './sparseLstm/op.ts';

it('counts the columns that reach a time step', () => {
  const shape = { inputs: 1, hidden: 1, steps: 4, batch: 3 };
  const counts = (lengths?: number[]) => [0, 1, 2, 3].map(t => activeColumns({ ...shape, lengths }, t));
  expect(counts()).toEqual([3, 3, 3, 3]);
  expect(counts([4, 2, 2])).toEqual([3, 3, 1, 1]);
  expect(counts([1, 1, 1])).toEqual([3, 0, 0, 0]);
});

it('types y as the options ask for it', () => {
  type State = { hLast: Tensor2D };
  type Y<Options extends RecurrentOptions> = RecurrentResult<State, Options>['y'];
  expectTypeOf<Y<{ sequences: true }>>().toEqualTypeOf<Tensor2D>();
  expectTypeOf<Y<{ lengths: number[] }>>().toEqualTypeOf<Tensor2D>();
  expectTypeOf<Y<{ sequences: false; lengths: number[] }>>().toEqualTypeOf<undefined>();
  expectTypeOf<Y<RecurrentOptions>>().toEqualTypeOf<Tensor2D | undefined>();
});

const [I, H, T, B] = [16, 64, 50, 20];
/** Bytes of one matrix [H, T*B]. */
const SEQUENCE = 4 * H * T * B;

const filled = (...shape: number[]) => ones<Rank.R2>(shape as [number, number]);
const bias = (rows: number) => ones<Rank.R1>([rows]);
const layers = {
  sparseLstm: (options: RecurrentOptions, [x, wx]: Tensor[]) => {
    const wh = filled(4 * H, H);
    return denseLstm(x as Tensor2D, filled(H, B), filled(H, B), wx as Tensor2D, wh, bias(4 * H), options);
  },
  sparseGru: (options: RecurrentOptions, [x, wx]: Tensor[]) => {
    const biases: [Tensor1D, Tensor1D] = [bias(3 * H), bias(3 * H)];
    return denseGru(x as Tensor2D, filled(H, B), wx as Tensor2D, filled(3 * H, H), ...biases, options);
  },
};

describe.each([
  ['sparseLstm', 4],
  ['sparseGru', 3],
] as const)('memory of %s', (name, gates) => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine('simd');
  });
  afterAll(() => engine.dispose());

  /** Peak of the engine's memory after a forward and a backward pass from the last state, in matrices [H, T*B]. */
  const peak = (options: RecurrentOptions) => {
    tidy(() => {
      const run = (...operands: Tensor[]) => layers[name](options, operands).hLast;
      for (const gradient of grads(run)([filled(I, T * B), filled(gates * H, I)], filled(H, B))) {
        gradient.dataSync();
      }
    });
    return engine.memory().peakHeapBytes / SEQUENCE;
  };

  it('follows the lengths, and has no y and no gradient of y where only the last state is wanted', () => {
    const lengths = Array.from({ length: B }, (_, b) => Math.max(1, T >> b));
    const short = peak({ lengths, sequences: false });
    const lastState = peak({ sequences: false });
    const everything = peak({ sequences: true });
    // A tenth of the columns, and x, its copies and its gradient.
    expect(short).toBeLessThan(0.6 * lastState);
    // y, and the zeros that stand for its gradient.
    expect(everything - lastState).toBeGreaterThan(1.9);
  });
});
