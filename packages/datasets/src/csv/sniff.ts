import { DataError, shorten } from '../errors.ts';
import type { CsvScan } from './scan.ts';
import { type CsvSettings, textColumns } from './settings.ts';

/** The rarer in running text, the earlier. */
const CANDIDATES = ['\t', '|', ';', ','];
/** Rows of the sample that are looked at. */
const ROWS = 100;

/** What the first rows tell. */
export interface CsvShape {
  delimiter: string;
  /** Fields of most rows. */
  fields: number;
}

/**
 * The delimiter of a file and how many fields its rows have, from its first rows: the delimiter that cuts most of them
 * into the same number of fields, enough for the columns that are asked for; of several, the one that finds the named
 * columns, then the one that is rarer in running text. A delimiter that the settings name is the only one tried.
 *
 * @throws DataError (`table`) if none cuts more than half of the rows alike
 */
export function sniffCsv(path: string, { sample, complete, encoding }: CsvScan, settings: CsvSettings): CsvShape {
  const text = sample.toString(encoding === 'utf-8' ? 'utf8' : 'latin1').replace(/^\ufeff/, '');
  const columns = [...textColumns(settings), settings.label];
  const named = columns.filter(column => typeof column === 'string');
  const least = Math.max(2, ...columns.filter(column => typeof column === 'number'));
  let best = { delimiter: '', fields: 0, score: 0 };
  for (const delimiter of settings.delimiter === undefined ? CANDIDATES : [settings.delimiter]) {
    const rows = sampleRows(text, delimiter, settings.quotes ?? true, complete);
    const counts = new Map<number, number>();
    for (const { length } of rows) if (length >= least) counts.set(length, (counts.get(length) ?? 0) + 1);
    const [fields, alike] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0];
    if (fields === 0 || 2 * alike <= rows.length) continue;
    const findsNames = named.length > 0 && named.every(name => findColumn(rows[0], name) >= 0);
    const score = 2 * Number(findsNames) + alike / rows.length;
    if (score > best.score) best = { delimiter, fields, score };
  }
  if (best.fields > 0) return { delimiter: best.delimiter, fields: best.fields };
  const between = settings.delimiter === undefined ? 'a comma, semicolon, tab or bar' : `'${settings.delimiter}'`;
  throw new DataError('table', {
    expected: `most rows of ${path} to have the same number of fields, at least ${least}, with ${between} between them`,
    came: `first line '${shorten(text.split(/[\r\n]/)[0])}'`,
    advice: 'set csv.delimiter and csv.quotes, or correct the columns or the file',
  });
}

/** Where in the header a column of that name is, from 0; exactly, else regardless of case; -1 if none or several are. */
export function findColumn(header: readonly string[], column: string): number {
  const find = (key: (name: string) => string): number[] =>
    header.flatMap((name, at) => (key(name) === key(column) ? [at] : []));
  const exact = find(name => name.trim());
  const found = exact.length > 0 ? exact : find(name => name.trim().toLowerCase());
  return found.length === 1 ? found[0] : -1;
}

/** The first rows as a lenient reader sees them: good enough to count fields. */
function sampleRows(text: string, delimiter: string, quotes: boolean, complete: boolean): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length && rows.length < ROWS; i++) {
    const character = text[i];
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[i + 1] === '"') field += text[i++];
      else quoted = false;
    } else if (quotes && character === '"' && field === '') {
      quoted = true;
    } else if (character === delimiter) {
      row.push(field);
      field = '';
    } else if (character === '\n' || character === '\r') {
      if (row.length > 0 || field !== '') rows.push([...row, field]);
      row = [];
      field = '';
    } else {
      field += character;
    }
  }
  // The sample may end within a row; a file does not.
  if ((complete || rows.length === 0) && rows.length < ROWS && (row.length > 0 || field !== '')) {
    rows.push([...row, field]);
  }
  return rows;
}
