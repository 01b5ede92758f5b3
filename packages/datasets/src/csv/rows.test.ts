import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folders.ts';
import { type CsvRow, type RowFormat, readRows } from './rows.ts';

const format: RowFormat = { delimiter: ',', quotes: true, encoding: 'utf-8' };

async function readAll(path: string, changes: Partial<RowFormat> = {}): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of readRows(path, { ...format, ...changes })) rows.push(row);
  return rows;
}

async function rowsOf(content: string | Buffer, changes: Partial<RowFormat> = {}): Promise<CsvRow[]> {
  const path = join(await temporaryFolder(), 'rows.csv');
  await writeFile(path, content);
  return readAll(path, changes);
}

describe('readRows', () => {
  it.each([
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR', '\r'],
  ])('numbers rows by the line they begin at, with %s, line breaks within fields, and blank lines', async (_, end) => {
    const lines = ['a,b', '1,"x ""q""', '', 'y, z"', '', '2,last'];
    const rows = [
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['1', 'x "q"\n\ny, z'] },
      { line: 5, fields: [''] },
      { line: 6, fields: ['2', 'last'] },
    ];
    expect(await rowsOf(lines.join(end))).toEqual(rows);
    expect(await rowsOf(lines.join(end) + end)).toEqual(rows);
  });

  it('drops a byte-order mark, and gives ragged rows as they are', async () => {
    expect(await rowsOf('\ufeffa,b\n1\n1,2,3\n')).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['1'] },
      { line: 3, fields: ['1', '2', '3'] },
    ]);
  });

  it('reads Latin-1 with the characters of Windows-1252', async () => {
    const [row] = await rowsOf(Buffer.from('caf\xe9,\x93x\x94', 'latin1'), { encoding: 'latin1' });
    expect(row).toEqual({ line: 1, fields: ['café', '“x”'] });
  });

  it('reports rows with text after a closing quote, and reads on at the next line', async () => {
    const content = [
      ...[
        '1,good',
        '2,he said "hi", "ho"',
        '3,"the "best" one"',
        '4,"a", b',
        '5,"also ""fine"""',
        '6,"""open"',
        '7,"x"y"',
      ],
      ...['8,"""Great""', 'food""" ', '9,"over', 'lines" and on', '10,"last"'],
    ];
    const problem = 'text after a closing quote';
    expect(await rowsOf(content.join('\n'))).toEqual([
      { line: 1, fields: ['1', 'good'] },
      { line: 2, fields: ['2', 'he said "hi"', ' "ho"'] },
      { line: 3, problem },
      { line: 4, fields: ['4', 'a', ' b'] },
      { line: 5, fields: ['5', 'also "fine"'] },
      { line: 6, fields: ['6', '"open'] },
      { line: 7, problem },
      { line: 8, problem },
      { line: 10, problem },
      { line: 12, fields: ['10', 'last'] },
    ]);
  });

  it('reads a field of four million doubled quotes, and finds the text after its closing quote', async () => {
    const quotes = '""'.repeat(4_000_000);
    const rows = await rowsOf(`1,"${quotes}"\n2,"${quotes}" more\n3,"last"\n`);
    expect(rows.map(row => ('fields' in row ? row.fields[1].length : row.problem))).toEqual([
      ...[4_000_000, 'text after a closing quote', 4],
    ]);
  });

  it('takes quotes literally in a file that does not quote', async () => {
    expect(await rowsOf('1\the said "hi"\n2\t"open\n', { delimiter: '\t', quotes: false })).toEqual([
      { line: 1, fields: ['1', 'he said "hi"'] },
      { line: 2, fields: ['2', '"open'] },
    ]);
  });

  it('refuses a quote that is never closed, and says from which line on', async () => {
    const error = await rowsOf('a,b\n1,x\n2,"never closed\n3,z\n').catch(e => e);
    expect(error).toMatchObject({ name: 'DataError', code: 'table' });
    expect(error.message).toMatch(
      /got a quote that is never closed in the row at or after line 3; correct that row, or/,
    );
  });

  it('refuses a field of 2 GB without reading all of it into memory', async () => {
    const path = join(await temporaryFolder(), 'huge.csv');
    await writeFile(path, 'a,b\n1,"');
    // A hole: nothing is written.
    await truncate(path, 2_000_000_000);
    const before = process.memoryUsage.rss();
    const error = await readAll(path).catch(e => e);
    expect(error).toMatchObject({ name: 'DataError', code: 'table' });
    expect(error.message).toMatch(/got over 16,777,216 bytes in the row at or after line 2/);
    expect(process.memoryUsage.rss() - before).toBeLessThan(500e6);
  });

  it('refuses a file that is not there, and a folder', async () => {
    const folder = await temporaryFolder();
    await expect(readAll(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'missing' });
    await expect(readAll(folder)).rejects.toMatchObject({ code: 'storage' });
  });

  it('property: rows written with every field quoted come back, whatever they hold and wherever reads end', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', ' ', '\\', '😀'), maxLength: 8 });
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(table, fc.nat(70_000), async (rows, filler) => {
        // Moves the rows to other places within the pieces the file is read in.
        const all = [['x'.repeat(filler), ''], ...rows];
        const quoted = all.map(fields => fields.map(text => `"${text.replaceAll('"', '""')}"`).join(','));
        const found = await rowsOf(`${quoted.join('\r\n')}\r\n`);
        expect(found.map(row => 'fields' in row && row.fields)).toEqual(all);
        let line = 1;
        for (const [index, text] of quoted.entries()) {
          expect(found[index].line).toBe(line);
          line += text.split('\n').length;
        }
      }),
      { numRuns: 40 },
    );
  });
});
