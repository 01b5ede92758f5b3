import type { Axis, View } from '@sparse-rnn/experiments/runlog';
import { settingStyles } from '../figures/colours.ts';
import type { Figure, Panel, Series } from '../figures/types.ts';
import type { Exhibit, PlannedRun } from '../load/plans.ts';
import type { Run } from '../load/run.ts';
import { trainingFlops } from '../tables/identity.ts';
import { MEASURES, type Measure } from '../tables/measures.ts';

const TITLES: Record<Axis, string> = {
  density: 'Density',
  removalRate: 'Removal rate p',
  updateSteps: 'Steps between two updates',
  parameters: 'Parameters',
  flops: 'Training FLOPs per token',
};

type Tested = PlannedRun & { run: Run };

/** One setting: where it is on the axis, and the test results of its seeds. */
interface Point {
  x: number | null;
  values: number[];
}

/** Mean test result, with the range of the seeds, against a setting or a count; a method without that setting is level. */
export function againstFigure(exhibit: Exhibit, view: Extract<View, { kind: 'against' }>): Figure | undefined {
  const tested = exhibit.runs.filter((each): each is Tested => each.run?.status === 'finished');
  if (tested.length === 0) return undefined;
  const [measure] = MEASURES[tested[0].run.task];
  const names = [...new Set(tested.map(each => seriesOf(each, view.series)))];
  const settings = names.map(method => ({ method }));
  const styles = settingStyles({ settings });
  const series = view.x.flatMap((axis, panel) => {
    const known = tested.map(each => position(each, axis)).filter(x => x !== null);
    const range = [Math.min(...known), Math.max(...known)];
    return settings.flatMap((setting): Series[] => {
      const own = points(
        tested.filter(each => seriesOf(each, view.series) === setting.method),
        axis,
        measure,
      );
      const common = { panel, group: setting.method, name: setting.method, ...styles.get(setting)! };
      return drawn(own, range).flatMap(({ x, low, mean, high }): Series[] => [
        { ...common, legend: false, kind: 'band', x, y: low, high },
        { ...common, legend: panel === 0, kind: 'line', x, y: mean },
        { ...common, legend: false, kind: 'points', x, y: mean },
      ]);
    });
  });
  const panels = view.x.map((axis): Panel => {
    return { title: TITLES[axis], yTitle: `Test ${measure.name}`, scale: 'linear', format: measure.axis };
  });
  return {
    id: `${exhibit.id}-against`,
    title: exhibit.planned.title,
    caption:
      `Mean test ${measure.name} over the finished seeds, with a band from the lowest to the highest; a level line is a ` +
      'method that does not have the setting.',
    kind: 'chart',
    initial: 0,
    variants: [{ label: exhibit.planned.title, content: { xTitle: '', xFormat: '.3~s', panels, series } }],
    csv: {
      columns: ['run', 'seed', view.series, ...view.x, `test_${measure.key}`],
      rows: tested.map(each => [
        each.name,
        each.seed,
        seriesOf(each, view.series),
        ...view.x.map(axis => position(each, axis)),
        measure.test(each.run),
      ]),
    },
  };
}

function seriesOf({ row }: PlannedRun, key: string): string {
  return String(row.settings[key] ?? row.settings['method']);
}

/** Null where the run has no such setting: the removal rate of a static model. */
function position({ row, run }: Tested, axis: Axis): number | null {
  if (axis === 'parameters') return run.size.parameters;
  if (axis === 'flops') return trainingFlops(run);
  // The dense model is what every density is compared with.
  if (axis === 'density' && row.settings['method'] === 'dense') return null;
  const value = row.settings[axis];
  return typeof value === 'number' ? value : null;
}

function points(tested: readonly Tested[], axis: Axis, measure: Measure): Point[] {
  const byRow = new Map<string, Point>();
  for (const each of tested) {
    const value = measure.test(each.run);
    if (value === null) continue;
    const key = `${each.group} ${each.row.label}`;
    const point = byRow.get(key) ?? { x: position(each, axis), values: [] };
    point.values.push(value);
    byRow.set(key, point);
  }
  return [...byRow.values()].sort((a, b) => (a.x ?? 0) - (b.x ?? 0));
}

/** Points with a place as one line; a level line over the whole range for one without. */
function drawn(all: readonly Point[], range: readonly number[]) {
  const placed = all.filter(({ x }) => x !== null);
  const level = all.filter(({ x }) => x === null).flatMap(({ values }) => range.map(x => ({ x, values })));
  return [placed, level]
    .filter(list => list.length > 0)
    .map(list => ({
      x: list.map(({ x }) => x!),
      low: list.map(({ values }) => Math.min(...values)),
      mean: list.map(({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length),
      high: list.map(({ values }) => Math.max(...values)),
    }));
}
