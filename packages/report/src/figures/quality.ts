import { type Study, studyTitle } from '../load/study.ts';
import { trainingFlops } from '../tables/identity.ts';
import { MEASURES } from '../tables/measures.ts';
import { settingStyles } from './colours.ts';
import { runIdentity, runIdentityColumns } from './series.ts';
import type { Figure, Series } from './types.ts';

/** The test result against the size and the counted cost of the model; undefined with fewer than two finished runs. */
export function qualityAgainstCost(study: Study, suffix: string): Figure | undefined {
  const measures = MEASURES[study.task];
  const [measure] = measures;
  const styles = settingStyles(study);
  const finished = study.settings.map(setting => ({
    setting,
    runs: setting.runs.filter(run => measure.test(run) !== null),
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
        y: runs.map(run => Number(measure.test(run)!.toPrecision(5))),
        anchor: runs.length === 1 ? runs[0].anchor : setting.anchor,
      };
      return [
        { ...common, panel: 0, legend: true, x: runs.map(run => run.size.parameters) },
        { ...common, panel: 1, legend: false, x: runs.map(trainingFlops) },
      ];
    });
  const panel = { yTitle: `Test ${measure.name}`, scale: 'linear' as const, format: measure.axis };
  return {
    id: `quality-${study.anchor}`,
    title: `Quality against size and cost${suffix}`,
    caption:
      `One point per finished run; towards the ${measure.higherIsBetter ? 'upper' : 'lower'} left is better: ` +
      `fewer parameters or operations, ${measure.higherIsBetter ? 'higher' : 'lower'} ${measure.name}.`,
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
      columns: [
        ...runIdentityColumns,
        'parameters',
        'flops_training_per_token',
        ...measures.map(({ key }) => `test_${key}`),
      ],
      rows: runs.map(run => [
        ...runIdentity(run),
        run.size.parameters,
        trainingFlops(run),
        ...measures.map(({ test }) => test(run)),
      ]),
    },
  };
}
