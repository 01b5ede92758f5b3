import { resolve } from 'node:path';
import { DataError, shorten } from '../errors.ts';
import type { Parts, SourceText } from '../sources/types.ts';
import { rawTokens } from '../text/rawTokens.ts';
import { type CsvRow, readRows } from './rows.ts';
import { scanCsv } from './scan.ts';
import { type Column, type CsvSettings, hasHeader, labelKey, textColumns } from './settings.ts';
import { findColumn, sniffCsv } from './sniff.ts';

/**
 * The texts of a CSV file, a row at a time, tokenised by `rawTokens`; `\n` written out, as in exports that escape line
 * breaks, is a space. The label is the class that the settings give it, else the label itself. A row that is blank,
 * ragged, without a label or with one that is in no class is reported as unusable.
 *
 * @throws DataError: `missing`, `storage`, `empty`, `encoding` or `table`; `usage` for a column that is not there
 */
export async function* csvTexts(
  path: string,
  settings: CsvSettings,
  part: keyof Parts<unknown>,
): AsyncGenerator<SourceText> {
  const file = resolve(path);
  const scan = await scanCsv(file, settings.encoding);
  const shape = sniffCsv(file, scan, settings);
  const format = { delimiter: shape.delimiter, quotes: settings.quotes ?? true, encoding: scan.encoding };
  const judge = labelJudge(settings);
  let width = shape.fields;
  let columns = hasHeader(settings) ? undefined : findColumns(file, undefined, width, settings);
  for await (const row of readRows(file, format)) {
    const origin = { part, file: path, line: row.line };
    if ('problem' in row && columns === undefined) throw brokenHeader(file, row.line);
    if ('problem' in row || isBlank(row)) {
      yield { kind: 'unusable', ...origin, reason: 'problem' in row ? row.problem : 'a blank line' };
      continue;
    }
    const { fields } = row;
    if (columns === undefined) {
      width = fields.length;
      columns = findColumns(file, fields, width, settings);
      continue;
    }
    if (fields.length !== width) {
      const reason = `${fields.length} ${fields.length === 1 ? 'field' : 'fields'} where ${width} are expected`;
      yield { kind: 'unusable', ...origin, reason };
      continue;
    }
    const judged = judge(fields[columns.label]);
    if (judged.kind === 'text') {
      const text = columns.text.map(column => fields[column]).join('\n');
      yield { ...judged, ...origin, tokens: rawTokens(text.replaceAll('\\n', '\n')) };
    } else {
      yield { ...judged, ...origin };
    }
  }
}

function brokenHeader(file: string, line: number): DataError {
  return new DataError('table', {
    expected: `the names of the columns in the first row of ${file}`,
    came: `text after a closing quote, in line ${line}`,
    advice: 'correct that row, or set csv.quotes to false if the file does not quote its fields',
  });
}

function isBlank(row: Extract<CsvRow, { fields: string[] }>): boolean {
  return row.fields.length === 1 && row.fields[0].trim() === '';
}

/** Where text and label are, from 0. */
function findColumns(
  file: string,
  header: readonly string[] | undefined,
  width: number,
  settings: CsvSettings,
): { text: number[]; label: number } {
  const find = (column: Column): number => {
    const found = typeof column === 'number' ? column - 1 : findColumn(header ?? [], column);
    if (found >= 0 && found < width) return found;
    throw new DataError('usage', {
      expected: `one column ${typeof column === 'number' ? column : `'${column}'`} in ${file}`,
      came: header ? `columns ${header.map(name => `'${shorten(name)}'`).join(', ')}` : `${width} columns`,
      advice: 'correct csv.text or csv.label (columns are numbered from 1), or csv.header',
    });
  };
  return { text: textColumns(settings).map(find), label: find(settings.label) };
}

type Judged = { kind: 'text'; label: string } | { kind: 'leftOut' } | { kind: 'unusable'; reason: string };

/** What becomes of a row with a label. */
function labelJudge({ classes, leaveOut = [] }: CsvSettings): (label: string) => Judged {
  const left = new Set(leaveOut.map(labelKey));
  const classOf = new Map<string, string>();
  for (const [name, labels] of Object.entries(classes ?? {})) {
    for (const label of labels) classOf.set(labelKey(label), name);
  }
  return label => {
    const key = labelKey(label);
    if (left.has(key)) return { kind: 'leftOut' };
    if (key === '') return { kind: 'unusable', reason: 'no label' };
    const name = classes ? classOf.get(key) : key;
    if (name !== undefined) return { kind: 'text', label: name };
    return { kind: 'unusable', reason: `label '${shorten(key)}' is in no class` };
  };
}
