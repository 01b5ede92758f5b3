import type { Method } from './method.ts';

/**
 * A dense model with fewer hidden units: as many parameters as the sparse model of the given density. It shows what
 * sparsity buys over a small network.
 */
export const denseSmall: Method = {
  name: 'dense-small',
  paper: '',
  description: 'a dense model with fewer units, as many parameters as the sparse one',
  dense: true,
  startsDense: true,
  small: true,
};
