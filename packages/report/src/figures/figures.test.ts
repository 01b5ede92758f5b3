import { describe, expect, it } from 'vitest';
import { METHODS, type Study } from '../load/study.ts';
import { loadSynthetic } from '../testing/folders.ts';
import { settingStyles } from './colours.ts';
import { learningCurves } from './curves.ts';
import { exploredShare } from './explored.ts';
import { gateDensities } from './gates.ts';
import { resultFigures, topologyFigures } from './index.ts';
import { qualityAgainstCost } from './quality.ts';
import { mostTelling, seedMeans } from './series.ts';
import { topologyCounts, topologyFigure } from './topology.ts';
import type { Chart, Figure } from './types.ts';

/** All figures of language models. */
function figuresOf(studies: readonly Study[]): Figure[] {
  return [...resultFigures(studies), ...topologyFigures('language-model', studies)];
}

function chartOf(figure: Figure | undefined): Chart {
  if (figure?.kind !== 'chart') throw new Error('not a chart');
  return figure.variants[figure.initial].content;
}

describe('learningCurves', () => {
  it('draws one solid and one dashed line for a single run, from its own numbers', () => {
    const { studies, runs } = loadSynthetic({ method: 'set', density: 0.1, epochs: 3 });
    const { series } = chartOf(learningCurves(studies[0], ''));
    expect(series.map(({ kind }) => kind)).toEqual(['line', 'dashed']);
    expect(series[0].x).toEqual([1, 2, 3]);
    const logged = runs[0].epochs.map(line => Number(line.validationPerplexity.toPrecision(5)));
    expect(series[0].y).toEqual(logged);
    expect(series[0].anchor).toBe(runs[0].anchor);
    expect(series.filter(({ legend }) => legend)).toHaveLength(1);
  });

  it('draws band, mean and every single run where there are several seeds', () => {
    const { studies } = loadSynthetic(
      { method: 'set', density: 0.1, seed: 1 },
      { method: 'set', density: 0.1, seed: 2 },
    );
    const { series } = chartOf(learningCurves(studies[0], ''));
    expect(series.map(({ kind }) => kind)).toEqual(['band', 'thin', 'thin', 'line', 'dashed']);
    const [band, first, second, mean] = series;
    band.x.forEach((_epoch, index) => {
      expect(band.y[index]).toBe(Math.min(first.y[index], second.y[index]));
      expect(band.high?.[index]).toBe(Math.max(first.y[index], second.y[index]));
      expect(mean.y[index]).toBeCloseTo((first.y[index] + second.y[index]) / 2, 1);
    });
  });

  it('writes each epoch of each run to the CSV, unrounded', () => {
    const { studies, runs } = loadSynthetic(
      { method: 'set', density: 0.1, epochs: 2 },
      { method: 'dense', density: 1, epochs: 3 },
    );
    const { csv } = learningCurves(studies[0], '');
    expect(csv.rows).toHaveLength(5);
    const values = csv.rows.map(row => row[csv.columns.indexOf('validation_perplexity')]);
    const logged = runs.flatMap(run => run.epochs.map(line => line.validationPerplexity));
    expect(values.sort()).toEqual(logged.sort());
  });
});

