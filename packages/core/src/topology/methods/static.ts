import type { Method } from './method.ts';

/**
 * A random sparse topology that never changes: `W = mask * W` with the mask drawn once, at the start (Mocanu et al. 2016,
 * "A topological insight into restricted Boltzmann machines", Machine Learning 104). It shows what adaptation adds.
 */
export const staticTopology: Method = {
  name: 'static',
  paper: 'Mocanu et al. 2016, A topological insight into restricted Boltzmann machines',
  description: 'a random sparse topology that never changes',
  dense: false,
  startsDense: false,
};
