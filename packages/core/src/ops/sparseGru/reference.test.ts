import { describe } from 'vitest';
import { describeReference } from '../recurrentReference.testing.ts';
import { GRU_GATES } from './contract.ts';
import { referenceGruBackward, referenceGruForward } from './reference.ts';

describe('gru: the reference in float64', () => {
  describeReference({
    fixtures: 'gru',
    gates: GRU_GATES,
    gated: ['wx', 'wh', 'bias', 'recurrentBias'],
    forward: referenceGruForward,
    backward: referenceGruBackward,
  });
});