describe('learningCurves of classifiers', () => {
  const run = { task: 'classification' as const, method: 'set', density: 0.1, epochs: 2 };

  it('draws validation accuracy beside the loss of validation and training', () => {
    const { studies, runs } = loadSynthetic(run);
    const figure = learningCurves(studies[0], '');
    const { panels, series } = chartOf(figure);
    expect(panels.map(({ title }) => title)).toEqual(['Validation accuracy', 'Loss per text (nats)']);
    expect(series.map(({ panel, kind, legend }) => [panel, kind, legend])).toEqual([
      [0, 'line', true],
      [1, 'line', false],
      [1, 'dashed', false],
    ]);
    const logged = runs[0].epochs;
    expect(series[0].y).toEqual(logged.map(line => Number(line.validationAccuracy!.toPrecision(5))));
    expect(series[1].y).toEqual(logged.map(line => Number(line.validationLoss.toPrecision(5))));
    const { columns, rows } = figure.csv;
    expect(columns.slice(-4)).toEqual(['train_loss', 'validation_loss', 'validation_accuracy', 'validation_macro_f1']);
    const [first] = logged;
    expect(rows[0].slice(-4)).toEqual([
      first.trainLoss,
      first.validationLoss,
      first.validationAccuracy,
      first.validationMacroF1,
    ]);
  });

  it('leaves out epochs whose line has no accuracy', () => {
    const { studies, runs } = loadSynthetic(run);
    runs[0].epochs[0] = { ...runs[0].epochs[0], validationAccuracy: undefined };
    const { series } = chartOf(learningCurves(studies[0], ''));
    expect(series[0].x).toEqual([2]);
    expect(series[1].x).toEqual([1, 2]);
  });

  it('draws bands and the runs, bands alone where there are more settings, means alone where there are too many', () => {
    const kinds = (count: number) => {
      const settings = Array.from({ length: count }, (_, k) =>
        [1, 2].map(seed => ({ ...run, density: 0.9 - k / 40, seed })),
      );
      const { series } = chartOf(learningCurves(loadSynthetic(...settings.flat()).studies[0], ''));
      return ['band', 'thin'].map(kind => series.filter(each => each.kind === kind).length);
    };
    // Two panels each: accuracy and loss.
    expect(kinds(6)).toEqual([12, 24]);
    expect(kinds(7)).toEqual([14, 0]);
    expect(kinds(25)).toEqual([0, 0]);
  });
});

describe('seedMeans', () => {
  it('ends where the shortest run ends', () => {
    const { studies } = loadSynthetic(
      { method: 'set', density: 0.1, seed: 1, epochs: 4 },
      { method: 'set', density: 0.1, seed: 2, epochs: 2, end: 'unfinished' },
      { method: 'set', density: 0.1, seed: 3, epochs: 0, end: 'unfinished' },
    );
    const { x, mean } = seedMeans(studies[0].settings[0].runs, run => run.epochs.map(line => line.epoch * run.seed));
    expect(x).toEqual([1, 2]);
    expect(mean).toEqual([1.5, 3]);
  });
});

describe('topologyFigure', () => {
  it('counts the kinds of positions', () => {
    const [run] = loadSynthetic({ method: 'set', density: 0.1, epochs: 3, window: 4 }).runs;
    [
      [0, 1, 2], // start
      [0, 1, 5], // 2 dropped, 5 grown
      [0, 5, 9], // 1 dropped, 9 grown, 5 grown earlier
      [0, 1, 2], // back to the start: nothing is newly grown, 5 and 9 dropped
    ].forEach((active, index) => {
      run.pictures[index] = { ...run.pictures[index], active };
    });
    expect(topologyCounts(run)).toEqual([
      { initial: 3, grownEarlier: 0, grownNow: 0, dropped: 0, never: 13 },
      { initial: 2, grownEarlier: 0, grownNow: 1, dropped: 1, never: 12 },
      { initial: 1, grownEarlier: 1, grownNow: 1, dropped: 2, never: 11 },
      { initial: 3, grownEarlier: 0, grownNow: 0, dropped: 2, never: 11 },
    ]);
  });

  it('packs the active positions, one bit each', () => {
    const { studies, runs } = loadSynthetic({ method: 'set', density: 0.1, epochs: 1, window: 4 });
    runs[0].pictures[0] = { ...runs[0].pictures[0], active: [0, 9, 15] };
    const figure = topologyFigure('language-model', studies);
    if (figure?.kind !== 'topology') throw new Error('no topology');
    const { active, epochs, matrixRows } = figure.variants[0].content;
    expect([...Buffer.from(active[0], 'base64')]).toEqual([0b0000_0001, 0b1000_0010]);
    expect(epochs).toEqual([0, 1]);
    expect(matrixRows).toBe(256);
  });

  it('writes counts and positions of every picture to the CSV', () => {
    const { studies, runs } = loadSynthetic({ method: 'set', density: 0.1, epochs: 2, window: 8 });
    const csv = topologyFigure('language-model', studies)!.csv;
    expect(csv.rows).toHaveLength(3);
    const positions = csv.rows[1][csv.columns.indexOf('active_positions')];
    expect(positions).toBe(runs[0].pictures[1].active.join(' '));
  });

  it('keeps the first seed of every setting where there are too many runs', () => {
    const runs = Array.from({ length: 20 }, (_, index) => ({
      method: 'set',
      density: 0.02 * (index + 1),
      epochs: 1,
      window: 4,
    }));
    const { studies } = loadSynthetic(
      ...runs.map(run => ({ ...run, seed: 1 })),
      ...runs.map(run => ({ ...run, seed: 2 })),
    );
    const figure = topologyFigure('language-model', studies)!;
    expect(figure.variants).toHaveLength(24);
    expect(figure.variants.filter(({ label }) => label.endsWith('seed 1'))).toHaveLength(20);
    expect(figure.caption).toContain('16 more runs');
  });

  it('is left out where no log has pictures', () => {
    const { studies } = loadSynthetic({ method: 'dense', density: 1 });
    expect(topologyFigure('language-model', studies)).toBeUndefined();
  });
});

