import { describe, expect, it } from 'vitest';
import { loadSynthetic } from '../testing/folders.ts';
import type { SyntheticRun } from '../testing/syntheticRuns.ts';
import { confusionsOf } from './confusion.ts';
import { costTable } from './cost.ts';
import { dataTable, notesText } from './data.ts';
import { differencesTable } from './differences.ts';
import { runsTable } from './runs.ts';
import { settingsTable } from './settings.ts';
import { criticalT, loadSummarise } from './statistics.ts';
import { shownColumns, type Table } from './table.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

/** Text of one cell by its column's key. */
function textOf(table: Table, row: number, key: string): string {
  return plain(table.rows[row][table.columns.findIndex(column => column.key === key)].text);
}

function shown(table: Table): string[] {
  return shownColumns(table).map(column => table.columns[column].key);
}

/** Runs of a classifier of two classes whose test hits `hits` of 100 texts in each class, one run per seed. */
function classifiers(method: string, density: number, ...hits: number[]): SyntheticRun[] {
  return hits.map((hit, index) => ({
    task: 'classification',
    method,
    density,
    seed: index + 1,
    epochs: 2,
    window: 0,
    confusion: [
      [hit, 100 - hit],
      [100 - hit, hit],
    ],
  }));
}

describe('criticalT', () => {
  // Quantiles .975 as printed in tables of Student's t distribution.
  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [9, 2.262],
    [10, 2.228],
    [30, 2.042],
    [120, 1.98],
  ])('of %d degrees of freedom is %d', (degrees, value) => expect(criticalT(degrees)).toBeCloseTo(value, 3));
});

describe('runsTable of classifiers', () => {
  it('has accuracy and macro-F1 in place of perplexity, in percent, best first', () => {
    const { studies } = loadSynthetic({
      ...classifiers('set', 0.1, 0)[0],
      confusion: [
        [3, 1],
        [2, 2],
      ],
    });
    const table = runsTable('classification', studies);
    expect(table.id).toBe('runs-classification');
    expect(textOf(table, 0, 'test_accuracy')).toBe('62.50 %');
    // Mean of 6/9 and 4/7.
    expect(textOf(table, 0, 'test_macro_f1')).toBe('61.90 %');
    expect(shown(table).join()).not.toContain('perplexity');
    expect(table.caption).toContain('Accuracy and macro-F1: higher is better.');
    const first = table.columns.filter(({ highFirst }) => highFirst).map(({ key }) => key);
    expect(first).toEqual(['test_accuracy', 'validation_accuracy', 'test_macro_f1', 'validation_macro_f1']);
  });

  it('shows what density pruning has come to where some model changes its own', () => {
    const pruned = loadSynthetic({ method: 'gmp', density: 0.2, epochs: 4 }, { method: 'set', density: 0.2 });
    const table = runsTable('language-model', pruned.studies);
    expect(textOf(table, 1, 'density')).toBe('0.20, starts dense');
    expect(shown(table)).toContain('density_tested');
    expect(textOf(table, 1, 'density_tested')).toBe('20.0 %');
    expect(table.caption).toContain('Training FLOPs are the mean over all steps');
    const fixed = loadSynthetic({ method: 'set', density: 0.2 });
    expect(shown(runsTable('language-model', fixed.studies))).not.toContain('density_tested');
  });

  it('compares a smaller dense model with the full one', () => {
    const both = loadSynthetic({ method: 'dense', density: 1 }, { method: 'dense-small', density: 0.25 });
    const table = runsTable('language-model', both.studies);
    // 16 units: 2 * 1200 * 16 + 2 * 64 * 16 weights and 64 + 1200 biases, of 187,824.
    expect(textOf(table, 1, 'parameters_relative')).toBe('22.2 %');
    const alone = loadSynthetic({ method: 'dense-small', density: 0.25 });
    expect(textOf(runsTable('language-model', alone.studies), 0, 'parameters_relative')).toBe('–');
  });

  it('compares a smaller dense model with the full one of its own cell only', () => {
    const gru = { cell: 'gru' };
    const small: SyntheticRun = { method: 'dense-small', density: 0.25, spec: gru };
    const lstm: SyntheticRun = { method: 'dense', density: 1 };
    const without = loadSynthetic(lstm, small);
    expect(textOf(runsTable('language-model', without.studies), 1, 'parameters_relative')).toBe('–');
    expect(textOf(runsTable('language-model', without.studies), 1, 'flops_relative')).toBe('–');
    const flops = { training: 1e6, denseTraining: 1e6 };
    const both = loadSynthetic(lstm, { ...lstm, spec: gru, flops }, small);
    // 6 * (1200 * 16 + 2 * 64 * 16) of a million.
    expect(textOf(runsTable('language-model', both.studies), 2, 'flops_relative')).toBe('0.13');
  });
});

