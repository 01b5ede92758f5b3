import type { Tensor2D } from '@tensorflow/tfjs-core';
import { RHN_GATES } from '../ops/sparseRhn/contract.ts';
import { sparseRhn } from '../ops/sparseRhn/op.ts';
import type { Cell } from './cell.ts';

/**
 * Recurrent highway network with coupled carry; the formula is at `sparseRhn`. Its depth is a setting. The biases of h start
 * at 0, those of the transform gate t at `transformBias`: below 0 the state is carried on at first.
 */
export const rhn: Cell = {
  name: 'rhn',
  paper: 'Zilly et al. 2017, Recurrent highway networks',
  description: 'recurrent highway network of any depth, gates h, t',
  states: ['s'],
  stateDropout: true,
  lengths: false,
  matrices: ({ inputs, hidden, depth }) => [
    { name: 'w', rows: 2 * hidden, cols: inputs, gates: RHN_GATES, input: true },
    ...Array.from({ length: depth }, (_, l) => {
      return { name: `r${l + 1}`, rows: 2 * hidden, cols: hidden, gates: RHN_GATES };
    }),
  ],
  biases({ hidden, depth }, transformBias) {
    const values = new Float32Array(depth * 2 * hidden);
    for (let l = 0; l < depth; l++) values.fill(transformBias, (2 * l + 1) * hidden, (2 * l + 2) * hidden);
    return [{ name: 'bias', values }];
  },
  run({ x, states: [s], weights: [w, ...r], biases: [bias], stateMask }) {
    const { y, sLast } = sparseRhn(x, s, w, r, bias, stateMask as Tensor2D | undefined);
    return { y, states: [sLast] };
  },
};