describe('exploredShare', () => {
  it('starts at the density and at all initial connections', () => {
    const { studies, runs } = loadSynthetic({ method: 'set', density: 0.1, epochs: 2 });
    const [explored, kept] = chartOf(exploredShare(studies[0], '')).series;
    expect(explored.x).toEqual([0, 1, 2]);
    expect(explored.y[0]).toBeCloseTo(0.1, 3);
    expect(explored.y[2]).toBeCloseTo(runs[0].shares[1].explored, 4);
    expect(kept.y[0]).toBe(1);
    expect(kept.y[1]).toBeCloseTo(runs[0].shares[0].initialKept, 4);
  });
});

describe('gateDensities', () => {
  it('divides the gate’s nonzeros by the gate’s positions', () => {
    const { studies, runs } = loadSynthetic({ method: 'set', density: 0.1, epochs: 2 });
    const figure = gateDensities('language-model', studies)!;
    const { series, panels } = chartOf(figure);
    expect(panels.map(({ title }) => title)).toEqual(['embedding', 'lstm0.input', 'lstm0.recurrent', 'decoder']);
    const forget = series.find(({ name }) => name === 'lstm0.recurrent, gate f')!;
    const nnz = runs[0].epochs[1].matrices[2].gates[1];
    expect(forget.y[1]).toBeCloseTo(nnz / (64 * 64), 5);
    // Two matrices of four gates and two without gates, two epochs each.
    expect(figure.csv.rows).toHaveLength(2 * (8 + 2));
  });

  it('follows falling counts from a dense start', () => {
    const { studies, runs } = loadSynthetic({ method: 'gmp', density: 0.2, epochs: 4 });
    const figure = gateDensities('language-model', studies)!;
    const forget = chartOf(figure).series.find(({ name }) => name === 'lstm0.recurrent, gate f')!;
    expect(forget.x).toEqual([0, 1, 2, 3, 4]);
    // .2 + .8 * (1 - epoch / 4)^3
    [1, 0.5375, 0.3, 0.2125, 0.2].forEach((density, epoch) => {
      expect(forget.y[epoch]).toBeCloseTo(density, 3);
    });
    expect(figure.caption).toContain('starts dense and prunes');
    expect(studies[0].settings[0].label).toBe('gmp 0.20, starts dense');
    const { series } = chartOf(exploredShare(studies[0], ''));
    expect(series[0].y).toEqual([1, 1, 1, 1, 1]);
    expect(series[1].y[4]).toBeCloseTo(0.2, 3);
    expect(topologyCounts(runs[0])[4]).toMatchObject({ initial: Math.round(0.2 * 24 * 24), grownNow: 0, never: 0 });
  });

  it('opens with the best finished run whose topology moves', () => {
    const { runs } = loadSynthetic(
      { method: 'static', density: 0.1, testPerplexity: 90 },
      { method: 'set', density: 0.05, testPerplexity: 120 },
      { method: 'set', density: 0.1, testPerplexity: 100 },
      { method: 'rigl', density: 0.1, testPerplexity: 80, epochs: 20, end: 'unfinished' },
    );
    expect(runs[mostTelling(runs)]).toMatchObject({ method: 'set', density: 0.1 });
  });
});

