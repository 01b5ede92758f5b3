import { type Run, sparseMatrices } from '../load/run.ts';
import { runLabel, type Study, studyTitle } from '../load/study.ts';
import { settingStyles } from './colours.ts';
import { runIdentity, runIdentityColumns } from './series.ts';
import type { Figure, Series } from './types.ts';

/** How much of the positions was explored, and how much of the first topology is left; undefined without sparse runs. */
export function exploredShare(study: Study, suffix: string): Figure | undefined {
  const styles = settingStyles(study);
  const series = study.settings.flatMap(setting =>
    setting.runs
      .filter(run => run.shares.length > 0)
      .flatMap((run, index): Series[] => {
        const common = {
          group: setting.label,
          name: runLabel(setting, run),
          ...styles.get(setting)!,
          kind: 'line' as const,
          x: [0, ...run.epochs.map(line => line.epoch)],
          anchor: run.anchor,
        };
        return [
          {
            ...common,
            panel: 0,
            legend: index === 0,
            y: share([initialDensity(run), ...run.shares.map(part => part.explored)]),
          },
          { ...common, panel: 1, legend: false, y: share([1, ...run.shares.map(part => part.initialKept)]) },
        ];
      }),
  );
  if (series.length === 0) return undefined;
  const panel = { scale: 'linear' as const, format: '.1%', fromZero: true };
  return {
    id: `explored-${study.anchor}`,
    title: `Exploration${suffix}`,
    caption:
      'Left: share of all positions of the sparse matrices that have been active at some time up to an epoch (in-time ' +
      'over-parameterisation); at epoch 0 it is the density. Right: share of the initial connections that are active. ' +
      'A static topology stays level in both.',
    kind: 'chart',
    initial: 0,
    variants: [
      {
        label: studyTitle(study),
        content: {
          xTitle: 'Epoch',
          xFormat: 'd',
          panels: [
            { ...panel, title: 'Explored', yTitle: 'Share of all positions' },
            { ...panel, title: 'Initial connections kept', yTitle: 'Share of initial connections' },
          ],
          series,
        },
      },
    ],
    csv: {
      columns: [...runIdentityColumns, 'epoch', 'matrix', 'nnz', 'explored_share', 'initial_kept_share'],
      rows: study.settings.flatMap(setting =>
        setting.runs.flatMap(run => {
          const sparse = new Set(sparseMatrices(run.start, run.epochs).map(matrix => matrix.name));
          return run.epochs.flatMap(line =>
            line.matrices
              .filter(matrix => sparse.has(matrix.name))
              .map(matrix => [
                ...runIdentity(run),
                line.epoch,
                matrix.name,
                matrix.nnz,
                matrix.explored,
                matrix.initialKept,
              ]),
          );
        }),
      ),
    },
  };
}

function initialDensity(run: Run): number {
  const sparse = sparseMatrices(run.start, run.epochs);
  const positions = sparse.reduce((total, matrix) => total + matrix.rows * matrix.cols, 0);
  return sparse.reduce((total, matrix) => total + matrix.nnz, 0) / Math.max(1, positions);
}

function share(values: readonly number[]): number[] {
  return values.map(value => Number(value.toFixed(5)));
}
