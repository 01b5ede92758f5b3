import { GRU_GATES } from '../ops/sparseGru/contract.ts';
import { sparseGru } from '../ops/sparseGru/op.ts';
import type { Cell } from './cell.ts';

/** Gated recurrent unit; the formula is at `sparseGru`. Biases start at 0. */
export const gru: Cell = {
  name: 'gru',
  paper:
    'Cho et al. 2014, Learning phrase representations using RNN encoder-decoder for statistical machine translation',
  description: 'gated recurrent unit, gates r, z, n',
  states: ['h'],
  stateDropout: false,
  lengths: true,
  matrices: ({ inputs, hidden }) => [
    { name: 'wx', rows: 3 * hidden, cols: inputs, gates: GRU_GATES, input: true },
    { name: 'wh', rows: 3 * hidden, cols: hidden, gates: GRU_GATES },
  ],
  biases: ({ hidden }) => [
    { name: 'bias', values: new Float32Array(3 * hidden) },
    { name: 'recurrentBias', values: new Float32Array(3 * hidden) },
  ],
  run({ x, states: [h], weights: [wx, wh], biases: [bias, recurrentBias], lengths, sequences }) {
    const { y, hLast } = sparseGru(x, h, wx, wh, bias, recurrentBias, { lengths, sequences });
    return { y, states: [hLast] };
  },
};
