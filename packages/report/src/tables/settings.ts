import type { Task } from '../load/run.ts';
import type { Setting, Study } from '../load/study.ts';
import { duration, NONE, percent, ratio } from './format.ts';
import { flopsCaveat, meanShareOfDense, type ShareOfDense, settingFields, taskId } from './identity.ts';
import { MEASURES, type Measure, measureColumn } from './measures.ts';
import type { Summarise, Summary } from './statistics.ts';
import { type Field, number, type Table, tableOf } from './table.ts';

const MEAN = 'Mean, at the best epoch, the one of least validation loss';

interface SettingRow {
  anchor: string;
  study: Study;
  setting: Setting;
  n: number;
  /** By the name of the column: `test_accuracy`. */
  summaries: ReadonlyMap<string, Summary | null>;
  share: ShareOfDense;
  wall: Summary | null;
}

const fieldsOf = (task: Task): Field<SettingRow>[] => [
  ...settingFields<SettingRow>(),
  number(
    'n',
    'Runs',
    row => row.n,
    value => (value === 1 ? 'single run' : String(value)),
    'Finished runs that the mean is over',
  ),
  ...MEASURES[task].flatMap(measure => [
    ...meanFields(`test_${measure.key}`, `Test ${measure.name}`, measure),
    // On the page the spread of the test is enough; the CSV has both.
    ...meanFields(`validation_${measure.key}`, `Validation ${measure.name}`, measure).map((field, index) => ({
      ...field,
      hidden: index > 0,
    })),
  ]),
  number(
    'parameters_relative',
    'Parameters of dense',
    row => row.share.parameters,
    percent,
    'Mean over the finished runs, relative to the same model with every matrix dense',
  ),
  number(
    'flops_relative',
    'FLOPs of dense',
    row => row.share.training,
    ratio,
    'Training FLOPs as a multiple of those of the same model with every matrix dense, mean over the finished runs',
  ),
  number('wall_seconds_mean', 'Wall time', row => row.wall?.mean ?? null, duration, 'Mean over the finished runs'),
];

/** Means over the seeds of every setting, finished runs only; a setting with one run is there too, marked as such. */
export function settingsTable(task: Task, studies: readonly Study[], summarise: Summarise): Table {
  const rows = studies.flatMap(study => study.settings.map(setting => toRow(task, study, setting, summarise)));
  return tableOf(
    {
      id: taskId('settings', task),
      title: 'Means over seeds',
      caption:
        'Mean, sample standard deviation (sd) and half-width of the 95% t interval of the mean (95%), over the finished ' +
        `runs of each setting${MEASURES[task][0].differenceUnit === 'pp' ? ', both in percentage points' : ''}. A single run has neither: how much its result depends on the seed is unknown.${flopsCaveat(studies)}`,
    },
    rows,
    fieldsOf(task),
  );
}

function toRow(task: Task, study: Study, setting: Setting, summarise: Summarise): SettingRow {
  const finished = setting.runs.filter(run => run.status === 'finished');
  const summaries = MEASURES[task].flatMap(({ key, test, validation }): [string, Summary | null][] => [
    [`test_${key}`, summarise(finished.map(test))],
    [`validation_${key}`, summarise(finished.map(validation))],
  ]);
  return {
    anchor: setting.anchor,
    study,
    setting,
    n: finished.length,
    summaries: new Map(summaries),
    share: meanShareOfDense(study, setting, summarise),
    wall: summarise(finished.map(run => run.wallSeconds)),
  };
}

function meanFields(key: string, title: string, measure: Measure): Field<SettingRow>[] {
  const summary = (row: SettingRow) => row.summaries.get(key);
  const spread = (value: number | null) => (value === null ? NONE : `±\u00a0${measure.formatDifference(value)}`);
  return [
    measureColumn<SettingRow>(measure, `${key}_mean`, title, row => summary(row)?.mean ?? null, MEAN),
    number(
      `${key}_deviation`,
      'sd',
      row => summary(row)?.deviation ?? null,
      spread,
      'Sample standard deviation (n - 1)',
    ),
    number(
      `${key}_interval95`,
      '95%',
      row => summary(row)?.interval ?? null,
      spread,
      'Half-width of the 95% interval of the mean, by Student’s t with n - 1 degrees of freedom',
    ),
  ];
}
