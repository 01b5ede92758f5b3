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
 *
 * The n weights with `|w| < H` go, and matrix l, with nnz_l left, grows `n * nnz_l / (nnz - n)`; then `H = 2 H` where
 * `n < .9 ceil(p * nnz)`, and `H = H / 2` where `n > 1.1 ceil(p * nnz)`.
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
