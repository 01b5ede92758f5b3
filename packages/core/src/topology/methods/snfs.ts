import { magnitude } from '../drop/magnitude.ts';
import { momentum as smoothedGradient } from '../grow/momentum.ts';
import { momentum } from '../redistribute/momentum.ts';
import type { Method } from './method.ts';

/**
 * Sparse networks from scratch, sparse momentum (Dettmers & Zettlemoyer 2019, "Sparse networks from scratch: faster
 * training without losing performance").
 *
 * At every update each matrix loses the share p of its weights of least magnitude. What is freed goes to matrices in
 * proportion to the mean magnitude of their momentum, and there to the positions of largest momentum. Needs an optimizer
 * that has one; how the momentum of positions without weights is computed is our choice (see `Scores`).
 *
 * `ceil(p * nnz)` weights of each matrix, the least |w|, go: n in all. Matrix l, with mean |m| of M_l over the weights it has
 * left, grows `n * M_l / sum(M)`, at the empty positions of largest |m|; `m = beta * m + g`, the smoothed gradient.
 */
export const snfs: Method = {
  name: 'snfs',
  paper: 'Dettmers & Zettlemoyer 2019, Sparse networks from scratch: faster training without losing performance',
  description: 'drops the least weights, and grows where the smoothed gradient is largest',
  dense: false,
  startsDense: false,
  update: { drop: magnitude, redistribute: momentum, grow: smoothedGradient },
};
