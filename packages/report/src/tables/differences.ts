import type { Run, Task } from '../load/run.ts';
import type { Setting, Study } from '../load/study.ts';
import { NONE } from './format.ts';
import { settingFields, taskId } from './identity.ts';
import { isBetter, MEASURES, type Measure } from './measures.ts';
import type { Summarise, Summary } from './statistics.ts';
import { type Field, number, onlyIfDiffers, type Table, tableOf, text } from './table.ts';
import { denseTwins } from './twins.ts';

interface DifferenceRow {
  anchor: string;
  study: Study;
  setting: Setting;
  dense: Setting;
  /** Of the test results, setting minus dense on the same seed, by the measure's key. */
  differences: ReadonlyMap<string, Summary | null>;
}

/** What each setting's test results differ from the dense model's by, on the same seeds; undefined without two pairs. */
export function differencesTable(task: Task, studies: readonly Study[], summarise: Summarise): Table | undefined {
  const measures = MEASURES[task];
  const rows = studies.flatMap(study =>
    study.settings.flatMap((setting): DifferenceRow[] => {
      const [dense] = denseTwins(study, setting);
      if (dense === undefined) return [];
      const differences = new Map(
        measures.map(measure => [measure.key, pairedDifference(measure, setting, dense, summarise)]),
      );
      return differences.get(measures[0].key) === null
        ? []
        : [{ anchor: setting.anchor, study, setting, dense, differences }];
    }),
  );
  const pairs = (row: DifferenceRow) => row.differences.get(measures[0].key)?.n ?? 0;
  if (!rows.some(row => pairs(row) > 1)) return undefined;
  return tableOf(
    {
      id: taskId('differences', task),
      title: 'Differences to the dense model',
      caption:
        'Test result minus that of the dense run of the same model and seed: mean over the seeds and half-width of its ' +
        '95% t interval. “Better” and “worse” stand where the interval does not contain zero; it takes no account of how ' +
        'many settings are compared.',
    },
    rows,
    [
      ...settingFields<DifferenceRow>(),
      onlyIfDiffers(text('dense', 'Against', row => row.dense.label)),
      number('pairs', 'Seeds', pairs, String, 'Seeds of which both runs have finished'),
      ...measures.flatMap(differenceFields),
    ],
  );
}

/** Mean and spread of `setting - dense` in the test over the seeds that both have finished; null where there is none. */
export function pairedDifference(
  measure: Measure,
  setting: Setting,
  dense: Setting,
  summarise: Summarise,
): Summary | null {
  const reference = new Map(dense.runs.map(run => [run.seed, measure.test(run)]));
  const difference = (run: Run) => {
    const [value, other] = [measure.test(run), reference.get(run.seed) ?? null];
    return value === null || other === null ? null : value - other;
  };
  return summarise(setting.runs.map(difference));
}

/** What a difference with its interval says: nothing for a single pair. */
function verdict(measure: Measure, { mean, interval }: Summary): string {
  if (interval === null) return NONE;
  if (Math.abs(mean) <= interval) return 'open';
  return isBetter(measure, mean, 0) ? 'better' : 'worse';
}

function differenceFields(measure: Measure): Field<DifferenceRow>[] {
  const summary = (row: DifferenceRow) => row.differences.get(measure.key) ?? null;
  const key = `test_${measure.key}_difference`;
  return [
    {
      ...number<DifferenceRow>(
        key,
        `Test ${measure.name}, difference${measure.differenceUnit && ` (${measure.differenceUnit})`}`,
        row => summary(row)?.mean ?? null,
        value => signed(value, measure),
        `Mean; ${measure.higherIsBetter ? 'above' : 'below'} zero the setting is better than dense`,
      ),
      highFirst: measure.higherIsBetter,
    },
    number(
      `${key}_deviation`,
      'sd',
      row => summary(row)?.deviation ?? null,
      value => (value === null ? NONE : `±\u00a0${measure.formatDifference(value)}`),
      'Sample standard deviation of the differences (n - 1)',
    ),
    number(
      `${key}_interval95`,
      '95%',
      row => summary(row)?.interval ?? null,
      value => (value === null ? NONE : `±\u00a0${measure.formatDifference(value)}`),
      'Half-width of the 95% interval of the mean difference, by Student’s t with n - 1 degrees of freedom',
    ),
    text(`${key}_verdict`, 'than dense', row => (summary(row) === null ? NONE : verdict(measure, summary(row)!))),
  ];
}

function signed(value: number | null, measure: Measure): string {
  if (value === null) return NONE;
  const sign = value > 0 ? '+' : value < 0 ? '−' : '±';
  return `${sign}${measure.formatDifference(Math.abs(value))}`;
}
