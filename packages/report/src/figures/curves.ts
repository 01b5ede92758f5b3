import type { Run } from '../load/run.ts';
import { type Setting, type Study, studyTitle } from '../load/study.ts';
import { type Style, settingStyles } from './colours.ts';
import { type EpochColumn, runIdentity, runIdentityColumns, seedMeans } from './series.ts';
import type { Chart, Figure, Series } from './types.ts';

const VALIDATION: EpochColumn = run => run.epochs.map(line => line.validationPerplexity);
const TRAINING: EpochColumn = run => run.epochs.map(line => line.trainPerplexity);

/** Perplexity over epochs, training dashed and validation solid: one figure per study. */
export function learningCurves(study: Study, suffix: string): Figure {
  const styles = settingStyles(study);
  const chart: Chart = {
    xTitle: 'Epoch',
    xFormat: 'd',
    panels: [{ title: '', yTitle: 'Perplexity (log scale)', scale: 'log', format: '.4r' }],
    series: study.settings.flatMap(setting => settingSeries(setting, styles.get(setting)!)),
  };
  const seeds = study.settings.some(setting => setting.runs.length > 1);
  return {
    id: `curves-${study.anchor}`,
    title: `Learning curves${suffix}`,
    caption:
      'Solid: validation. Dashed: training, which is measured while the weights change and with dropout on. ' +
      (seeds
        ? 'Thick lines are means over seeds, bands reach from the lowest to the highest seed, thin lines are the runs. '
        : '') +
      'A click on a line leads to its run.',
    kind: 'chart',
    initial: 0,
    variants: [{ label: studyTitle(study), content: chart }],
    csv: curvesCsv(study),
  };
}

function settingSeries(setting: Setting, style: Style): Series[] {
  const seeds = setting.runs.length;
  const common = { panel: 0, group: seeds > 1 ? `${setting.label} (${seeds} seeds)` : setting.label, ...style };
  if (setting.runs.length === 1) {
    const run = setting.runs[0];
    const line = { ...common, x: run.epochs.map(epoch => epoch.epoch), anchor: run.anchor };
    return [
      { ...line, name: setting.label, legend: true, kind: 'line', y: rounded(VALIDATION(run)) },
      { ...line, name: `${setting.label}, training`, legend: false, kind: 'dashed', y: rounded(TRAINING(run)) },
    ];
  }
  const validation = seedMeans(setting.runs, VALIDATION);
  const training = seedMeans(setting.runs, TRAINING);
  return [
    {
      ...common,
      name: setting.label,
      legend: false,
      kind: 'band',
      x: validation.x,
      y: rounded(validation.low),
      high: rounded(validation.high),
    },
    ...setting.runs.map(
      (run): Series => ({
        ...common,
        name: `${setting.label}, seed ${run.seed}`,
        legend: false,
        kind: 'thin',
        x: run.epochs.map(epoch => epoch.epoch),
        y: rounded(VALIDATION(run)),
        anchor: run.anchor,
      }),
    ),
    {
      ...common,
      name: `${setting.label}, mean of ${seeds} seeds`,
      legend: true,
      kind: 'line',
      x: validation.x,
      y: rounded(validation.mean),
      anchor: setting.anchor,
    },
    {
      ...common,
      name: `${setting.label}, training, mean of ${seeds} seeds`,
      legend: false,
      kind: 'dashed',
      x: training.x,
      y: rounded(training.mean),
      anchor: setting.anchor,
    },
  ];
}

function curvesCsv(study: Study) {
  return {
    columns: [...runIdentityColumns, 'epoch', 'step', 'learning_rate', 'train_perplexity', 'validation_perplexity'],
    rows: study.settings.flatMap(setting =>
      setting.runs.flatMap((run: Run) =>
        run.epochs.map(line => [
          ...runIdentity(run),
          line.epoch,
          line.step,
          line.learningRate,
          line.trainPerplexity,
          line.validationPerplexity,
        ]),
      ),
    ),
  };
}

/** Five significant digits: finer than a screen can show, a third of the page's bytes. */
function rounded(values: readonly number[]): number[] {
  return values.map(value => Number(value.toPrecision(5)));
}
