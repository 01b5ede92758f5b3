import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from './testing/cli.ts';
import { temporaryFolder } from './testing/runs.ts';

/** Reviews whose stars follow from one word, among others that say nothing. */
function reviews(rows: number, stars = (row: number) => (row % 2 === 0 ? 1 : 5)): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const words = Array.from({ length: 3 + (row % 4) }, (_, k) => `word${(7 * row + 3 * k) % 11}`);
    words.splice(row % 3, 0, stars(row) === 1 ? 'dreadful' : 'splendid');
    return `${stars(row)},"${words.join(' ')}"`;
  });
  return ['stars,text', ...lines].join('\n');
}

const SETTINGS = {
  data: 'csv:reviews.csv',
  csvLabel: 'stars',
  csvClasses: 'bad=1,2;good=4,5',
  csvLeaveOut: '3',
  hidden: '8',
  embedding: '8',
  batch: '8',
  density: '0.4',
  epochs: '8',
  learningRate: '0.02',
  minCount: '1',
};

function csvArgs(cwd: string, text: string | Buffer, settings: Record<string, string> = {}): string[] {
  writeFileSync(join(cwd, 'reviews.csv'), text);
  const set = Object.entries({ ...SETTINGS, ...settings }).map(([key, value]) => `${key}=${value}`);
  return ['run', 'csv', ...set.flatMap(each => ['--set', each]), '--threads', '1'];
}

describe('a classifier of your own CSV file on the command line', () => {
  it('learns with the settings of the preset', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'reviews.csv'), reviews(600));
    const args = ['--set', 'data=csv:reviews.csv', '--set', 'csvLabel=stars', '--threads', '1', '--json'];
    const { code, stdout } = await cli(['run', 'csv', ...args], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).testAccuracy).toBeGreaterThan(0.9);
  });

  it('tells about the texts, learns, ends with accuracy and macro-F1, is listed and evaluated', async () => {
    const cwd = temporaryFolder();
    const args = csvArgs(cwd, `${reviews(160)}\n3,so so\n5,\n`);
    const { code, stdout, stderr } = await cli([...args, '--json'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^train: \d+ texts \(bad \d+, good \d+\)/m);
    expect(stderr).toContain('1 texts were left out as asked');
    expect(stderr).toMatch(/1 texts could not be used:\n +reviews\.csv:163: /);
    expect(stderr).toContain('  listed in unusable-texts.csv in the run folder');
    expect(stderr).not.toMatch(/perplexity/);
    const result = JSON.parse(stdout);
    expect(readFileSync(join(result.runDir, 'unusable-texts.csv'), 'utf8')).toMatch(
      /^file,line,reason\r\nreviews\.csv,163,[^\r\n]+\r\n$/,
    );
    expect(result).toMatchObject({ status: 'finished', preset: 'csv', density: 0.4 });
    expect(result.testAccuracy).toBeGreaterThan(0.9);
    expect(result.testMacroF1).toBeGreaterThan(0.9);
    const status = await cli(['status'], { cwd });
    expect(status.stdout).toMatch(/finished +8\/8 +\d+\.\d\d% +\d+\.\d\d%/);
    const evaluated = await cli(['evaluate', result.runDir, '--model', 'last', '--json'], { cwd });
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ model: 'last', part: 'test', epoch: 8 });
    expect(JSON.parse(evaluated.stdout).accuracy).toBeGreaterThan(0.8);
  });

  const cases: [string, string | Buffer, Record<string, string>, RegExp][] = [
    ['a quote that is never closed', `${reviews(20)}\n5,"never closed`, {}, /reviews\.csv.*quote/is],
    ['a binary file', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 255, 254, 0, 0]), {}, /reviews\.csv/],
    ['a column that is not there', reviews(20), { csvText: 'review' }, /review/],
    ['a class with one example', `${reviews(20, () => 1)}\n5,splendid`, {}, /good/],
    [
      'classes that are not written as classes',
      reviews(20),
      { csvClasses: 'bad' },
      /csvClasses: expected .*name=label/,
    ],
    ['a file that is missing', reviews(20), { data: 'csv:none.csv' }, /none\.csv/],
  ];
  it.each(cases)(
    '%s gets one clear error, exit code 2, and leaves nothing behind',
    async (_, text, settings, message) => {
      const cwd = temporaryFolder();
      writeFileSync(join(cwd, 'other.csv'), `${reviews(10)}\n9,of another class`);
      const { code, stderr } = await cli(csvArgs(cwd, text, settings), { cwd });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n {4}at /);
      expect(code).toBe(2);
      expect(readdirSync(cwd).includes('runs') ? readdirSync(join(cwd, 'runs')) : []).toEqual([]);
    },
  );
});

describe('rows that cannot be used', () => {
  it.each([
    ['a row of another length', '5,a,b,c', {}, /1 texts could not be used:\n +reviews\.csv:22: /],
    [
      'a label that training never has',
      '5,splendid',
      { csvTest: 'other.csv', csvClasses: 'auto', csvLeaveOut: '' },
      /1 texts could not be used:\n +other\.csv:12: .*9/,
    ],
  ])('%s is told with its line, and the others are used', async (_, row, settings, message) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'other.csv'), `${reviews(10)}\n9,of another class`);
    const args = csvArgs(cwd, `${reviews(20)}\n${row}`, settings as Record<string, string>);
    const { code, stdout } = await cli([...args, '--max-steps', '1'], { cwd });
    expect(stdout).toMatch(message);
    expect(code).toBe(0);
  });
});

describe('parts that do not fit', () => {
  const cases: [string, string[], RegExp][] = [
    [
      'momentum growth with an optimizer that has none',
      ['zaremba-small', '--method', 'snfs'],
      /smoothed gradient.*"sgd"/,
    ],
    [
      'tied matrices of unequal sizes',
      ['zaremba-small', '--set', 'tied=true', '--set', 'embedding=100'],
      /one size.*100 and 200/,
    ],
    ['a corpus of another task', ['zaremba-small', '--set', 'data=imdb'], /task language-model, got 'imdb'/],
    ['a cell that reads no texts', ['spam-lstm', '--set', 'cell=rhn'], /lstm or gru, got "rhn"/],
    ['an unknown cell', ['demo', '--set', 'cell=lstn'], /Unknown cell 'lstn'.*lstm/],
    [
      'a pruning that ends before it begins',
      ['demo', '--method', 'gmp', '--set', 'pruneBegin=0.6'],
      /end of the pruning/,
    ],
  ];
  it.each(cases)('%s: one clear error, exit code 2', async (_, args, message) => {
    const cwd = temporaryFolder();
    const data = args[0] === 'zaremba-small' && !args.includes('data=imdb') ? ['--set', 'data=moby-dick'] : [];
    const { code, stderr } = await cli(['run', ...args, ...data, '--threads', '1'], { cwd });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(code).toBe(2);
    expect(readdirSync(cwd).includes('runs') ? readdirSync(join(cwd, 'runs')) : []).toEqual([]);
  });
});
