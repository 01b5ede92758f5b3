import type { Exhibit } from '../load/plans.ts';
import type { Run } from '../load/run.ts';
import { anchorOf, type Study } from '../load/study.ts';
import { pairedDifference, signed } from '../tables/differences.ts';
import { NONE, percent, ratio, scaled } from '../tables/format.ts';
import { shareOfDense } from '../tables/identity.ts';
import { isBetter, MEASURES, type Measure, measureColumn } from '../tables/measures.ts';
import { excludesZero, type Summarise, type Summary } from '../tables/statistics.ts';
import { type Field, number, onlyIfDiffers, type Table, tableOf, text } from '../tables/table.ts';

type PlanGroup = Exhibit['planned']['groups'][number];
type PlanRow = PlanGroup['rows'][number];

/** A row of the plan with what its finished runs reached; all of it null or empty while there is none. */
interface ResultRow {
  row: PlanRow;
  /** Section of its runs, where there is one. */
  anchor?: string;
  finished: Run[];
  /** Runs that have started and not finished. */
  open: Run[];
  /** By the measure's key. */
  test: ReadonlyMap<string, Summary | null>;
  validation: ReadonlyMap<string, Summary | null>;
  parameters: number | null;
  parameterShare: number | null;
  flopsShare: number | null;
  /** Of the test results to those of the group's dense row, by the measure's key. */
  difference: ReadonlyMap<string, Summary | null>;
  /** Keys of the measures in which no other row of the group comes near. */
  best: ReadonlySet<string>;
}

/**
 * The result of an exhibit: a table for each group of its plan with a row for each of the plan's rows, in the plan's order,
 * whether its runs are there or not. None where no run is.
 */
export function resultTables(exhibit: Exhibit, studies: readonly Study[], summarise: Summarise): Table[] {
  const { id, planned } = exhibit;
  const base = planned.kind === 'table' ? id : `${id}-results`;
  return planned.groups.flatMap((group, index) => {
    const rows = resultRows(exhibit, group, studies, summarise);
    const run = rows.flatMap(({ finished, open }) => [...finished, ...open])[0];
    if (run === undefined) return [];
    const single = planned.groups.length === 1;
    return tableOf<ResultRow>(
      {
        id: single ? base : `${base}-${index + 1}`,
        title: single ? planned.title : `${planned.title}: ${group.title}`,
        caption: caption(rows, MEASURES[run.task]),
      },
      rows,
      fieldsOf(rows, MEASURES[run.task]),
    );
  });
}

function resultRows(exhibit: Exhibit, group: PlanGroup, studies: readonly Study[], summarise: Summarise): ResultRow[] {
  const places = new Map(
    studies.flatMap(study => study.settings.flatMap(setting => setting.runs.map(run => [run, { study, setting }]))),
  );
  const runsOf = (row: PlanRow) => exhibit.runs.filter(each => each.row === row).flatMap(({ run }) => run ?? []);
  const known = group.rows.map(row => {
    const runs = runsOf(row);
    return { row, runs, finished: runs.filter(({ status }) => status === 'finished') };
  });
  return known.map(({ row, runs, finished }): ResultRow => {
    const task = runs[0]?.task ?? 'language-model';
    const measures = MEASURES[task];
    const by = <T>(of: (measure: Measure) => T) => new Map(measures.map(measure => [measure.key, of(measure)]));
    const mean = (of: (run: Run) => number | null) => summarise(finished.map(of))?.mean ?? null;
    const share = (key: keyof ReturnType<typeof shareOfDense>) =>
      mean(run => shareOfDense(places.get(run)!.study, run)[key]);
    const others = known.filter(other => other.row !== row);
    const dense = row.settings['method'] === 'dense' ? undefined : nearestDense(row, others);
    const paired = (measure: Measure, other: { finished: readonly Run[] }) =>
      pairedDifference(measure, { runs: finished }, { runs: other.finished }, summarise);
    return {
      row,
      anchor: runs.length === 0 ? undefined : anchorOf(places.get(runs[0])!.setting),
      finished,
      open: runs.filter(({ status }) => status !== 'finished'),
      test: by(measure => summarise(finished.map(measure.test))),
      validation: by(measure => summarise(finished.map(measure.validation))),
      parameters: mean(run => run.size.parameters),
      parameterShare: share('parameters'),
      flopsShare: share('training'),
      difference: by(measure => (dense === undefined ? null : paired(measure, dense))),
      best: new Set(
        measures
          .filter(
            measure => others.length > 0 && others.every(other => isClearlyBetter(measure, paired(measure, other))),
          )
          .map(({ key }) => key),
      ),
    };
  });
}

/** The dense row with the most settings in common. */
function nearestDense<T extends { row: PlanRow }>({ settings }: PlanRow, others: readonly T[]): T | undefined {
  const common = ({ row }: T) => Object.entries(row.settings).filter(([key, value]) => settings[key] === value).length;
  return others.filter(({ row }) => row.settings['method'] === 'dense').sort((a, b) => common(b) - common(a))[0];
}

