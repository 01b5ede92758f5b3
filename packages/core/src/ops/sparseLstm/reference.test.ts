import { describeReference } from '../recurrentReference.testing.ts';
import { LSTM_GATES } from './contract.ts';
import { referenceLstmBackward, referenceLstmForward } from './reference.ts';

describeReference({
  fixtures: 'lstm',
  gates: LSTM_GATES,
  gated: ['wx', 'wh', 'bias'],
  forward: referenceLstmForward,
  backward: referenceLstmBackward,
});
