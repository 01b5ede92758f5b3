import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CsvError, InfoRecord, Options } from 'csv-parse';
import { DataError, formatBytes } from '../errors.ts';
import { asWindows1252 } from '../text/latin1.ts';
import { readChunks } from './scan.ts';

/** Bytes of one row at most: above any review, below what harms a machine. */
const MAX_ROW = 16 * 2 ** 20;

/** One row of a file: its fields, or why it has none that can be trusted. */
export type CsvRow = { line: number } & ({ fields: string[] } | { problem: string });

/** How a file is cut into rows. */
export interface RowFormat {
  delimiter: string;
  quotes: boolean;
  encoding: 'utf-8' | 'latin1';
}

/**
 * The rows of a CSV file (RFC 4180), read a piece at a time, each with the line at which it begins. Quoted fields may
 * hold delimiters, line breaks and doubled quotes; a quote within a field that does not begin with one is a character
 * like any other; lines end in LF, CR LF or CR; a byte-order mark is dropped. A row with text after a closing quote is
 * given as a problem, as no one can say where the field was meant to end.
 *
 * @throws DataError (`table`) for what leaves open where rows end: a quote that is never closed, a row above 16 MiB;
 * `missing` or `storage` if the file cannot be read
 */
export async function* readRows(path: string, { delimiter, quotes, encoding }: RowFormat): AsyncGenerator<CsvRow> {
  // Read where it is used, as most commands read no such file.
  const { CsvError, parse } = await import('csv-parse');
  let lastLine = 0;
  const options: Options<CsvRow, { record: string[]; raw: string }> = {
    bom: true,
    delimiter,
    quote: quotes ? '"' : false,
    escape: quotes ? '"' : false,
    encoding: encoding === 'utf-8' ? 'utf8' : 'latin1',
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MAX_ROW,
    raw: true,
    on_record: ({ record, raw }, { lines }: InfoRecord): CsvRow => {
      lastLine = lines;
      const line = record.reduce((first, field) => first - newlines(field), lines);
      // Where a closing quote is followed by text, the parser gives the field with its quotes.
      if (quotes && record.some(field => field.startsWith('"')) && !isSound(raw, delimiter)) {
        return { line, problem: 'text after a closing quote' };
      }
      return { line, fields: encoding === 'latin1' ? record.map(asWindows1252) : record };
    },
  };
  // The type of `parse` has no place for rows that `on_record` makes something else of.
  const parser = parse(options as unknown as Options);
  const reading = pipeline(Readable.from(unixLines(readChunks(path))), parser);
  // Reported by the loop below, which sees the same error.
  reading.catch(() => {});
  try {
    for await (const row of parser as AsyncIterable<CsvRow>) yield row;
  } catch (error) {
    throw error instanceof CsvError ? brokenTable(path, lastLine + 1, error) : error;
  }
}

/** Whether all quoted fields of a row end with their closing quote. By hand: a regular expression can overflow. */
function isSound(row: string, delimiter: string): boolean {
  for (let at = 0; ; at += delimiter.length) {
    at = row[at] === '"' ? afterQuotes(row, at) : afterPlain(row, at, delimiter);
    if (!row.startsWith(delimiter, at)) return at === row.length || (row[at] === '\n' && at + 1 === row.length);
  }
}

/** Where a quoted field ends that begins at a place; the end of the row and more if it does not end. */
function afterQuotes(row: string, start: number): number {
  for (let at = row.indexOf('"', start + 1); at >= 0; at = row.indexOf('"', at + 2)) {
    if (row[at + 1] !== '"') return at + 1;
  }
  return row.length + 1;
}

function afterPlain(row: string, start: number, delimiter: string): number {
  let at = start;
  while (at < row.length && row[at] !== '\n' && !row.startsWith(delimiter, at)) at++;
  return at;
}

/** Line ends as LF: the parser counts a CR LF within a field as two lines. */
async function* unixLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let carried = '';
  for await (const chunk of chunks) {
    if (carried === '' && !chunk.includes(13)) {
      yield chunk;
      continue;
    }
    const text = carried + chunk.toString('latin1');
    carried = text.endsWith('\r') ? '\r' : '';
    const bytes = Buffer.from(text.slice(0, text.length - carried.length).replace(/\r\n?/g, '\n'), 'latin1');
    if (bytes.length > 0) yield bytes;
  }
  if (carried !== '') yield Buffer.from('\n');
}

function newlines(field: string): number {
  let count = 0;
  for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) count++;
  return count;
}

function brokenTable(path: string, line: number, error: CsvError): DataError {
  const what = error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quote that is never closed' : `over ${formatBytes(MAX_ROW)}`;
  return new DataError(
    'table',
    {
      expected: `rows of at most ${formatBytes(MAX_ROW)}, every quote closed, in ${path}`,
      came: `${what} in the row at or after line ${line}`,
      advice: 'correct that row, or set csv.quotes to false if the file does not quote its fields',
    },
    { cause: error },
  );
}
