import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { loadSynthetic } from '../testing/folders.ts';
import { costTable } from './cost.ts';
import { csvText, tableCsv } from './csv.ts';
import { runsTable } from './runs.ts';
import { settingsTable } from './settings.ts';
import { loadSummarise } from './statistics.ts';
import { shownColumns, type Table } from './table.ts';

/** One cell by its column's key. */
function cell(table: Table, row: number, key: string) {
  return table.rows[row][table.columns.findIndex(column => column.key === key)];
}

describe('loadSummarise', () => {
  it('gives mean and sample standard deviation', async () => {
    const summarise = await loadSummarise();
    // Deviations -3, -1, 1, 3 around 5: sum of squares 20, over n - 1 = 3.
    expect(summarise([2, 4, 6, 8])).toEqual({
      n: 4,
      mean: 5,
      deviation: Math.sqrt(20 / 3),
      interval: expect.closeTo(4.1086, 3),
    });
    expect(summarise([7, null])).toEqual({ n: 1, mean: 7, deviation: null, interval: null });
    expect(summarise([null])).toBeNull();
  });
});

describe('runsTable', () => {
  it('holds the values of the logs', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1, testPerplexity: 100 },
      { method: 'set', density: 0.1, testPerplexity: 98.765 },
    );
    const table = runsTable('language-model', studies);
    // 2 x 1200 x 64 embedding and decoder, 2 x 256 x 64 gates; 256 + 1200 biases.
    expect(cell(table, 0, 'parameters').value).toBe(186_368 + 1456);
    expect(cell(table, 1, 'parameters').value).toBe(2 * 7680 + 2 * 1638 + 1456);
    expect(cell(table, 1, 'parameters_relative').text).toBe('10.7\u00a0%');
    // 6 FLOPs per nonzero outside the embedding.
    expect(cell(table, 1, 'flops_per_token').value).toBe(6 * (7680 + 2 * 1638));
    expect(cell(table, 1, 'flops_relative').text).toBe('0.10');
    expect(cell(table, 1, 'test_perplexity')).toMatchObject({ value: 98.765, text: '98.77' });
    // 8 epochs of 14 s training and 1 s evaluation, and 3 s besides.
    expect(cell(table, 1, 'wall_seconds')).toMatchObject({ value: 123, text: '2\u00a0min 03\u00a0s' });
    expect(cell(table, 1, 'peak_rss_bytes').text).toBe('204\u00a0MB');
    expect(cell(table, 1, 'status').text).toBe('finished');
  });

  it('links every cell to its run', () => {
    const { studies, runs } = loadSynthetic({ method: 'dense', density: 1 }, { method: 'set', density: 0.1 });
    const table = runsTable('language-model', studies);
    const anchors = table.rows.map(row => [...new Set(row.map(({ anchor }) => anchor))]);
    expect(anchors.every(row => row.length === 1)).toBe(true);
    expect(anchors.flat().sort()).toEqual(runs.map(run => run.anchor).sort());
  });

  it('says how far runs came that did not finish', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1, epochs: 3, end: 'unfinished' },
      { method: 'set', density: 0.1, epochs: 4, end: { failed: 'loss is NaN' } },
    );
    const table = runsTable('language-model', studies);
    expect(cell(table, 0, 'status')).toMatchObject({ value: 'unfinished', text: 'epoch 3 of 8' });
    expect(cell(table, 0, 'test_perplexity')).toMatchObject({ value: null, text: '–' });
    expect(cell(table, 1, 'status')).toMatchObject({ value: 'failed', text: 'failed at step 1017' });
  });

  it('shows the study only where there are several', () => {
    const shown = (studies: Parameters<typeof runsTable>[1]) => {
      const table = runsTable('language-model', studies);
      return shownColumns(table).map(column => table.columns[column].key);
    };
    const one = loadSynthetic({ method: 'dense', density: 1 }, { method: 'set', density: 0.1 });
    const two = loadSynthetic({ method: 'dense', density: 1 }, { method: 'dense', density: 1, dataset: 'ptb' });
    expect(shown(one.studies)).not.toContain('study');
    expect(shown(two.studies)).toContain('study');
  });
});

