import { meanMagnitude } from '../arrays.ts';
import { type RedistributeRule, shareBy } from './rule.ts';

/** In proportion to the mean magnitude of the weights that remain in a matrix: more to matrices of large weights. */
export const magnitude: RedistributeRule = {
  name: 'magnitude',
  share: matrices => shareBy(matrices, ({ values }) => meanMagnitude(values)),
};
