import { describe } from 'vitest';
import { describeReference } from '../recurrentReference.testing.ts';
import { LSTM_GATES } from './contract.ts';
import { referenceLstmBackward, referenceLstmForward } from './reference.ts';

describe('lstm: the reference in float64', () => {
  describeReference({
    fixtures: 'lstm',
    gates: LSTM_GATES,
    gated: ['wx', 'wh', 'bias'],
    forward: referenceLstmForward,
    backward: referenceLstmBackward,
  });
});
