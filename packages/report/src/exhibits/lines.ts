import type { Axis, View } from '@sparse-rnn/experiments/runlog';
import { settingStyles } from '../figures/colours.ts';
import type { Figure, Panel, Series } from '../figures/types.ts';
import type { Exhibit, PlannedRun } from '../load/plans.ts';
import type { Run } from '../load/run.ts';
import { trainingFlops } from '../tables/identity.ts';
import { MEASURES } from '../tables/measures.ts';

const TITLES: Record<Axis, string> = {
  density: 'Density',
  removalRate: 'Removal rate p',
  updateSteps: 'Steps between two updates',
  parameters: 'Parameters',
  flops: 'Training FLOPs per token',
};

/** Spread over decades: on a linear axis the sparse half of the points would be one. */
const LOG_AXES: readonly Axis[] = ['density', 'parameters', 'flops'];

/** A panel: what is drawn against what. */
interface Drawn {
  axis: Axis;
  title: string;
  /** Column of the CSV, with its unit. */
  key: string;
  yTitle: string;
  /** d3's number format of the values. */
  format: string;
  fromZero?: boolean;
  value(run: Run): number | null;
}

type Finished = PlannedRun & { run: Run };

/** Mean test result against each axis of the view, a line per method with the range of its seeds. */
export function againstFigure(exhibit: Exhibit, view: Extract<View, { kind: 'against' }>): Figure | undefined {
  const task = finishedRuns(exhibit)[0]?.run.task;
  if (task === undefined) return undefined;
  const [measure] = MEASURES[task];
  const panels = view.x.map((axis): Drawn => {
    const { axis: format, test: value } = measure;
    return { axis, title: TITLES[axis], key: `test_${measure.key}`, yTitle: `Test ${measure.name}`, format, value };
  });
  return linesFigure(exhibit, view.series, panels, `Test ${measure.name}`);
}

/** Measured time of a step and memory against density. */
export function stepCostFigure(exhibit: Exhibit): Figure | undefined {
  const megabytes = (bytes: number | null) => bytes && bytes / 1e6;
  const shared = { axis: 'density', format: '.4r', fromZero: true } as const;
  const panels: Drawn[] = [
    { ...shared, title: 'Time of a step', key: 'step_ms', yTitle: 'ms', value: run => run.stepMs },
    {
      ...shared,
      title: 'Heap of the engine',
      key: 'peak_heap_mb',
      yTitle: 'MB at most',
      value: run => megabytes(run.peakHeapBytes),
    },
    {
      ...shared,
      title: 'The whole process',
      key: 'peak_rss_mb',
      yTitle: 'MB at most',
      value: run => megabytes(run.peakRssBytes),
    },
  ];
  return linesFigure(exhibit, 'method', panels, 'Median time of a training step, and peaks of memory, against density');
}

/** A line per method through the means over the seeds; what has no place on the axis is a level line. */
function linesFigure(exhibit: Exhibit, by: string, panels: readonly Drawn[], what: string): Figure | undefined {
  const finished = finishedRuns(exhibit);
  if (finished.length === 0) return undefined;
  const methods = [...new Set(finished.map(each => seriesOf(each, by)))].map(method => ({ method }));
  const styles = settingStyles({ settings: methods });
  const series = panels.flatMap((panel, index) => {
    const places = finished.map(each => place(each, panel.axis)).filter(x => x !== null);
    // The dense model is what density 1 is.
    const last = panel.axis === 'density' ? 1 : Math.max(...places);
    const ends = places.length === 0 ? [] : [Math.min(...places), last];
    return methods.flatMap((method): Series[] => {
      const own = finished.filter(each => seriesOf(each, by) === method.method);
      const common = { panel: index, group: method.method, name: method.method, ...styles.get(method)! };
      return lines(points(own, panel), ends).flatMap(({ x, low, mean, high }): Series[] => [
        { ...common, legend: false, kind: 'band', x, y: low, high },
        { ...common, legend: index === 0, kind: 'line', x, y: mean },
      ]);
    });
  });
  const { title } = exhibit.planned;
  return {
    id: `${exhibit.id}-lines`,
    title,
    caption:
      `${what}: mean over the finished seeds, with a band from the lowest to the highest. A level line is a method that does ` +
      'not have the setting; the dense model has every density.',
    kind: 'chart',
    initial: 0,
    variants: [{ label: title, content: { xTitle: '', xFormat: '.3~s', panels: panels.map(framed), series } }],
    csv: {
      columns: [
        'run',
        'seed',
        by,
        ...distinct(panels.map(({ axis }) => axis)),
        ...distinct(panels.map(({ key }) => key)),
      ],
      rows: finished.map(each => [
        each.name,
        each.seed,
        seriesOf(each, by),
        ...distinct(panels.map(({ axis }) => axis)).map(axis => place(each, axis as Axis)),
        ...distinct(panels.map(({ key }) => key)).map(key => panels.find(panel => panel.key === key)!.value(each.run)),
      ]),
    },
  };
}

function framed({ axis, title, yTitle, format, fromZero }: Drawn): Panel {
  return { title, yTitle, format, fromZero, scale: 'linear', xLog: LOG_AXES.includes(axis) };
}

function finishedRuns({ runs }: Exhibit): Finished[] {
  return runs.filter((each): each is Finished => each.run?.status === 'finished');
}

function seriesOf({ row }: PlannedRun, key: string): string {
  return String(row.settings[key] ?? row.settings['method']);
}

/** Where a run stands on an axis; null where it has no such setting, as a static model has no removal rate. */
function place({ row, run }: Finished, axis: Axis): number | null {
  if (axis === 'parameters') return run.size.parameters;
  if (axis === 'flops') return trainingFlops(run);
  // The dense model is what every density is compared with.
  if (axis === 'density' && row.settings['method'] === 'dense') return null;
  const value = row.settings[axis];
  return typeof value === 'number' ? value : null;
}

/** One row: where it is on the axis, and what its seeds reached. */
interface Point {
  x: number | null;
  values: number[];
}

function points(finished: readonly Finished[], { axis, value }: Drawn): Point[] {
  const byRow = new Map<PlannedRun['row'], Point>();
  for (const each of finished) {
    const reached = value(each.run);
    if (reached === null) continue;
    const point = byRow.get(each.row) ?? { x: place(each, axis), values: [] };
    point.values.push(reached);
    byRow.set(each.row, point);
  }
  return [...byRow.values()].sort((a, b) => (a.x ?? 0) - (b.x ?? 0));
}

/** Points with a place as one line; a level line from end to end for each without. */
function lines(all: readonly Point[], ends: readonly number[]) {
  const placed = all.filter(({ x }) => x !== null);
  const level = all.filter(({ x }) => x === null).map(({ values }) => ends.map(x => ({ x, values })));
  return [placed, ...level]
    .filter(line => line.length > 0)
    .map(line => ({
      x: line.map(({ x }) => x!),
      low: line.map(({ values }) => Math.min(...values)),
      mean: line.map(({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length),
      high: line.map(({ values }) => Math.max(...values)),
    }));
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