/** Whether the interval of a paired difference lies wholly on the better side; never of a single pair. */
function isClearlyBetter(measure: Measure, difference: Summary | null): boolean {
  return difference !== null && excludesZero(difference) && isBetter(measure, difference.mean, 0);
}

function caption(rows: readonly ResultRow[], measures: readonly Measure[]): string {
  const points = measures[0].differenceUnit === 'pp' ? ', in percentage points' : '';
  const best = rows.some(row => row.best.size > 0)
    ? 'Bold: better than every other row, each time with the 95% interval of the paired difference wholly on its side.'
    : 'No result is bold, as none is better than every other row beyond the 95% interval of the paired difference.';
  return (
    'Means over the finished seeds of what was planned, at the epoch of least validation loss; 95%: half-width of the ' +
    `interval by Student’s t${points}. Differences are to the dense row on the same seeds. ${best} A single run has no ` +
    'interval: how much it depends on its seed is unknown.'
  );
}

function fieldsOf(rows: readonly ResultRow[], measures: readonly Measure[]): Field<ResultRow>[] {
  const keys = [...new Set(rows.flatMap(({ row }) => Object.keys(row.settings)))].filter(key => key !== 'method');
  return [
    text('method', 'Method', ({ row }) => String(row.settings['method'])),
    ...keys.map(settingField),
    {
      ...number<ResultRow>(
        'seeds',
        'Seeds',
        ({ finished }) => finished.length,
        String,
        'Finished runs of those planned',
      ),
      cell: row => ({ value: row.finished.length, text: seedsText(row) }),
    },
    number('parameters', 'Parameters', row => row.parameters, scaled, 'Of the tested model: nonzeros and biases'),
    number(
      'parameters_relative',
      'of dense',
      row => row.parameterShare,
      percent,
      'Parameters relative to the same model with every matrix dense',
    ),
    number(
      'flops_relative',
      'FLOPs of dense',
      row => row.flopsShare,
      ratio,
      'Training FLOPs as a multiple of those of the same model with every matrix dense',
    ),
    ...measures.flatMap((measure, index) => measureFields(measure, index === 0)),
  ];
}

/** A setting of the plan's rows, left out of the page where it is the same in all of them. */
function settingField(key: string): Field<ResultRow> {
  const value = ({ row }: ResultRow) => row.settings[key];
  const shown = (row: ResultRow) => String(value(row) ?? '');
  const title = key === 'density' ? 'Density' : key;
  return onlyIfDiffers({
    ...text<ResultRow>(key, title, shown),
    numeric: false,
    cell: row => ({ value: typeof value(row) === 'number' ? (value(row) as number) : shown(row), text: shown(row) }),
  });
}

function seedsText({ row, finished, open }: ResultRow): string {
  const planned = row.runs.length;
  if (finished.length === planned) return planned === 1 ? 'single run' : String(planned);
  const failed = open.filter(({ status }) => status === 'failed').length;
  if (finished.length === 0 && failed === planned) return 'failed';
  if (finished.length === 0) return open.length === 0 ? 'missing' : 'unfinished';
  return `${finished.length} of ${planned}`;
}

/** Mean, interval and difference to dense of a measure; of any but the first, the page shows the mean in the test alone. */
function measureFields(measure: Measure, first: boolean): Field<ResultRow>[] {
  const { key, name, differenceUnit, higherIsBetter } = measure;
  const spread = (value: number | null) => (value === null ? NONE : `±\u00a0${measure.formatDifference(value)}`);
  const interval = (column: string, of: (row: ResultRow) => Summary | null | undefined) =>
    number<ResultRow>(
      column,
      '95%',
      row => of(row)?.interval ?? null,
      spread,
      'Half-width of the 95% interval of the mean',
    );
  const test = (row: ResultRow) => row.test.get(key);
  const difference = (row: ResultRow) => row.difference.get(key);
  const mean = (part: 'Validation' | 'Test', of: (row: ResultRow) => Summary | null | undefined) =>
    measureColumn<ResultRow>(
      measure,
      `${part.toLowerCase()}_${key}_mean`,
      `${part} ${name}`,
      row => of(row)?.mean ?? null,
      'Mean',
    );
  const tested = mean('Test', test);
  const others: Field<ResultRow>[] = [
    interval(`test_${key}_interval95`, test),
    {
      ...number<ResultRow>(
        `test_${key}_difference`,
        `to dense${differenceUnit && ` (${differenceUnit})`}`,
        row => difference(row)?.mean ?? null,
        value => signed(value, measure),
        `Mean difference to the dense row; ${higherIsBetter ? 'above' : 'below'} zero it is better than dense`,
      ),
      highFirst: higherIsBetter,
    },
    interval(`test_${key}_difference_interval95`, difference),
  ];
  return [
    { ...mean('Validation', row => row.validation.get(key)), hidden: !first },
    { ...tested, cell: row => ({ ...tested.cell(row), bold: row.best.has(key) }) },
    ...others.map(field => ({ ...field, hidden: !first })),
  ];
}