describe('qualityAgainstCost', () => {
  it('has a point per finished run', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1, testPerplexity: 100 },
      { method: 'set', density: 0.1, testPerplexity: 95 },
      { method: 'static', density: 0.1, end: 'unfinished' },
    );
    const { series } = chartOf(qualityAgainstCost(studies[0], ''));
    const parameters = series.filter(({ panel }) => panel === 0);
    expect(parameters.map(({ x, y }) => [x[0], y[0]])).toEqual([
      [187_824, 100],
      [20_092, 95],
    ]);
  });
});

describe('qualityAgainstCost of classifiers', () => {
  it('has test accuracy on its axis, and says that upwards is better', () => {
    const confusion = [
      [8, 2],
      [1, 9],
    ];
    const run = { task: 'classification' as const, confusion, methodFlops: 36 };
    const { studies } = loadSynthetic(
      { ...run, method: 'dense', density: 1 },
      {
        ...run,
        method: 'set',
        density: 0.1,
        confusion: [
          [9, 1],
          [1, 9],
        ],
      },
    );
    const figure = qualityAgainstCost(studies[0], '')!;
    const { panels, series } = chartOf(figure);
    expect(panels.map(({ yTitle }) => yTitle)).toEqual(['Test accuracy', 'Test accuracy']);
    expect(figure.caption).toContain('towards the upper left is better');
    const flops = series.filter(({ panel }) => panel === 1);
    // 6 * (2 * 256 * 64 + 3 * 64) and 36; 6 * (2 * 1638 + 19) and 36.
    expect(flops.map(({ x, y }) => [x[0], y[0]])).toEqual([
      [197_796, 0.85],
      [19_806, 0.9],
    ]);
    expect(figure.csv.columns.slice(-2)).toEqual(['test_accuracy', 'test_macro_f1']);
  });
});

describe('figuresOf', () => {
  it('has no figure for a run that has not finished an epoch', () => {
    const { studies } = loadSynthetic({ method: 'dense', density: 1, epochs: 0, end: 'unfinished' });
    expect(figuresOf(studies)).toEqual([]);
  });

  it('gives every figure a name of its own', () => {
    const { studies } = loadSynthetic(
      { method: 'set', density: 0.1, dataset: 'ptb' },
      { method: 'set', density: 0.1, dataset: 'PTB!' },
      { method: 'dense', density: 1, dataset: 'ptb' },
    );
    const ids = figuresOf(studies).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('settingStyles', () => {
  it('gives every method of the study a colour and a marker of its own', () => {
    const { studies } = loadSynthetic(
      ...METHODS.map(method => ({ method, density: method === 'dense' ? 1 : 0.2, epochs: 1, window: 0 })),
    );
    const styles = [...settingStyles(studies[0]).values()];
    expect(styles).toHaveLength(12);
    for (const look of [styles.map(({ symbol }) => symbol), styles.map(({ colour }) => colour[0])])
      expect(new Set(look).size).toBe(12);
    expect(new Set(styles.map(({ colour }) => colour[1])).size).toBe(12);
  });

  it('gives a method the same hue in every study, and its settings different looks', () => {
    const one = loadSynthetic({ method: 'set', density: 0.1 }, { method: 'set', density: 0.05 }).studies[0];
    const other = loadSynthetic({ method: 'static', density: 0.1 }, { method: 'set', density: 0.2 }).studies[0];
    const [dense, sparse] = [...settingStyles(one).values()];
    const again = [...settingStyles(other)].find(([setting]) => setting.method === 'set')![1];
    expect(again).toEqual(dense);
    expect(sparse.colour).not.toEqual(dense.colour);
    expect(sparse.symbol).not.toBe(dense.symbol);
  });
});
