import { describe, expect, it } from 'vitest';
import { fewerUnits, missedSize } from './denseSmall.ts';
import { planLanguageModel } from './languageModel.ts';
import { countParameters, type InitialSparsity } from './model.ts';
import type { LanguageModelSettings, TextClassifierSettings } from './settings.ts';
import { planTextClassifier } from './textClassifier.ts';

const sparse = { embedding: true, recurrent: true, decoder: true };
const init = { recurrent: 0.1, embedding: 0.1, decoder: 0.1 };
const paper: LanguageModelSettings = {
  vocabulary: 10_000,
  embedding: 1500,
  hidden: 1500,
  layers: 2,
  dropout: { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 },
  init,
  sparse,
};
const imdb: TextClassifierSettings = {
  vocabulary: 20_000,
  embedding: 256,
  hidden: 256,
  layers: 1,
  classes: 2,
  dropout: { input: 0, between: 0, output: 0 },
  init,
  sparse,
};

const share = <S extends LanguageModelSettings | TextClassifierSettings>(
  settings: S,
  plan: (settings: S) => ReturnType<typeof planLanguageModel>,
  sparsity: InitialSparsity,
) => {
  const small = fewerUnits(settings, plan, sparsity);
  const wanted = countParameters(plan(settings), sparsity);
  const missed = missedSize({ settings, sized: small }, plan, sparsity);
  return { small, share: countParameters(plan(small)) / wanted, missed };
};

