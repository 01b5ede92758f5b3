import { zero } from '../drop/zero.ts';
import { random } from '../grow/random.ts';
import { none } from '../redistribute/none.ts';
import type { Method } from './method.ts';

/**
 * Deep rewiring, DEEP R (Bellec et al. 2018, "Deep rewiring: training very sparse deep networks", ICLR, Algorithm 1).
 *
 * Each weight has a sign for life. It walks by gradient, a pull toward zero and noise, and where its sign would flip it is
 * out of use; as many new ones start at random empty positions.
 *
 * How we differ. The paper replaces a weight in the very step in which its sign would flip; we let it stay at 0 until the
 * next topology update. The paper starts a new weight at 0 with a random sign; ours start at N(0, growStd), since a weight
 * that is 0 is out of use here. The paper's noise is normal, ours uniform of the same variance. The strengths of pull and
 * noise are our choice.
 */
export const deepr: Method = {
  name: 'deepr',
  paper: 'Bellec et al. 2018, Deep rewiring: training very sparse deep networks',
  description: 'walks with noise, drops the weights whose sign would flip, and grows as many at random',
  dense: false,
  startsDense: false,
  update: { drop: zero, redistribute: none, grow: random },
  rewire: { l1: 1e-6, temperature: 1e-10 },
  settings: { growStd: 1e-3 },
};
