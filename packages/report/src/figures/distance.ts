import type { DistancePair, Distances, ModelDistances, PlannedExhibit, PlanRow } from '@sparse-rnn/experiments/runlog';
import { type Style, settingStyles } from './colours.ts';
import type { Chart, Figure, Series, Variant } from './types.ts';

/** Distances of a model or of one of its matrices. */
type Distance = Omit<ModelDistances, 'matrices'>;

/** A row of the exhibit and the pairs of its runs. */
interface ComparedRow {
  group: string;
  row: PlanRow;
  /** What the legend calls it. */
  label: string;
  style: Style;
  pairs: DistancePair[];
}

const WHOLE = 'Whole model';
/** The moments on the horizontal axis. */
const MOMENTS = ['Start', 'End'];

/**
 * The distances between the topologies of different seeds, at the start and at the end of training: a point per pair of
 * runs, a line through their mean, and a dashed one where random topologies of as many connections are. One panel as the
 * units are numbered, one after matching; one choice for the whole model and each of its matrices.
 *
 * @param exhibit its rows say which runs belong together.
 * @param distances what `sparse-rnn distances` measured in the folder of these runs.
 * @returns undefined where no two runs of a row were compared.
 */
export function seedDistances(exhibit: PlannedExhibit, distances: Distances): Figure | undefined {
  const rows = comparedRows(exhibit, distances);
  if (rows.length === 0) return undefined;
  const matrices = [...new Set(rows.flatMap(({ pairs }) => pairs.flatMap(pair => pair.end.matrices.map(nameOf))))];
  const variants = [undefined, ...matrices].map(
    (matrix): Variant<Chart> => ({ label: matrix ?? WHOLE, content: chart(rows, matrix) }),
  );
  return {
    id: `distance-${exhibit.id}`,
    title: exhibit.title,
    caption:
      'How far the topologies of two seeds are apart: the mean over the units of |a xor b| / |a or b|, a and b being their ' +
      'inputs (NNSTD, Liu et al. 2020). 0: equal; 1: nothing shared. Left: unit 1 with unit 1. Right: after matching the ' +
      'units of the two models, which finds likeness between random topologies too. One point per pair of seeds, the line is ' +
      'their mean, and the dashed line is where random topologies with as many connections are. End: the models that were ' +
      `tested. ${pairCount(rows)}`,
    choice: 'Matrix',
    kind: 'chart',
    initial: 0,
    variants,
    csv: { columns: CSV_COLUMNS, rows: rows.flatMap(csvRows) },
  };
}

/** The rows of an exhibit that have pairs to show. */
function comparedRows({ groups }: PlannedExhibit, { pairs }: Distances): ComparedRow[] {
  const all = groups.flatMap(({ title, rows }) => rows.map(row => ({ group: title, row })));
  const settings = all.map(({ row }) => ({ method: String(row.settings['method']) }));
  const styles = settingStyles({ settings });
  return all
    .map(({ group, row }, k) => {
      const runs = new Set(row.runs.map(({ run }) => run));
      return {
        group,
        row,
        label: groups.length > 1 ? `${group}: ${row.label}` : row.label,
        style: styles.get(settings[k])!,
        pairs: pairs.filter(({ a, b }) => runs.has(a.run) && runs.has(b.run)),
      };
    })
    .filter(({ pairs }) => pairs.length > 0);
}

