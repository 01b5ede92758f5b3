import { LSTM_GATES } from '../ops/sparseLstm/contract.ts';
import { sparseLstm } from '../ops/sparseLstm/op.ts';
import type { Cell } from './cell.ts';

/** Long short-term memory without peepholes; the formula is at `sparseLstm`. Biases start at 0. */
export const lstm: Cell = {
  name: 'lstm',
  paper: 'Hochreiter & Schmidhuber 1997, Long short-term memory; Gers et al. 2000 (forget gate)',
  description: 'long short-term memory, gates i, f, g, o',
  states: ['h', 'c'],
  stateDropout: false,
  lengths: true,
  matrices: ({ inputs, hidden }) => [
    { name: 'wx', rows: 4 * hidden, cols: inputs, gates: LSTM_GATES, input: true },
    { name: 'wh', rows: 4 * hidden, cols: hidden, gates: LSTM_GATES },
  ],
  biases: ({ hidden }) => [{ name: 'bias', values: new Float32Array(4 * hidden) }],
  run({ x, states: [h, c], weights: [wx, wh], biases: [bias], lengths, sequences }) {
    const { y, hLast, cLast } = sparseLstm(x, h, c, wx, wh, bias, { lengths, sequences });
    return { y, states: [hLast, cLast] };
  },
};