describe('dense-small', () => {
  it.each([0.33, 0.1, 0.05, 0.02])(
    'has the parameters of the paper-size model at density %d to within half a percent',
    density => {
      const { small, share: reached } = share(paper, planLanguageModel, { density, distribution: 'uniform' });
      expect(Math.abs(reached - 1)).toBeLessThan(0.005);
      expect(small.hidden).toBeLessThan(paper.hidden);
      expect(small.embedding / small.hidden).toBeGreaterThan(0.5);
      expect(small.embedding / small.hidden).toBeLessThan(2);
    },
  );

  it('counts an er budget likewise, and a classifier', () => {
    expect(Math.abs(share(paper, planLanguageModel, { density: 0.2, distribution: 'er' }).share - 1)).toBeLessThan(
      0.005,
    );
    const { share: reached } = share(imdb, planTextClassifier, { density: 0.04, distribution: 'uniform' });
    expect(Math.abs(reached - 1)).toBeLessThan(0.005);
  });

  it('keeps a tied embedding as wide as the hidden layer', () => {
    const { small, share: reached } = share({ ...paper, tied: true }, planLanguageModel, {
      density: 0.3,
      distribution: 'uniform',
    });
    expect(small.embedding).toBe(small.hidden);
    expect(Math.abs(reached - 1)).toBeLessThan(0.005);
  });

  /** The RHN of ptb-rhn at its own density and at others, and the GRU of the same size as the LSTM. */
  const rhn = { ...paper, cell: 'rhn', hidden: 830, embedding: 830, layers: 1, depth: 10, tied: true };
  it.each<[string, number, LanguageModelSettings]>([
    ['tied RHN', 0.472, rhn],
    ['tied RHN', 0.1, rhn],
    ['RHN', 0.2, { ...rhn, tied: false }],
    ['GRU', 0.33, { ...paper, cell: 'gru' }],
    ['GRU', 0.05, { ...paper, cell: 'gru' }],
    ['tied GRU', 0.3, { ...paper, cell: 'gru', tied: true }],
  ])('has the parameters of a paper-size %s at density %d to within half a percent', (_name, density, settings) => {
    const sparsity = { density, distribution: 'uniform' as const };
    const { small, share: reached, missed } = share(settings, planLanguageModel, sparsity);
    expect(Math.abs(reached - 1)).toBeLessThan(0.005);
    expect(small.hidden).toBeLessThan(settings.hidden);
    expect(missed).toBeUndefined();
  });

  const small = { ...paper, layers: 1 };
  it.each<[number, number, number, number]>([
    [50, 64, 64, 0.3],
    [300, 60, 20, 0.3],
    [300, 20, 60, 0.3],
    [200, 150, 60, 0.1],
    [40, 90, 90, 0.15],
  ])(
    'of the pairs within half a percent takes the one whose ratio is nearest: V %d, E %d, H %d, density %d',
    (vocabulary, embedding, hidden, density) => {
      const settings = { ...small, vocabulary, embedding, hidden };
      const sparsity = { density, distribution: 'uniform' as const };
      const wanted = countParameters(planLanguageModel(settings), sparsity);
      const count = (h: number, e: number) =>
        countParameters(planLanguageModel({ ...settings, hidden: h, embedding: e }));
      const pairs: { h: number; e: number; skew: number }[] = [];
      for (let h = 1; h <= hidden; h++) {
        let below = 0;
        while (count(h, below + 1) <= wanted) below++;
        for (const e of [below, below + 1]) {
          if (e < 1 || Math.abs(count(h, e) / wanted - 1) > 0.005) continue;
          const stretch = (e * hidden) / (h * embedding);
          pairs.push({ h, e, skew: Math.max(stretch, 1 / stretch) });
        }
      }
      expect(pairs.length).toBeGreaterThan(5);
      const best = Math.min(...pairs.map(({ skew }) => skew));
      const sizes = fewerUnits(settings, planLanguageModel, sparsity);
      const taken = pairs.find(({ h, e }) => h === sizes.hidden && e === sizes.embedding);
      expect(taken?.skew).toBeCloseTo(best, 12);
      // Neither the first nor the last that fits.
      expect([pairs[0], pairs.at(-1)]).not.toContain(taken);
    },
  );

  it('takes what comes nearest where a unit is a larger step than 0.5%, and tells what was wanted', () => {
    const tiny = { ...paper, vocabulary: 8000, hidden: 16, embedding: 16, layers: 1 };
    const sparsity = { density: 0.3, distribution: 'uniform' as const };
    const { small, share: reached, missed } = share(tiny, planLanguageModel, sparsity);
    const wanted = countParameters(planLanguageModel(tiny), sparsity);
    expect(Math.abs(reached - 1)).toBeGreaterThan(0.005);
    expect(missed).toBe(wanted);
    for (let hidden = 1; hidden <= 16; hidden++) {
      for (let embedding = 1; embedding <= Math.min(16, 2 * hidden); embedding++) {
        const other = countParameters(planLanguageModel({ ...tiny, hidden, embedding })) / wanted;
        expect(Math.abs(other - 1)).toBeGreaterThanOrEqual(Math.abs(reached - 1));
      }
    }
    expect(small.hidden).toBeLessThanOrEqual(16);
  });

  it('is not short of units for the sake of an exact number', () => {
    const book = { ...paper, vocabulary: 5842, hidden: 128, embedding: 128, layers: 1 };
    const sparsity = { density: 0.1, distribution: 'uniform' as const };
    const wanted = countParameters(planLanguageModel(book), sparsity);
    const of = (sizes: { hidden: number; embedding: number }) =>
      countParameters(planLanguageModel({ ...book, ...sizes })) / wanted;
    expect(Math.abs(of({ hidden: 3, embedding: 25 }) - 1)).toBeLessThan(0.005);
    const { small, share: reached } = share(book, planLanguageModel, sparsity);
    // Nearer to the number, but nearly twice as wide as it has units.
    expect(of({ hidden: 10, embedding: 18 })).toBeCloseTo(1.009, 3);
    expect([small.hidden, small.embedding]).toEqual([14, 14]);
    expect(reached).toBeCloseTo(1.012, 3);
  });

  it('has one unit where even that has more parameters than wanted', () => {
    const { small, missed } = share(paper, planLanguageModel, { density: 0.0001, distribution: 'uniform' });
    expect([small.hidden, small.embedding]).toEqual([1, 1]);
    expect(missed).toBeDefined();
  });
});
