import { type CsvSettings, checkCsvSettings } from '../csv/settings.ts';
import { DataError, refuseUnknown } from '../errors.ts';

/** How texts become numbers, and what is split off for validation and test. */
export interface TextSettings {
  /** Words seen fewer times than this in the training part become `<unk>`. At least 1, which keeps every word. */
  minCount: number;
  /** Words of the vocabulary at most, `<pad>` and `<unk>` included: the most frequent stay. At least 3. */
  maxVocabulary: number;
  /** Tokens of a text that are kept, from its start. At least 1. */
  maxLength: number;
  /**
   * Share of the training texts that become validation, where a corpus has no validation part. Between 0 and 1.
   * Ignored by a corpus that has one (`sst2`).
   */
  validationShare: number;
  /** Share of all texts that become test: `csv:` without a test file only. Between 0 and 1. */
  testShare: number;
  /** Seed of both splits. */
  splitSeed: number;
  /** Columns and classes of `csv:PATH`, and for that alone. */
  csv?: CsvSettings;
}

/**
 * Settings to begin with: 20,000 words seen at least twice, the first 400 tokens of a text, and a tenth each for
 * validation and test.
 *
 * @example const corpus = await loadTextCorpus('imdb', { ...TEXT_DEFAULTS, maxLength: 200 });
 */
export const TEXT_DEFAULTS: Readonly<TextSettings> = {
  minCount: 2,
  maxVocabulary: 20_000,
  maxLength: 400,
  validationShare: 0.1,
  testShare: 0.1,
  splitSeed: 1,
};

const KEYS = [...Object.keys(TEXT_DEFAULTS), 'csv'];

/** Throws a `DataError` (`usage`) for the first setting that is unknown, missing or out of range. */
export function checkTextSettings(settings: TextSettings): void {
  refuseUnknown('text settings', settings, KEYS);
  requireWhole('minCount', settings.minCount, 1);
  requireWhole('maxVocabulary', settings.maxVocabulary, 3);
  requireWhole('maxLength', settings.maxLength, 1);
  requireShare('validationShare', settings.validationShare);
  requireShare('testShare', settings.testShare);
  requireWhole('splitSeed', settings.splitSeed, Number.MIN_SAFE_INTEGER);
  if (settings.csv !== undefined) checkCsvSettings(settings.csv);
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  const range = least === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${least}`;
  throw settingError(`${name}, a whole number${range}`, value);
}

function requireShare(name: string, value: number): void {
  if (typeof value === 'number' && value > 0 && value < 1) return;
  throw settingError(`${name}, a share above 0 and below 1`, value);
}

function settingError(expected: string, value: unknown): DataError {
  return new DataError('usage', { expected, came: String(value), advice: 'correct the setting' });
}
