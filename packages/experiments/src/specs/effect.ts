import type { RunSpec } from './schema.ts';
import { UsageError } from './usageError.ts';

/** Keys that one of the tasks alone reads. */
const TASK_KEYS: Readonly<Record<RunSpec['task'], readonly (keyof RunSpec)[]>> = {
  'language-model': ['dataShare', 'tied', 'dropoutKind', 'dropoutWord', 'dropoutState', 'window', 'loss'],
  classification: [
    'bidirectional',
    'output',
    'minCount',
    'maxVocabulary',
    'maxLength',
    'validationShare',
    'testShare',
    'splitSeed',
    'csvText',
    'csvLabel',
    'csvHeader',
    'csvDelimiter',
    'csvQuotes',
    'csvEncoding',
    'csvClasses',
    'csvLeaveOut',
    'csvTest',
  ],
};

/** Keys that these of our cells do not read; cells from outside are not known here. */
const UNREAD_BY_CELL: Readonly<Record<string, readonly (keyof RunSpec)[]>> = {
  lstm: ['depth', 'dropoutState', 'transformBias'],
  gru: ['depth', 'dropoutState', 'transformBias'],
};

/**
 * Refuses settings that nobody reads: they would make two runs of one, and a difference in the report that is none.
 *
 * @param base the values without the user's settings; a setting that repeats them is let pass.
 * @throws UsageError
 */
export function checkEffect(spec: RunSpec, base: Record<string, unknown>, given: Record<string, unknown>): void {
  const other = spec.task === 'classification' ? 'language-model' : 'classification';
  for (const key of Object.keys(given) as (keyof RunSpec)[]) {
    if (spec[key] === base[key]) continue;
    const reason = TASK_KEYS[other].includes(key)
      ? `task ${spec.task}`
      : UNREAD_BY_CELL[spec.cell]?.includes(key)
        ? `cell ${spec.cell}`
        : undefined;
    if (reason !== undefined) {
      throw new UsageError(
        `${key}: expected it left out, as it has no effect on ${reason}, got ${spec[key]}. Leave it out.`,
      );
    }
  }
}
