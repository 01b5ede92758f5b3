import { threshold } from '../drop/threshold.ts';
import { random } from '../grow/random.ts';
import { nonzeros } from '../redistribute/nonzeros.ts';
import type { Method } from './method.ts';

/**
 * Dynamic sparse reparameterization (Mostafa & Wang 2019, "Parameter efficient training of deep convolutional neural
 * networks by dynamic sparse reparameterization", ICML, Algorithm 1).
 *
 * At every update all weights below one threshold go, wherever they are. What is freed goes to matrices in proportion to
 * the weights they have left, at random empty positions. The threshold doubles or halves until the number is right.
 */
export const dsr: Method = {
  name: 'dsr',
  paper:
    'Mostafa & Wang 2019, Parameter efficient training of deep convolutional neural networks by dynamic sparse reparameterization',
  description: 'drops below one adaptive threshold, and grows at random, more where more is left',
  dense: false,
  startsDense: false,
  update: { drop: threshold, redistribute: nonzeros, grow: random },
};
