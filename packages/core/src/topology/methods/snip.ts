import type { Method } from './method.ts';

/**
 * SNIP (Lee et al. 2019, "SNIP: single-shot network pruning based on connection sensitivity", ICLR, Algorithm 1).
 *
 * Before the first step the weights of all matrices are ranked by connection sensitivity, `|w * g|` with g the gradient of
 * the loss on one batch, and those of least sensitivity go. The topology never changes again.
 */
export const snip: Method = {
  name: 'snip',
  paper: 'Lee et al. 2019, SNIP: single-shot network pruning based on connection sensitivity',
  description: 'starts dense and prunes once, before the first step, by weight times gradient',
  dense: false,
  startsDense: true,
  prune: {
    when: 'start',
    compete: 'model',
    density: target => target,
    needs: 'gradient',
    score: ({ values, gradient }) => values.map((value, rank) => value * gradient![rank]),
  },
};
