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

/**
 * RFC 4180 text with a header line. A missing value is an empty field; a text that a spreadsheet would run as a formula (=, +,
 * -, @ first) has an apostrophe before it.
 */
export function csvText(csv: Csv): string {
  return stringify(csv.rows, { header: true, columns: csv.columns, escape_formulas: true });
}
