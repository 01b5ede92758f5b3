import type { Method } from './method.ts';

/**
 * Gradual magnitude pruning (Zhu & Gupta 2017, "To prune, or not to prune: exploring the efficacy of pruning for model
 * compression", equation 1).
 *
 * Training starts dense. At progress x of the pruning each matrix keeps the weights of largest magnitude at the density
 * `d + (1 - d) (1 - x)^3`, with d the density at the end; the paper writes the same of sparsity.
 */
export const gmp: Method = {
  name: 'gmp',
  paper: 'Zhu & Gupta 2017, To prune, or not to prune: exploring the efficacy of pruning for model compression',
  description: 'starts dense and prunes the least weights of each matrix along a cubic schedule',
  dense: false,
  startsDense: true,
  prune: {
    when: 'schedule',
    compete: 'matrix',
    density: (target, progress) => target + (1 - target) * (1 - progress) ** 3,
    score: ({ values }) => values,
  },
};
