import { set as nearestZeroPerSign } from '../drop/set.ts';
import { random } from '../grow/random.ts';
import { none } from '../redistribute/none.ts';
import type { Method } from './method.ts';

/**
 * Sparse evolutionary training (Mocanu et al. 2018, "Scalable training of artificial neural networks with adaptive
 * sparse connectivity inspired by network science", Nature Communications 9:2383, Algorithm 1).
 *
 * At every update each matrix loses the share p of its positive weights nearest zero and the share p of its negative
 * weights nearest zero, and grows as many at random empty positions.
 *
 * `k = ceil(p * positives) + ceil(p * negatives)` weights of each matrix: the least |w| of either sign go, and k grow.
 */
export const set: Method = {
  name: 'set',
  paper: 'Mocanu et al. 2018, Scalable training of artificial neural networks with adaptive sparse connectivity',
  description: 'drops the weights nearest zero, sign by sign, and grows as many at random',
  dense: false,
  startsDense: false,
  update: { drop: nearestZeroPerSign, redistribute: none, grow: random },
};
