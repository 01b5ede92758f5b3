import { type RedistributeRule, shareBy } from './rule.ts';

/**
 * In proportion to the number of weights that remain in a matrix (Mostafa & Wang 2019): a matrix that lost a smaller share
 * than others grows denser. It goes with a drop rule that compares weights across matrices.
 */
export const nonzeros: RedistributeRule = {
  name: 'nonzeros',
  share: matrices => shareBy(matrices, ({ values }) => values.length),
};