describe('settingsTable of classifiers', () => {
  it('gives mean, deviation and t interval in percent and percentage points', async () => {
    const { studies } = loadSynthetic(...classifiers('set', 0.1, 80, 84, 88));
    const table = settingsTable('classification', studies, await loadSummarise());
    expect(textOf(table, 0, 'test_accuracy_mean')).toBe('84.00 %');
    expect(textOf(table, 0, 'test_accuracy_deviation')).toBe('± 4.00');
    // 4.3027 * 4 / sqrt(3)
    expect(textOf(table, 0, 'test_accuracy_interval95')).toBe('± 9.94');
  });
});

describe('differencesTable', () => {
  it('pairs the runs of equal seeds and says what their interval shows', async () => {
    const { studies } = loadSynthetic(
      ...classifiers('dense', 1, 80, 84, 88),
      // Differences 2, 3, 4: mean 3, deviation 1, half-width 4.3027 / sqrt(3) = 2.48.
      ...classifiers('set', 0.1, 82, 87, 92),
      // -1, 0, 4: mean 1, deviation 2.65, half-width 6.57.
      ...classifiers('static', 0.1, 79, 84, 92),
      // One pair only, with seed 1.
      ...classifiers('rigl', 0.1, 70),
    );
    const table = differencesTable('classification', studies, await loadSummarise())!;
    const rows = [0, 1, 2].map(row =>
      [
        'method',
        'pairs',
        'test_accuracy_difference',
        'test_accuracy_difference_interval95',
        'test_accuracy_difference_verdict',
      ].map(key => textOf(table, row, key)),
    );
    expect(rows).toEqual([
      ['static', '3', '+1.00', '± 6.57', 'open'],
      ['set', '3', '+3.00', '± 2.48', 'better'],
      ['rigl', '1', '−10.00', '–', '–'],
    ]);
  });

  it('calls a lower perplexity better, and takes the dense model of the nearest spec', async () => {
    const seeds = (run: SyntheticRun, ...values: number[]) =>
      values.map((testPerplexity, index) => ({ ...run, testPerplexity, seed: index + 1 }));
    const { studies } = loadSynthetic(
      ...seeds({ method: 'dense', density: 1, spec: { hidden: 64 } }, 100, 102),
      ...seeds({ method: 'dense', density: 1, spec: { hidden: 32 } }, 150, 152),
      ...seeds({ method: 'set', density: 0.1, spec: { hidden: 32 } }, 140, 142),
    );
    const table = differencesTable('language-model', studies, await loadSummarise())!;
    expect(table.rows).toHaveLength(1);
    expect(textOf(table, 0, 'test_perplexity_difference')).toBe('−10.00');
    expect(textOf(table, 0, 'test_perplexity_difference_verdict')).toBe('better');
    expect(textOf(table, 0, 'dense')).toBe('dense (hidden 32)');
  });

  it('compares with static and with small dense models of the same density', async () => {
    const { studies } = loadSynthetic(
      ...classifiers('dense', 1, 90, 94, 98),
      ...classifiers('dense-small', 0.1, 80, 84, 88),
      ...classifiers('dense-small', 0.5, 85, 89, 93),
      ...classifiers('static', 0.1, 79, 84, 92),
      ...classifiers('set', 0.1, 82, 87, 92),
    );
    const summarise = await loadSummarise();
    const rows = (reference: 'static' | 'dense-small') => {
      const table = differencesTable('classification', studies, summarise, reference)!;
      const keys = ['method', 'test_accuracy_difference', 'test_accuracy_difference_verdict'];
      return [table.id, table.title, ...table.rows.map((_, row) => keys.map(key => textOf(table, row, key)))];
    };
    expect(rows('dense-small')).toEqual([
      'differences-dense-small-classification',
      'Differences to a small dense model of as many parameters',
      ['static', '+1.00', 'open'],
      ['set', '+3.00', 'better'],
    ]);
    expect(rows('static')).toEqual([
      'differences-static-classification',
      'Differences to the static model',
      ['set', '+2.00', 'open'],
    ]);
  });

  it('compares no model with a dense one of another cell', async () => {
    const gru = classifiers('set', 0.1, 82, 87, 92).map(run => ({ ...run, spec: { cell: 'gru' } }));
    const { studies } = loadSynthetic(...classifiers('dense', 1, 80, 84, 88), ...gru);
    expect(differencesTable('classification', studies, await loadSummarise())).toBeUndefined();
  });

  it('is left out where no setting has two seeds in common with the dense model', async () => {
    const { studies } = loadSynthetic(...classifiers('dense', 1, 80), ...classifiers('set', 0.1, 82, 87));
    expect(differencesTable('classification', studies, await loadSummarise())).toBeUndefined();
  });
});

