import { describeReference } from '../recurrentReference.testing.ts';
import { GRU_GATES } from './contract.ts';
import { referenceGruBackward, referenceGruForward } from './reference.ts';

describeReference({
  fixtures: 'gru',
  gates: GRU_GATES,
  gated: ['wx', 'wh', 'bias', 'recurrentBias'],
  forward: referenceGruForward,
  backward: referenceGruBackward,
});
