import type { Run } from '../load/run.ts';
import { densityText, type Setting, type Study, studyTitle } from '../load/study.ts';
import { type Field, number, onlyIfDiffers, text } from './table.ts';

/** A run as a row of a table. */
export interface RunRow {
  anchor: string;
  study: Study;
  setting: Setting;
  run: Run;
}

/** All runs in the order of the studies, their settings and their seeds. */
export function runRows(studies: readonly Study[]): RunRow[] {
  return studies.flatMap(study =>
    study.settings.flatMap(setting => setting.runs.map(run => ({ anchor: run.anchor, study, setting, run }))),
  );
}

/** The columns that say which setting a row is about. */
export function settingFields<T extends { study: Study; setting: Setting }>(): Field<T>[] {
  return [
    text('method', 'Method', row => row.setting.method),
    number(
      'density',
      'Density',
      row => row.setting.density,
      value => densityText(value ?? 0),
    ),
    onlyIfDiffers(text('variant', 'Variant', row => row.setting.variant)),
    onlyIfDiffers(text('study', 'Study', row => studyTitle(row.study))),
  ];
}

export function seedField<T extends { run: Run }>(): Field<T> {
  return number('seed', 'Seed', row => row.run.seed, String);
}

/** Quotient of two counts or measures; null where either is missing or the second is 0. */
export function relative(value: number | null, reference: number | null): number | null {
  return value === null || reference === null || reference === 0 ? null : value / reference;
}
