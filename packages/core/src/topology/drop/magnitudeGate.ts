import { ceilShare } from '../../sparsity/rounding.ts';
import { gateStarts } from '../../sparsity/topologyOps.ts';
import { concat } from '../arrays.ts';
import { nearestZero } from './nearestZero.ts';
import type { DropRule } from './rule.ts';

/**
 * Removes the `ceil(p * n)` weights of least magnitude of each gate of each matrix, n being the gate's nonzeros: gates do
 * not compete. Because each gate is rounded up, a matrix may lose up to `gates - 1` weights more than by `magnitude`.
 * Ties: of equal magnitudes the lower flat index is removed.
 */
export const magnitudeGate: DropRule = {
  name: 'magnitude-gate',
  select(matrices, rate) {
    const ranks = matrices.map(({ topology, values, gates }) => {
      const starts = gateStarts(topology, gates);
      const parts = starts.slice(1).map((end, gate) => {
        const start = starts[gate];
        const gateValues = values.subarray(start, end);
        return nearestZero([gateValues], ceilShare(rate, end - start))[0].map(rank => start + rank);
      });
      return concat(parts);
    });
    return { ranks };
  },
};
