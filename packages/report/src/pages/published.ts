/** A published result of a related model, as its source prints it: perplexity, or accuracy with a percent sign. */
export interface Published {
  model: string;
  sparsity: string;
  validation: string;
  test: string;
  source: string;
}

/** Numbers that we have read ourselves, each in the place that is named. None is the paper's. */
export const PUBLISHED: readonly Published[] = [
  ['Selfish stacked LSTM, PTB', '0.67', '73.79', '71.65', 'Selfish-RNN README'],
  ['Selfish RHN, PTB', '0.53', '62.10', '60.35', 'Selfish-RNN README'],
  [
    'LSTM 2×1500, er, global-magnitude, nonzeros, p₀ 0.7, PTB',
    '0.67',
    '72.27',
    '69.73',
    'FATE4869/hyperpruning README',
  ],
  ['Zaremba medium, PTB', 'dense', '86.2', '82.7', 'Zaremba et al. 2014'],
  ['Zaremba large, PTB', 'dense', '82.2', '78.4', 'Zaremba et al. 2014'],
  ['RHN of depth 10, tied, PTB', 'dense', '67.9', '65.4', 'RHN README'],
  ['AWD-LSTM without finetuning, PTB', 'dense', '61.2', '58.8', 'awd-lstm-lm README'],
  ['AWD-LSTM without finetuning, WikiText-2', 'dense', '68.7', '65.6', 'awd-lstm-lm README'],
  ['Tied LSTM-1500, WikiText-2', 'dense', '–', '83.85', 'distiller README'],
  ['Tied LSTM-1500, gradual pruning (AGP), WikiText-2', '0.70', '–', '82.93', 'distiller README'],
  ['Tied LSTM-1500, gradual pruning (AGP), WikiText-2', '0.804', '–', '83.64', 'distiller README'],
  ['Tied LSTM-1500, gradual pruning (AGP), WikiText-2', '0.90', '–', '85.67', 'distiller README'],
  ['Tied LSTM-1500, gradual pruning (AGP), WikiText-2', '0.95', '–', '92.79', 'distiller README'],
  ['LSTM-256, PTB', 'dense', '135.6', '129.3', 'SparseBayesianRNN logs'],
  ['LSTM-256, SparseVD, PTB', '22 times fewer', '115.0', '109.2', 'SparseBayesianRNN logs'],
  ['SparseVD, IMDb', '1208 times fewer', '–', '84.10 %', 'SparseBayesianRNN logs'],
  ['Block-sparse LSTM, IMDb', '–', '–', '94.99 %', 'OpenAI block-sparse page'],
].map(([model, sparsity, validation, test, source]) => ({ model, sparsity, validation, test, source }));
