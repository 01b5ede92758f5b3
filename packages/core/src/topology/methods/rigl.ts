import { magnitude } from '../drop/magnitude.ts';
import { gradient } from '../grow/gradient.ts';
import { none } from '../redistribute/none.ts';
import type { Method } from './method.ts';

/**
 * RigL (Evci et al. 2020, "Rigging the lottery: making all tickets winners", ICML, Algorithm 1).
 *
 * At every update each matrix loses the share p of its weights of least magnitude, and grows as many where the gradient of
 * the loss is largest. With schedule cosine, endRate 0 and a stop point, p follows the paper's equation 1.
 *
 * `k = ceil(p * nnz)` weights of each matrix, `p = p_0 * (1 + cos(pi * step / T)) / 2`: the k least |w| go, and the k empty
 * positions of largest |dL/dw| grow.
 */
export const rigl: Method = {
  name: 'rigl',
  paper: 'Evci et al. 2020, Rigging the lottery: making all tickets winners',
  description: 'drops the least weights, and grows where the gradient is largest',
  dense: false,
  startsDense: false,
  update: { drop: magnitude, redistribute: none, grow: gradient },
};
