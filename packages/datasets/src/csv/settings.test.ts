import { describe, expect, it } from 'vitest';
import { type CsvSettings, checkCsvSettings, hasHeader, labelKey } from './settings.ts';

const good: CsvSettings = { text: 'text', label: 'stars' };

describe('checkCsvSettings', () => {
  it.each<[string, object]>([
    ['columns by name', {}],
    ['columns by number', { text: [3, 2], label: 1, header: false }],
    ['numbers beside a header', { text: 2, label: 1, header: true }],
    ['everything', { delimiter: '\t', quotes: false, encoding: 'latin1', leaveOut: [3], testFile: 'test.csv' }],
    ['classes', { classes: { negative: [1, '2'], positive: [4, 5] }, leaveOut: [3, 'none'] }],
  ])('accepts %s', (_, changes) => {
    expect(() => checkCsvSettings({ ...good, ...changes })).not.toThrow();
  });

  it.each<[string, object, RegExp]>([
    ['an unknown key', { lable: 1 }, /^expected csv settings among text, label, .*; got lable; correct the name/],
    ['no text', { text: [] }, /csv.text, at least one column; got none/],
    ['a missing column', { text: undefined }, /columns by name, or by number from 1; got undefined/],
    ['null', { text: null }, /columns by name, or by number from 1; got null/],
    ['column 0', { label: 0 }, /columns by name, or by number from 1; got 0/],
    ['half a column', { label: 1.5 }, /got 1.5/],
    ['an empty name', { label: '' }, /columns by name/],
    ['names without a header', { header: false }, /columns by number, as header is false; got text, stars/],
    ['a long delimiter', { delimiter: '::' }, /csv.delimiter, one ASCII character .*; got '::'/],
    ['a quote as delimiter', { delimiter: '"' }, /csv.delimiter/],
    ['another encoding', { encoding: 'utf-16' }, /csv.encoding 'utf-8' or 'latin1'; got 'utf-16'/],
    ['a header that is no boolean', { header: 'yes' }, /csv.header true or false; got yes/],
    ['one class', { classes: { all: [1] } }, /csv.classes, at least two; got all/],
    ['a class without labels', { classes: { a: [1], b: [] } }, /csv.classes.b, a list of at least one label; got none/],
    ['a label in two classes', { classes: { a: [1], b: ['1.0'] } }, /every label in one class; got '1.0' in a and b/],
    ['a label left out and not', { classes: { a: [1], b: [2] }, leaveOut: [2] }, /got '2' in leaveOut and b/],
    ['leaveOut as a number', { leaveOut: 3 }, /csv.leaveOut, a list of labels; got 3/],
  ])('refuses %s', (_, changes, message) => {
    expect(() => checkCsvSettings({ ...good, ...changes } as CsvSettings)).toThrow(message);
  });

  it('takes the first row for names if a column is given by name', () => {
    expect(hasHeader(good)).toBe(true);
    expect(hasHeader({ text: [2, 'title'], label: 1 })).toBe(true);
    expect(hasHeader({ text: 2, label: 1 })).toBe(false);
    expect(hasHeader({ text: 2, label: 1, header: true })).toBe(true);
  });
});

describe('labelKey', () => {
  it.each([
    ['4.0', '4'],
    [' 4 ', '4'],
    [4, '4'],
    ['-.5', '-0.5'],
    ['four', 'four'],
    ['4 stars', '4 stars'],
    ['123456789012345678901', '123456789012345678901'],
    ['', ''],
  ])('%j is %j', (label, key) => {
    expect(labelKey(label)).toBe(key);
  });
});