describe('settingsTable', () => {
  it('averages finished runs only and marks single ones', async () => {
    const { studies } = loadSynthetic(
      { method: 'set', density: 0.1, seed: 1, testPerplexity: 100 },
      { method: 'set', density: 0.1, seed: 2, testPerplexity: 104 },
      { method: 'set', density: 0.1, seed: 3, end: 'unfinished' },
      { method: 'static', density: 0.1, testPerplexity: 110 },
    );
    const table = settingsTable('language-model', studies, await loadSummarise());
    expect(cell(table, 0, 'n').text).toBe('single run');
    expect(cell(table, 0, 'test_perplexity_deviation')).toMatchObject({ value: null, text: '–' });
    expect(cell(table, 0, 'test_perplexity_interval95')).toMatchObject({ value: null, text: '–' });
    expect(cell(table, 1, 'n').value).toBe(2);
    expect(cell(table, 1, 'test_perplexity_mean').text).toBe('102.00');
    expect(cell(table, 1, 'test_perplexity_deviation').text).toBe('±\u00a02.83');
    // 12.706 * sqrt(8) / sqrt(2)
    expect(cell(table, 1, 'test_perplexity_interval95').text).toBe('±\u00a025.41');
  });

  it('gives parameters and FLOPs of dense as means over the finished runs', async () => {
    const denseTraining = 657_408;
    const spent = (share: number) => ({ training: share * denseTraining, method: 0, forward: 1 });
    const { studies } = loadSynthetic(
      { method: 'gmp', density: 0.1, seed: 1, epochs: 1, end: 'unfinished' },
      { method: 'gmp', density: 0.1, seed: 2, flopsSpent: spent(0.3) },
      { method: 'gmp', density: 0.1, seed: 3, flopsSpent: spent(0.5) },
      { method: 'rigl', density: 0.1, end: 'unfinished' },
    );
    const table = settingsTable('language-model', studies, await loadSummarise());
    const [rigl, gmp] = [0, 1];
    expect(cell(table, gmp, 'method').value).toBe('gmp');
    expect(cell(table, gmp, 'parameters_relative').text).toBe('10.7\u00a0%');
    expect(cell(table, gmp, 'flops_relative').text).toBe('0.40');
    expect(cell(table, rigl, 'flops_relative')).toMatchObject({ value: null, text: '–' });
  });

  it('says of which epoch the validation results are', async () => {
    const { studies } = loadSynthetic({ task: 'classification', method: 'set', density: 0.1 });
    const table = settingsTable('classification', studies, await loadSummarise());
    const hint = table.columns.find(({ key }) => key === 'validation_accuracy_mean')?.hint;
    expect(hint).toBe('Mean, at the best epoch, the one of least validation loss');
    const runs = runsTable('classification', studies);
    expect(runs.columns.find(({ key }) => key === 'validation_accuracy')?.hint).toBe(
      'Validation accuracy at the best epoch, the one of least validation loss',
    );
  });
});

