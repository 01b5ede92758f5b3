import { globalMagnitude } from '../drop/globalMagnitude.ts';
import { random } from '../grow/random.ts';
import { nonzeros } from '../redistribute/nonzeros.ts';
import type { Method } from './method.ts';

/**
 * The best configuration that a public search over sparse training of recurrent networks found (hyperpruning,
 * github.com/FATE4869/hyperpruning).
 *
 * Counts start by Erdos-Renyi. At every update the model loses the share p of its weights of least magnitude, wherever they
 * are; what is freed goes to matrices in proportion to the weights they have left, at random empty positions.
 *
 * `n = ceil(p * nnz)` weights of the model: the n least |w| go, and matrix l, with nnz_l left, grows `n * nnz_l / (nnz - n)`.
 */
export const hyper: Method = {
  name: 'hyper',
  paper: 'hyperpruning, github.com/FATE4869/hyperpruning',
  description: 'drops the least weights of the whole model, and grows at random, more where more is left',
  dense: false,
  startsDense: false,
  update: { drop: globalMagnitude, redistribute: nonzeros, grow: random },
  settings: { distribution: 'er' },
};
