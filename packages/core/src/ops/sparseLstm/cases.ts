import { RECURRENT_CASES } from '../recurrentCases.ts';

/** The cases of sparseLstm: those that all recurrent layers share. */
export const LSTM_CASES = RECURRENT_CASES;
