import { meanMagnitude } from '../arrays.ts';
import { type RedistributeRule, shareBy } from './rule.ts';

/**
 * In proportion to the mean magnitude of the optimizer's smoothed gradient over the weights that remain in a matrix
 * (Dettmers & Zettlemoyer 2019): more to matrices that the training still moves.
 */
export const momentum: RedistributeRule = {
  name: 'momentum',
  needs: 'momentum',
  share: matrices => shareBy(matrices, ({ momentum }) => meanMagnitude(momentum!)),
};
