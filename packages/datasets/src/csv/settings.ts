import { DataError, refuseUnknown } from '../errors.ts';

/** A column by its name in the header, or by its number from 1. */
export type Column = string | number;

/** How a CSV file of one text per row is read. Plain JSON. */
export interface CsvSettings {
  /** Column of the text, or several whose texts are joined in this order: title and text. */
  text: Column | readonly Column[];
  /** Column of the label. */
  label: Column;
  /** Whether the first row names the columns. Default: true if a column is given by name, else false. */
  header?: boolean;
  /** One character. Default: guessed from the first rows, among comma, semicolon, tab and bar. */
  delimiter?: string;
  /** Whether `"` quotes fields (with `""` for a quote within). Default true; false for files that do not quote. */
  quotes?: boolean;
  /** Default: UTF-8 if the whole file is valid UTF-8, else Latin-1. */
  encoding?: 'utf-8' | 'latin1';
  /**
   * The labels of each class, in the order of the class numbers: `{ negative: [1, 2], positive: [4, 5] }`. Labels are
   * compared as text, or as numbers if both are (`4.0` is 4). Default: every label is a class of its own, numbers in
   * their order, then text in the order of its UTF-16 code units.
   */
  classes?: Readonly<Record<string, readonly (string | number)[]>>;
  /** Labels whose rows are left out on purpose and counted: `[3]`. */
  leaveOut?: readonly (string | number)[];
  /** A file of the test part, read in the same way. Default: the test part is split off (`testShare`). */
  testFile?: string;
}

const KEYS = ['text', 'label', 'header', 'delimiter', 'quotes', 'encoding', 'classes', 'leaveOut', 'testFile'];

/** The columns of the text, in order. */
export function textColumns({ text }: CsvSettings): readonly Column[] {
  return Array.isArray(text) ? text : [text as Column];
}

/** Whether the first row names the columns. */
export function hasHeader(settings: CsvSettings): boolean {
  return settings.header ?? [...textColumns(settings), settings.label].some(column => typeof column === 'string');
}

/** Throws a `DataError` (`usage`) for the first setting that is unknown or cannot be meant. */
export function checkCsvSettings(settings: CsvSettings): void {
  refuseUnknown('csv settings', settings, KEYS);
  const columns = [...textColumns(settings), settings.label];
  if (textColumns(settings).length === 0) throw invalid('csv.text, at least one column', 'none');
  for (const column of columns) {
    const valid = typeof column === 'string' ? column !== '' : Number.isSafeInteger(column) && column >= 1;
    if (!valid) throw invalid('columns by name, or by number from 1', String(column));
  }
  if (settings.header === false && columns.some(column => typeof column === 'string')) {
    throw invalid('columns by number, as header is false', columns.join(', '));
  }
  const { delimiter = ',', encoding = 'utf-8', quotes = true, header = true } = settings;
  if (!/^[^\n\r"]$/.test(delimiter) || delimiter > '\x7f') {
    throw invalid('csv.delimiter, one ASCII character that is neither quote nor line break', `'${delimiter}'`);
  }
  if (encoding !== 'utf-8' && encoding !== 'latin1') throw invalid("csv.encoding 'utf-8' or 'latin1'", `'${encoding}'`);
  for (const [name, value] of [['quotes', quotes] as const, ['header', header] as const]) {
    if (typeof value !== 'boolean') throw invalid(`csv.${name} true or false`, String(value));
  }
  checkClasses(settings);
}

function checkClasses({ classes, leaveOut = [] }: CsvSettings): void {
  if (!Array.isArray(leaveOut)) throw invalid('csv.leaveOut, a list of labels', String(leaveOut));
  if (classes === undefined) return;
  const names = Object.keys(classes);
  if (names.length < 2) throw invalid('csv.classes, at least two', names.join(', ') || 'none');
  const seen = new Map<string, string>(leaveOut.map(label => [labelKey(label), 'leaveOut']));
  for (const name of names) {
    if (!Array.isArray(classes[name]) || classes[name].length === 0) {
      throw invalid(`csv.classes.${name}, a list of at least one label`, String(classes[name]) || 'none');
    }
    for (const label of classes[name]) {
      const other = seen.get(labelKey(label));
      if (other !== undefined) throw invalid('every label in one class', `'${label}' in ${other} and ${name}`);
      seen.set(labelKey(label), name);
    }
  }
}

/** What makes two labels the same: the text without white space around it, numbers of up to 15 digits by their value. */
export function labelKey(label: string | number): string {
  const text = String(label).trim();
  return text.length < 16 && /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text) ? String(Number(text)) : text;
}

function invalid(expected: string, came: string): DataError {
  return new DataError('usage', { expected, came, advice: 'correct the setting' });
}
