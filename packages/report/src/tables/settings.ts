import type { Setting, Study } from '../load/study.ts';
import { duration, NONE, percent, perplexity } from './format.ts';
import { relative, settingFields } from './identity.ts';
import type { Summarise, Summary } from './statistics.ts';
import { type Field, number, type Table, tableOf } from './table.ts';

interface SettingRow {
  anchor: string;
  study: Study;
  setting: Setting;
  validation: Summary | null;
  test: Summary | null;
  wall: Summary | null;
}

const FIELDS: Field<SettingRow>[] = [
  ...settingFields<SettingRow>(),
  number(
    'n',
    'Runs',
    row => row.test?.n ?? 0,
    value => (value === 1 ? 'single run' : String(value)),
    'Finished runs that the mean is over',
  ),
  ...meanAndDeviation('test_perplexity', 'Test perplexity', row => row.test, perplexity),
  ...meanAndDeviation('validation_perplexity', 'Validation perplexity', row => row.validation, perplexity),
  number(
    'parameters_relative',
    'Parameters of dense',
    ({ setting }) => relative(setting.runs[0].start.parameters.total, setting.runs[0].start.parameters.dense),
    percent,
    'Parameters relative to the same model with every matrix dense',
  ),
  number('wall_seconds_mean', 'Wall time', row => row.wall?.mean ?? null, duration, 'Mean over the finished runs'),
];

/** Means over the seeds of every setting, finished runs only; a setting with one run is there too, marked as such. */
export function settingsTable(studies: readonly Study[], summarise: Summarise): Table {
  const rows = studies.flatMap(study => study.settings.map(setting => toRow(study, setting, summarise)));
  return tableOf(
    {
      id: 'settings',
      title: 'Means over seeds',
      caption:
        'Mean and sample standard deviation (sd) over the finished runs of each setting. ' +
        'A single run has no deviation: how much its result depends on the seed is unknown.',
    },
    rows,
    FIELDS,
  );
}

function toRow(study: Study, setting: Setting, summarise: Summarise): SettingRow {
  const finished = setting.runs.filter(run => run.status === 'finished');
  return {
    anchor: setting.anchor,
    study,
    setting,
    validation: summarise(finished.map(run => run.validationPerplexity)),
    test: summarise(finished.map(run => run.testPerplexity)),
    wall: summarise(finished.map(run => run.wallSeconds)),
  };
}

function meanAndDeviation(
  key: string,
  title: string,
  summary: (row: SettingRow) => Summary | null,
  format: (value: number | null) => string,
): Field<SettingRow>[] {
  return [
    number(`${key}_mean`, title, row => summary(row)?.mean ?? null, format, 'Mean'),
    number(
      `${key}_deviation`,
      '± sd',
      row => summary(row)?.deviation ?? null,
      value => (value === null ? NONE : `±\u00a0${format(value)}`),
      'Sample standard deviation (n - 1)',
    ),
  ];
}