function pairCount(rows: readonly ComparedRow[]): string {
  const counts = rows.map(({ pairs }) => pairs.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const number = least === most ? `${most}` : `${least} to ${most}`;
  return `Pairs of runs per setting: ${number}.`;
}

function chart(rows: readonly ComparedRow[], matrix: string | undefined): Chart {
  const panel = { scale: 'linear' as const, format: '.4f', leastRange: 0.02 };
  return {
    xTitle: '',
    xFormat: '',
    xLabels: MOMENTS,
    panels: [
      { ...panel, title: 'As numbered (raw)', yTitle: 'Distance between seeds' },
      { ...panel, title: 'After matching units', yTitle: 'Distance between seeds' },
    ],
    series: rows.flatMap(row => [
      ...seriesOf(row, matrix, 0, 'raw', 'expected'),
      ...seriesOf(row, matrix, 1, 'matched', 'randomMatched'),
    ]),
  };
}

/** Points of the pairs, their mean, and the random reference, in one panel. */
function seriesOf(
  { label, style, pairs }: ComparedRow,
  matrix: string | undefined,
  panel: number,
  value: 'raw' | 'matched',
  reference: 'expected' | 'randomMatched',
): Series[] {
  // Methods that start dense have no start; a pair may lack a matrix that another one has.
  const moments = [1, 2]
    .map(x => ({ x, found: pairs.map(pair => distanceOf(x === 1 ? pair.start : pair.end, matrix)).filter(known) }))
    .filter(({ found }) => found.length > 0);
  if (moments.length === 0) return [];
  const common = { panel, group: label, ...style };
  const means = (key: 'raw' | 'matched' | 'expected' | 'randomMatched') => ({
    x: moments.map(({ x }) => x),
    y: moments.map(({ found }) => shown(found.reduce((sum, each) => sum + each[key], 0) / found.length)),
  });
  return [
    { ...common, name: `${label}, mean`, kind: 'line', legend: panel === 0, ...means(value) },
    {
      ...common,
      name: `${label}, a pair`,
      kind: 'points',
      legend: false,
      x: moments.flatMap(({ x, found }) => found.map(() => x)),
      y: moments.flatMap(({ found }) => found.map(each => shown(each[value]))),
    },
    { ...common, name: `${label}, random topologies`, kind: 'dashed', legend: false, ...widened(means(reference)) },
  ];
}

/** A line that has but one point is drawn as a level one, so that it is not taken for a pair. */
function widened({ x, y }: { x: number[]; y: number[] }): { x: number[]; y: number[] } {
  return x.length > 1 ? { x, y } : { x: [x[0] - 0.15, x[0] + 0.15], y: [y[0], y[0]] };
}

function distanceOf(model: ModelDistances | null, matrix: string | undefined): Distance | undefined {
  if (model === null) return undefined;
  return matrix === undefined ? model : model.matrices.find(({ name }) => name === matrix);
}

function known<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function nameOf({ name }: { name: string }): string {
  return name;
}

/** Four digits are more than the pairs agree in. */
function shown(value: number): number {
  return Number(value.toFixed(5));
}

const CSV_COLUMNS = [
  'group',
  'setting',
  'method',
  'density',
  'run_a',
  'seed_a',
  'epoch_a',
  'run_b',
  'seed_b',
  'epoch_b',
  'moment',
  'matrix',
  'raw',
  'matched',
  'expected_random_raw',
  'random_matched',
];

/** Every pair at every moment, the whole model first, then each matrix; the model's line has no matrix. */
function csvRows({ group, row, pairs }: ComparedRow): (string | number | null)[][] {
  const { method, density } = row.settings;
  return pairs.flatMap(({ a, b, start, end }) =>
    [
      { moment: 'start', model: start, epochs: [0, 0] },
      { moment: 'end', model: end, epochs: [a.epoch, b.epoch] },
    ].flatMap(({ moment, model, epochs }) => {
      if (model === null) return [];
      const runs = [a.run, a.seed, epochs[0], b.run, b.seed, epochs[1], moment];
      const line = (matrix: string | null, { raw, matched, expected, randomMatched }: Distance) => {
        return [
          group,
          row.label,
          String(method),
          Number(density),
          ...runs,
          matrix,
          raw,
          matched,
          expected,
          randomMatched,
        ];
      };
      return [line(null, model), ...model.matrices.map(matrix => line(matrix.name, matrix))];
    }),
  );
}
