import type { Run, Task } from '../load/run.ts';
import type { Setting, Study } from '../load/study.ts';
import { NONE } from './format.ts';
import { settingFields, taskId } from './identity.ts';
import { isBetter, MEASURES, type Measure } from './measures.ts';
import { excludesZero, type Summarise, type Summary, signFlipP } from './statistics.ts';
import { type Field, number, onlyIfDiffers, type Table, tableOf, text } from './table.ts';
import { denseTwins, equalDensityTwins } from './twins.ts';

interface DifferenceRow {
  anchor: string;
  study: Study;
  setting: Setting;
  reference: Setting;
  /** Of the test results, setting minus reference on the same seed, by the measure's key. */
  differences: ReadonlyMap<string, Difference | null>;
}

/** Mean and spread of paired differences, and the p of the sign-flip permutation test. */
type Difference = Summary & { p: number | null };

/** Runs of one setting, one per seed. */
interface Seeds {
  readonly runs: readonly Run[];
}

/** What settings are compared with. */
type Reference = 'dense' | 'static' | 'dense-small';

/** What each setting's test results differ from a reference's by, on the same seeds; undefined without two pairs. */
export function differencesTable(
  task: Task,
  studies: readonly Study[],
  summarise: Summarise,
  reference: Reference = 'dense',
): Table | undefined {
  const measures = MEASURES[task];
  const rows = studies.flatMap(study =>
    study.settings.flatMap((setting): DifferenceRow[] => {
      const [twin] = reference === 'dense' ? denseTwins(study, setting) : equalDensityTwins(study, setting, reference);
      // Whether adapting the connections helps is asked of methods that do; dense models have none to adapt.
      if (twin === undefined || (reference === 'static' && setting.method === 'dense-small')) return [];
      const differences = new Map(
        measures.map(measure => [measure.key, difference(measure, setting, twin, summarise)]),
      );
      return differences.get(measures[0].key) === null
        ? []
        : [{ anchor: setting.anchor, study, setting, reference: twin, differences }];
    }),
  );
  const pairs = (row: DifferenceRow) => row.differences.get(measures[0].key)?.n ?? 0;
  if (!rows.some(row => pairs(row) > 1)) return undefined;
  return tableOf(
    {
      id: taskId(reference === 'dense' ? 'differences' : `differences-${reference}`, task),
      title:
        reference === 'dense-small'
          ? 'Differences to a small dense model of as many parameters'
          : `Differences to the ${reference} model`,
      caption:
        `Test result minus that of the ${reference} run of the same model${reference === 'dense' ? '' : ', density'} and seed: ` +
        'mean over the seeds and half-width of its 95% t interval. “Better” and “worse” stand where the interval does not ' +
        'contain zero; it takes no account of how many settings are compared. p: exact sign-flip permutation test, two-sided; ' +
        'with three seeds it cannot be below .25.',
    },
    rows,
    [
      ...settingFields<DifferenceRow>(),
      onlyIfDiffers(text(reference, 'Against', row => row.reference.label)),
      number('pairs', 'Seeds', pairs, String, 'Seeds of which both runs have finished'),
      ...measures.flatMap(measure => differenceFields(measure, reference)),
    ],
  );
}

function difference(measure: Measure, setting: Setting, twin: Setting, summarise: Summarise): Difference | null {
  const values = pairedDifferences(measure, setting, twin);
  const summary = summarise(values);
  return summary && { ...summary, p: signFlipP(values) };
}

/** Mean and spread of `setting - reference` in the test over the seeds that both have finished; null where there is none. */
export function pairedDifference(
  measure: Measure,
  setting: Seeds,
  reference: Seeds,
  summarise: Summarise,
): Summary | null {
  return summarise(pairedDifferences(measure, setting, reference));
}

function pairedDifferences(measure: Measure, setting: Seeds, reference: Seeds): number[] {
  const others = new Map(reference.runs.map(run => [run.seed, measure.test(run)]));
  return setting.runs.flatMap((run: Run) => {
    const [value, other] = [measure.test(run), others.get(run.seed) ?? null];
    return value === null || other === null ? [] : [value - other];
  });
}

/** What a difference with its interval says: nothing for a single pair. */
function verdict(measure: Measure, difference: Summary): string {
  if (difference.interval === null) return NONE;
  if (!excludesZero(difference)) return 'open';
  return isBetter(measure, difference.mean, 0) ? 'better' : 'worse';
}

function differenceFields(measure: Measure, reference: Reference): Field<DifferenceRow>[] {
  const summary = (row: DifferenceRow) => row.differences.get(measure.key) ?? null;
  const key = `test_${measure.key}_difference`;
  return [
    {
      ...number<DifferenceRow>(
        key,
        `Test ${measure.name}, difference${measure.differenceUnit && ` (${measure.differenceUnit})`}`,
        row => summary(row)?.mean ?? null,
        value => signed(value, measure),
        `Mean; ${measure.higherIsBetter ? 'above' : 'below'} zero the setting is better than ${reference}`,
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
    number(
      `${key}_p`,
      'p',
      row => summary(row)?.p ?? null,
      value => (value === null ? NONE : value.toPrecision(2)),
      'Exact two-sided p of the sign-flip permutation test over the pairs; none for fewer than two',
    ),
    text(`${key}_verdict`, `than ${reference}`, row =>
      summary(row) === null ? NONE : verdict(measure, summary(row)!),
    ),
  ];
}

/** A difference with its sign; `–` for none. */
export function signed(value: number | null, measure: Measure): string {
  if (value === null) return NONE;
  const sign = value > 0 ? '+' : value < 0 ? '−' : '±';
  return `${sign}${measure.formatDifference(Math.abs(value))}`;
}
