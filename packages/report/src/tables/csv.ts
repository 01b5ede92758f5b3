import { stringify } from 'csv-stringify/sync';
import type { Table } from './table.ts';

/** A CSV file: a header of column names and rows of raw values. */
export interface Csv {
  columns: string[];
  rows: (string | number | null)[][];
}

/** The CSV of a table: its raw values, not the rounded text of the page. */
export function tableCsv(table: Table): Csv {
  return { columns: table.columns.map(column => column.key), rows: table.rows.map(row => row.map(cell => cell.value)) };
}

/** RFC 4180 text with a header line. A missing value is an empty field. */
export function csvText(csv: Csv): string {
  // A text that a spreadsheet would run as a formula (=, +, -, @ first) is quoted with an apostrophe.
  const guarded = csv.rows.map(row =>
    row.map(value => (typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value)),
  );
  return stringify(guarded, { header: true, columns: csv.columns });
}
