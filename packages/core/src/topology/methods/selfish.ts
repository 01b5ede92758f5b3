import { magnitude } from '../drop/magnitude.ts';
import { random } from '../grow/random.ts';
import { none } from '../redistribute/none.ts';
import type { Method } from './method.ts';

/**
 * Selfish-RNN (Liu et al. 2021, "Selfish sparse RNN training", ICML).
 *
 * At every update each matrix loses the share p of its weights of least magnitude and grows as many at random empty
 * positions. The gates of a matrix compete in both, so that some become denser than others. p falls along a cosine, and
 * the weights are averaged by SNT-ASGD.
 *
 * `k = ceil(p * nnz)` weights of each matrix, `p = p_end + (p_0 - p_end) * (1 + cos(pi * step / T)) / 2`: the k least |w| go,
 * and k grow.
 */
export const selfish: Method = {
  name: 'selfish',
  paper: 'Liu et al. 2021, Selfish sparse RNN training',
  description: 'drops the least weights and grows at random, gates competing, averaged by SNT-ASGD',
  dense: false,
  startsDense: false,
  update: { drop: magnitude, redistribute: none, grow: random },
  settings: { optimizer: 'snt-asgd', gates: 'free', schedule: 'cosine', endRate: 0.005 },
};