describe('costTable', () => {
  /** Number in the row of a method and a seed. */
  function numberIn(table: Table, method: string, seed: number, key: string): number {
    const row = table.rows.findIndex(
      (_, index) => cell(table, index, 'method').value === method && cell(table, index, 'seed').value === seed,
    );
    return cell(table, row, key).value as number;
  }

  it('compares measured times with the dense run of the same threads only', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1, threads: 2 },
      { method: 'set', density: 0.1, threads: 2 },
      { method: 'rigl', density: 0.1, threads: 1 },
    );
    const table = costTable('language-model', studies);
    const dense = cell(table, 0, 'step_ms').value as number;
    expect(cell(table, 1, 'step_relative').value).toBe((cell(table, 1, 'step_ms').value as number) / dense);
    // 204 MB of 420 MB.
    expect(cell(table, 1, 'memory_relative').value).toBeCloseTo(204 / 420, 10);
    expect(cell(table, 2, 'step_relative')).toMatchObject({ value: null, text: '–' });
    const speed = (row: number) => cell(table, row, 'tokens_per_second').value as number;
    expect(cell(table, 1, 'token_time_relative').value).toBe(speed(0) / speed(1));
    expect(cell(table, 2, 'token_time_relative').value).toBeNull();
    expect(cell(table, 2, 'flops_relative').value).toBeCloseTo(0.1, 3);
  });

  it('says where all runs were measured, if that was one place', () => {
    const caption = (...threads: number[]) =>
      costTable(
        'language-model',
        loadSynthetic(...threads.map((count, k) => ({ method: 'set', density: 0.1, seed: k, threads: count }))).studies,
      ).caption;
    expect(caption(2, 2)).toContain('times and memory are measured (engine simd, 2 threads, on Made-up CPU). ');
    expect(caption(2, 1)).toContain('times and memory are measured. ');
  });

  it('compares them with the dense run of the same model, of another seed where need be', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1, seed: 1, spec: { cell: 'lstm' } },
      { method: 'dense', density: 1, seed: 2, spec: { cell: 'gru' } },
      { method: 'set', density: 0.1, seed: 1, spec: { cell: 'gru' } },
    );
    const table = costTable('language-model', studies);
    const step = (method: string, seed: number) => numberIn(table, method, seed, 'step_ms');
    expect(step('dense', 1)).not.toBe(step('dense', 2));
    expect(numberIn(table, 'set', 1, 'step_relative')).toBe(step('set', 1) / step('dense', 2));
    // A dense run is its own measure.
    expect([1, 2].map(seed => numberIn(table, 'dense', seed, 'step_relative'))).toEqual([1, 1]);
  });

  it('gives a dense run of the nearest spec the preference, and takes one on the same machine', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1, seed: 1, spec: { learningRate: 5 } },
      { method: 'dense', density: 1, seed: 2, spec: { learningRate: 7 } },
      { method: 'set', density: 0.1, seed: 1, spec: { learningRate: 7 } },
      { method: 'dense', density: 1, seed: 3, spec: { learningRate: 9 }, threads: 1 },
      { method: 'rigl', density: 0.1, seed: 1, spec: { learningRate: 7 }, threads: 1 },
    );
    const table = costTable('language-model', studies);
    const step = (method: string, seed: number) => numberIn(table, method, seed, 'step_ms');
    expect(numberIn(table, 'set', 1, 'step_relative')).toBe(step('set', 1) / step('dense', 2));
    expect(numberIn(table, 'rigl', 1, 'step_relative')).toBe(step('rigl', 1) / step('dense', 3));
  });

  it.each([
    ['another cell', { cell: 'gru' }],
    ['another size', { hidden: 32 }],
    ['another length of its windows', { window: 70 }],
    ['another batch', { batch: 40 }],
  ])('compares them with nothing where the dense run has %s', (_what, spec) => {
    const { studies } = loadSynthetic({ method: 'dense', density: 1 }, { method: 'set', density: 0.1, spec });
    const table = costTable('language-model', studies);
    expect(cell(table, 1, 'step_relative')).toMatchObject({ value: null, text: '–' });
    expect(cell(table, 1, 'memory_relative')).toMatchObject({ value: null, text: '–' });
  });
});

describe('csvText', () => {
  it('keeps raw values, quotes, and leaves missing values empty', () => {
    const { studies } = loadSynthetic({ method: 'say "a,b"', density: 0.1, end: 'unfinished' });
    const rows = parse(csvText(tableCsv(runsTable('language-model', studies))), { columns: true }) as Record<
      string,
      string
    >[];
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ method: 'say "a,b"', density: '0.1', test_perplexity: '', parameters: '20092' });
  });

  it('keeps a spreadsheet from running a text as a formula, and leaves negative numbers alone', () => {
    expect(csvText({ columns: ['a', 'b'], rows: [['=cmd()', -1.5]] })).toBe("a,b\n'=cmd(),-1.5\n");
  });
});