describe('confusionsOf', () => {
  it('sums the matrices of the seeds; rows are the true classes', () => {
    const { studies } = loadSynthetic(...classifiers('set', 0.1, 80, 90), {
      ...classifiers('set', 0.1, 0)[0],
      seed: 3,
      end: 'unfinished',
    });
    const confusions = confusionsOf(studies[0], '')!;
    expect(confusions.classes).toEqual(['negative', 'neutral']);
    expect(confusions.matrices).toMatchObject([
      {
        label: 'set 0.10',
        runs: 2,
        counts: [
          [170, 30],
          [30, 170],
        ],
      },
    ]);
    const { columns, rows } = confusions.csv;
    expect(columns.slice(4)).toEqual(['true_class', 'given_class', 'texts', 'share_of_true_class']);
    expect(rows.map(row => row.slice(4))).toEqual([
      ['negative', 'negative', 170, 0.85],
      ['negative', 'neutral', 30, 0.15],
      ['neutral', 'negative', 30, 0.15],
      ['neutral', 'neutral', 170, 0.85],
    ]);
  });

  it('is left out for language models', () => {
    const { studies } = loadSynthetic({ method: 'set', density: 0.1 });
    expect(confusionsOf(studies[0], '')).toBeUndefined();
  });
});

describe('dataTable', () => {
  it('holds texts and shares of each class, and the corpus’s notes', () => {
    const { studies } = loadSynthetic(...classifiers('set', 0.1, 80));
    const table = dataTable(studies)!;
    expect(table.rows.map((_, row) => textOf(table, row, 'class'))).toEqual(['negative', 'neutral', 'positive']);
    // 300 of 900 + 300 + 800, and 40 of 200.
    expect(textOf(table, 1, 'train_texts')).toBe('300');
    expect(textOf(table, 1, 'train_share')).toBe('15.0 %');
    expect(textOf(table, 1, 'test_share')).toBe('20.0 %');
    expect(plain(notesText(studies[0].dataset))).toBe(
      '12 rows could not be used; 3 rows left out on purpose; 1 text in both training and test; ' +
        'truncated texts: 100 training (5.0 %), 0 validation (0.00 %), 5 test (2.5 %); ' +
        'words outside the vocabulary: 0.00 % training, 1.2 % validation, 1.5 % test',
    );
    expect(table.caption).toContain(notesText(studies[0].dataset));
  });

  it('is left out for language models', () => {
    expect(dataTable(loadSynthetic({ method: 'set', density: 0.1 }).studies)).toBeUndefined();
  });
});

describe('costTable with what a method computes besides', () => {
  it('adds it to the training, and shows the columns only where a log has them', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1 },
      { method: 'rigl', density: 0.1, methodFlops: 1000, flops: { perSequence: 384 } },
    );
    const table = costTable('language-model', studies);
    // 6 * (7680 + 2 * 1638) = 65,736, and 1000.
    expect(textOf(table, 1, 'flops_training')).toBe('66.7 k');
    expect(textOf(table, 1, 'flops_method_extra')).toBe('1.00 k');
    expect(textOf(table, 1, 'flops_per_sequence')).toBe('384');
    expect(textOf(table, 0, 'flops_method_extra')).toBe('–');
    const extra = (runs: typeof studies) =>
      shown(costTable('language-model', runs)).filter(key => /extra|sequence/.test(key));
    expect(extra(studies)).toEqual(['flops_method_extra', 'flops_per_sequence']);
    expect(extra(loadSynthetic({ method: 'rigl', density: 0.1 }).studies)).toEqual([]);
  });
});

describe('costTable with computed bytes', () => {
  it('shows them beside the measured ones, only where a log has them', () => {
    const weights = { values: 4e6, indices: 8e6, copies: 4e6, gradients: 4e6, slots: 0 };
    const computed = { weights, biases: 1e5, activations: 30e6, logits: 12e6, peak: 58e6 };
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1 },
      { method: 'set', density: 0.1, bytes: { computed, heapPeak: 60e6, rssPeak: 204e6 } },
    );
    const table = costTable('language-model', studies);
    // What the epochs measured: 40 MB + 200 MB * .1.
    expect(textOf(table, 1, 'peak_heap_bytes')).toBe('60.0 MB');
    expect(textOf(table, 1, 'computed_peak_bytes')).toBe('58.0 MB');
    expect(textOf(table, 1, 'computed_weight_bytes')).toBe('20.1 MB');
    expect(textOf(table, 1, 'computed_activation_bytes')).toBe('42.0 MB');
    expect(textOf(table, 0, 'computed_peak_bytes')).toBe('–');
    const computedColumns = (runs: typeof studies) =>
      shown(costTable('language-model', runs)).filter(key => key.startsWith('computed'));
    expect(computedColumns(studies)).toHaveLength(3);
    expect(computedColumns(loadSynthetic({ method: 'set', density: 0.1 }).studies)).toEqual([]);
  });
});
