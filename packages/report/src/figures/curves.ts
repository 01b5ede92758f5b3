import type { EpochLine } from '@sparse-rnn/experiments/runlog';
import type { Task } from '../load/run.ts';
import { type Setting, type Study, studyTitle } from '../load/study.ts';
import { type Style, settingStyles } from './colours.ts';
import { type EpochColumn, epochPoints, runIdentity, runIdentityColumns, seedMeans } from './series.ts';
import type { Figure, Panel, Series } from './types.ts';

/** Settings of several seeds whose single runs can be told apart; above, their bands alone are drawn. */
const MOST_THIN = 6;
/** Settings of several seeds whose bands can be told apart; above, their means alone are drawn. */
const MOST_BANDS = 24;

/** What a panel of the figure shows. */
interface Curves {
  panel: Panel;
  validation: EpochColumn;
  training?: EpochColumn;
}

const column = (value: (line: EpochLine) => number | undefined): EpochColumn => {
  return run => run.epochs.map(value);
};

/** The panels of a task's learning curves. */
export const CURVES: Record<Task, Curves[]> = {
  'language-model': [
    {
      panel: { title: '', yTitle: 'Perplexity (log scale)', scale: 'log', format: '.4r' },
      validation: column(line => line.validationPerplexity),
      training: column(line => line.trainPerplexity),
    },
  ],
  classification: [
    {
      panel: { title: 'Validation accuracy', yTitle: '', scale: 'linear', format: '.2%' },
      validation: column(line => line.validationAccuracy),
    },
    {
      panel: { title: 'Loss per text (nats)', yTitle: '', scale: 'linear', format: '.4r' },
      validation: column(line => line.validationLoss),
      training: column(line => line.trainLoss),
    },
  ],
};

/** Columns of the CSV that hold an epoch's results. */
const RESULTS: Record<Task, [name: string, value: (line: EpochLine) => number | undefined][]> = {
  'language-model': [
    ['train_perplexity', line => line.trainPerplexity],
    ['validation_perplexity', line => line.validationPerplexity],
  ],
  classification: [
    ['train_loss', line => line.trainLoss],
    ['validation_loss', line => line.validationLoss],
    ['validation_accuracy', line => line.validationAccuracy],
    ['validation_macro_f1', line => line.validationMacroF1],
  ],
};

/** The results over epochs, training dashed and validation solid: one figure per study. */
export function learningCurves(study: Study, suffix: string): Figure {
  const styles = settingStyles(study);
  const curves = CURVES[study.task];
  const repeated = study.settings.filter(setting => setting.runs.length > 1).length;
  const spread = { bands: repeated <= MOST_BANDS, thin: repeated <= MOST_THIN };
  const content = {
    xTitle: 'Epoch',
    xFormat: 'd',
    panels: curves.map(({ panel }) => panel),
    series: study.settings.flatMap(setting =>
      curves.flatMap((_, panel) => settingSeries(setting, styles.get(setting)!, curves[panel], panel, spread)),
    ),
  };
  return {
    id: `curves-${study.anchor}`,
    title: `Learning curves${suffix}`,
    caption:
      'Solid: validation. Dashed: training, which is measured while the weights change and with dropout on. ' +
      (repeated === 0
        ? ''
        : spread.thin
          ? 'Thick lines are means over seeds, bands reach from the lowest to the highest seed, thin lines are the runs. '
          : `Lines are means over seeds${spread.bands ? ', bands reach from the lowest to the highest seed' : ''}; single runs are in the CSV. `) +
      'A click on a line leads to its run.',
    kind: 'chart',
    initial: 0,
    variants: [{ label: studyTitle(study), content }],
    csv: curvesCsv(study),
  };
}

function settingSeries(
  setting: Setting,
  style: Style,
  curves: Curves,
  panel: number,
  spread: { bands: boolean; thin: boolean },
): Series[] {
  const { validation, training } = curves;
  const seeds = setting.runs.length;
  const common = { panel, group: seeds > 1 ? `${setting.label} (${seeds} seeds)` : setting.label, ...style };
  const legend = panel === 0;
  if (seeds === 1) {
    const run = setting.runs[0];
    const line = (values: EpochColumn) => ({ ...common, anchor: run.anchor, ...rounded(epochPoints(run, values)) });
    const solid: Series = { ...line(validation), name: setting.label, legend, kind: 'line' };
    if (training === undefined) return [solid];
    return [solid, { ...line(training), name: `${setting.label}, training`, legend: false, kind: 'dashed' }];
  }
  const means = seedMeans(setting.runs, validation);
  const band = { ...rounded({ x: means.x, y: means.low }), high: rounded({ x: means.x, y: means.high }).y };
  const seedLines = setting.runs.map(
    (run): Series => ({
      ...common,
      name: `${setting.label}, seed ${run.seed}`,
      legend: false,
      kind: 'thin',
      ...rounded(epochPoints(run, validation)),
      anchor: run.anchor,
    }),
  );
  const series: Series[] = [
    ...(spread.bands ? [{ ...common, name: setting.label, legend: false, kind: 'band', ...band } as const] : []),
    ...(spread.thin ? seedLines : []),
    {
      ...common,
      name: `${setting.label}, mean of ${seeds} seeds`,
      legend,
      kind: 'line',
      ...rounded({ x: means.x, y: means.mean }),
      anchor: setting.anchor,
    },
  ];
  if (training === undefined) return series;
  const trained = seedMeans(setting.runs, training);
  return [
    ...series,
    {
      ...common,
      name: `${setting.label}, training, mean of ${seeds} seeds`,
      legend: false,
      kind: 'dashed',
      ...rounded({ x: trained.x, y: trained.mean }),
      anchor: setting.anchor,
    },
  ];
}

function curvesCsv(study: Study) {
  const results = RESULTS[study.task];
  return {
    columns: [...runIdentityColumns, 'epoch', 'step', 'learning_rate', ...results.map(([name]) => name)],
    rows: study.settings.flatMap(setting =>
      setting.runs.flatMap(run =>
        run.epochs.map(line => [
          ...runIdentity(run),
          line.epoch,
          line.step,
          line.learningRate,
          ...results.map(([, value]) => value(line) ?? null),
        ]),
      ),
    ),
  };
}

/** Five significant digits: finer than a screen can show, a third of the page's bytes. */
export function rounded({ x, y }: { x: number[]; y: number[] }): { x: number[]; y: number[] } {
  return { x, y: y.map(value => Number(value.toPrecision(5))) };
}
