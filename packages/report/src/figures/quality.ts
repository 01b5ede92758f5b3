import { type Study, studyTitle } from '../load/study.ts';
import { settingStyles } from './colours.ts';
import { runIdentity, runIdentityColumns } from './series.ts';
import type { Figure, Series } from './types.ts';

/** Test perplexity against the size and the counted cost of the model; undefined with fewer than two finished runs. */
export function qualityAgainstCost(study: Study, suffix: string): Figure | undefined {
  const styles = settingStyles(study);
  const finished = study.settings.map(setting => ({
    setting,
    runs: setting.runs.filter(run => run.testPerplexity !== null),
  }));
  const runs = finished.flatMap(({ runs }) => runs);
  if (runs.length < 2) return undefined;
  const series = finished
    .filter(({ runs }) => runs.length > 0)
    .flatMap(({ setting, runs }): Series[] => {
      const common = {
        group: setting.label,
        name: setting.label,
        ...styles.get(setting)!,
        kind: 'points' as const,
        y: runs.map(run => Number(run.testPerplexity!.toPrecision(5))),
        anchor: runs.length === 1 ? runs[0].anchor : setting.anchor,
      };
      return [
        { ...common, panel: 0, legend: true, x: runs.map(run => run.start.parameters.total) },
        { ...common, panel: 1, legend: false, x: runs.map(run => run.start.flops.training) },
      ];
    });
  const panel = { yTitle: 'Test perplexity', scale: 'linear' as const, format: '.4r' };
  return {
    id: `quality-${study.anchor}`,
    title: `Quality against size and cost${suffix}`,
    caption:
      'One point per finished run; towards the lower left is better: fewer parameters or operations, lower perplexity.',
    kind: 'chart',
    initial: 0,
    variants: [
      {
        label: studyTitle(study),
        content: {
          xTitle: '',
          xFormat: '.3~s',
          panels: [
            { ...panel, title: 'Parameters' },
            { ...panel, title: 'Training FLOPs per token' },
          ],
          series,
        },
      },
    ],
    csv: {
      columns: [...runIdentityColumns, 'parameters', 'flops_training_per_token', 'test_perplexity'],
      rows: runs.map(run => [
        ...runIdentity(run),
        run.start.parameters.total,
        run.start.flops.training,
        run.testPerplexity,
      ]),
    },
  };
}
