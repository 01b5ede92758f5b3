import type { CellSizes } from '../cells/cell.ts';

/** What the simd engine holds for a recurrent layer, in floats. The engine's recurrent/ says what each of them is. */
export interface LayerFloats {
  /** Kept for the backward pass, per column of the window that is not padding. */
  kept: number;
  /** Of these, what is still there when the gradient of the input is made. */
  keptToTheEnd: number;
  /** Per column of the batch: what one time step works on, forwards and backwards, and what is kept of it. */
  forwardStep: number;
  backwardStep: number;
  keptStep: number;
  /** Of the biases' gradients: eight partial sums each. */
  biasSums: number;
}

/** By the name of the cell; of a cell that is not here nothing is known. */
export const LAYER_FLOATS: Readonly<Record<string, (sizes: CellSizes) => LayerFloats>> = {
  // Gates, h and c before the step, tanh of c after it; backwards the states and c go first.
  lstm: ({ hidden }) => ({
    ...{ kept: 7 * hidden, keptToTheEnd: 4 * hidden, keptStep: 0 },
    ...{ forwardStep: 6 * hidden, backwardStep: 6 * hidden, biasSums: 8 * 4 * hidden },
  }),
  // Gates, h before the step, and what the reset gate is multiplied with: all needed to the end.
  gru: ({ hidden }) => ({
    ...{ kept: 5 * hidden, keptToTheEnd: 5 * hidden, keptStep: 0 },
    ...{ forwardStep: 4 * hidden, backwardStep: 4 * hidden, biasSums: 8 * 4 * hidden },
  }),
  // Gates and the state before of every depth; backwards the first depth's gates are the last to go.
  rhn: ({ hidden, depth }) => ({
    ...{ kept: 3 * depth * hidden, keptToTheEnd: 2 * hidden, keptStep: hidden },
    ...{ forwardStep: 4 * hidden, backwardStep: 4 * hidden, biasSums: 8 * 2 * depth * hidden },
  }),
};
