import { expect, it } from 'vitest';
import type { Exhibit } from '../load/plans.ts';
import { PUBLISHED_FILES, publishedTable, readPublished } from './published.ts';

/** The numbers that may be printed, each read in its source: file, model, sparsity, validation, test, source. */
const MAY_BE_PRINTED = `
ptb-lstm   | Selfish stacked LSTM                                | 0.67             | 73.79 | 71.65   | Selfish-RNN README
ptb-lstm   | LSTM 2×1500, er, global-magnitude, nonzeros, p₀ 0.7 | 0.67             | 72.27 | 69.73   | FATE4869/hyperpruning README
ptb-lstm   | Zaremba medium                                      | dense            | 86.2  | 82.7    | Zaremba et al. 2014
ptb-lstm   | Zaremba large                                       | dense            | 82.2  | 78.4    | Zaremba et al. 2014
ptb-lstm   | AWD-LSTM without finetuning                         | dense            | 61.2  | 58.8    | awd-lstm-lm README
ptb-lstm   | LSTM-256                                            | dense            | 135.6 | 129.3   | SparseBayesianRNN logs
ptb-lstm   | LSTM-256, SparseVD                                  | 22 times fewer   | 115.0 | 109.2   | SparseBayesianRNN logs
ptb-rhn    | Selfish RHN                                         | 0.53             | 62.10 | 60.35   | Selfish-RNN README
ptb-rhn    | RHN of depth 10, tied                               | dense            | 67.9  | 65.4    | RHN README
wikitext-2 | AWD-LSTM without finetuning                         | dense            | 68.7  | 65.6    | awd-lstm-lm README
wikitext-2 | Tied LSTM-1500                                      | dense            | –     | 83.85   | distiller README
wikitext-2 | Tied LSTM-1500, gradual pruning (AGP)               | 0.70             | –     | 82.93   | distiller README
wikitext-2 | Tied LSTM-1500, gradual pruning (AGP)               | 0.804            | –     | 83.64   | distiller README
wikitext-2 | Tied LSTM-1500, gradual pruning (AGP)               | 0.90             | –     | 85.67   | distiller README
wikitext-2 | Tied LSTM-1500, gradual pruning (AGP)               | 0.95             | –     | 92.79   | distiller README
imdb       | SparseVD                                            | 1208 times fewer | –     | 84.10 % | SparseBayesianRNN logs
imdb       | Block-sparse LSTM                                   | –                | –     | 94.99 % | OpenAI block-sparse page
`;

it('no published number is printed but those that were read in their sources', () => {
  const allowed = MAY_BE_PRINTED.trim()
    .split('\n')
    .map(line => line.split('|').map(cell => cell.trim()));
  const printed = PUBLISHED_FILES.flatMap(file =>
    readPublished(file).map(({ model, sparsity, validation, test, source }) => [
      file,
      model,
      sparsity,
      validation,
      test,
      source,
    ]),
  );
  expect(printed).toEqual(allowed);
});

it('every row has a setting, and a difference that says what scale paper trains', () => {
  for (const { model, setting, difference } of PUBLISHED_FILES.flatMap(readPublished)) {
    expect(setting, model).toMatch(/units|not noted here/);
    expect(difference, model).toMatch(/scale paper|no scale/i);
  }
});

it.each([
  ['desk', 'The last column is about what is trained at scale paper; the runs on this page are of scale desk'],
  ['study', 'the runs on this page are of a study of their own'],
  ['paper', undefined],
] as const)('beside runs of scale %s the table says %s', (scale, caveat) => {
  const exhibit = { id: 'table-1', planned: { published: ['ptb-lstm'] }, scale } as unknown as Exhibit;
  const { caption } = publishedTable(exhibit)!;
  if (caveat === undefined) expect(caption).not.toContain('The last column');
  else expect(caption).toContain(caveat);
});
