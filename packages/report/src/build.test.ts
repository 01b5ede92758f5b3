import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it, vi } from 'vitest';
import { buildReport } from './build.ts';
import { main } from './main.ts';
import { runFolder, temporaryFolder } from './testing/folders.ts';
import { writeRun } from './testing/syntheticRuns.ts';

function csvOf(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.csv'))
    .sort();
}

describe('buildReport', () => {
  it('shows what a model of a finished run was found to be worth afterwards', async () => {
    const root = temporaryFolder();
    writeRun(join(root, 'runs'), { method: 'dense', density: 1, lastTestPerplexity: 123.456 });
    const out = join(root, 'index.html');
    await buildReport({ runs: [join(root, 'runs')], out, singleFile: true });
    const page = readFileSync(out, 'utf8');
    expect(page).toMatch(/Test perplexity, last model.{0,80}123\.46 \(epoch 8\)/s);
  });

  it('names the engine of such an evaluation where it is not that of the run', async () => {
    const page = async (lastTestEngine: string) => {
      const root = temporaryFolder();
      writeRun(join(root, 'runs'), { method: 'dense', density: 1, lastTestPerplexity: 123.456, lastTestEngine });
      const { file } = await buildReport({
        runs: [join(root, 'runs')],
        out: join(root, 'index.html'),
        singleFile: true,
      });
      return /Test perplexity, last model.{0,80}123\.46 \([^)]*\)/s.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
    };
    expect(await page('webgpu')).toMatch(/\(epoch 8, on engine webgpu\)$/);
    expect(await page('simd')).toMatch(/\(epoch 8\)$/);
  });

  it('says that validation results are of the epoch of least loss', async () => {
    const root = temporaryFolder();
    writeRun(join(root, 'runs'), { task: 'classification', method: 'set', density: 0.1 });
    const out = join(root, 'index.html');
    const { file } = await buildReport({ runs: [join(root, 'runs')], out, singleFile: true });
    const fact = /Validation accuracy at the best epoch, the one of least validation loss<.{0,20}%\s\(epoch \d\)/s;
    expect(fact.test(readFileSync(file, 'utf8'))).toBe(true);
  });

  it('writes a CSV for each table and figure', async () => {
    const { root, runs } = runFolder();
    const out = join(root, 'report', 'index.html');
    const report = await buildReport({ runs: [runs], out });
    const folder = join(root, 'report', 'index-files');
    expect(report).toMatchObject({ file: out, runs: 3, damaged: 0, status: { finished: 3, failed: 0, unfinished: 0 } });
    expect(report.files.map(file => dirname(file))).toEqual(report.files.map(() => folder));
    expect(csvOf(folder)).toEqual([
      'cost.csv',
      'curves-demo-sotu.csv',
      'explored-demo-sotu.csv',
      'gates.csv',
      'quality-demo-sotu.csv',
      'runs.csv',
      'settings.csv',
      'topology.csv',
    ]);
    // Tables come as Markdown and LaTeX besides.
    const others = readdirSync(folder).filter(name => !name.endsWith('.csv'));
    expect(others.sort()).toEqual(['cost', 'runs', 'settings'].flatMap(name => [`${name}.md`, `${name}.tex`]));
    for (const file of report.files.filter(name => name.endsWith('.csv')))
      expect(parse(readFileSync(file, 'utf8'), { columns: true }).length).toBeGreaterThan(0);
  });

  it('gives each task a part of its own, and calls nothing of a classifier perplexity', async () => {
    const { root, runs } = runFolder();
    const texts = join(root, 'texts');
    for (const seed of [1, 2]) {
      writeRun(texts, {
        task: 'classification',
        method: 'dense',
        density: 1,
        seed,
        dataset: 'imdb',
        preset: 'text-lstm',
      });
      writeRun(texts, {
        task: 'classification',
        method: 'gmp',
        density: 0.1,
        seed,
        dataset: 'imdb',
        preset: 'text-lstm',
      });
    }
    const words = (page: string) =>
      page.replace(/<script[^>]*>[\s\S]*?<\/script>/g, '').replace(/<style>.*?<\/style>/s, '');
    const mixed = await buildReport({ runs: [runs, texts], out: join(root, 'mixed.html'), singleFile: true });
    expect(csvOf(join(root, 'mixed-files'))).toEqual([
      'confusion-text-lstm-imdb.csv',
      'cost-classification.csv',
      'cost.csv',
      'curves-demo-sotu.csv',
      'curves-text-lstm-imdb.csv',
      'data-classification.csv',
      'differences-classification.csv',
      'explored-demo-sotu.csv',
      'explored-text-lstm-imdb.csv',
      'gates-classification.csv',
      'gates.csv',
      'quality-demo-sotu.csv',
      'quality-text-lstm-imdb.csv',
      'runs-classification.csv',
      'runs.csv',
      'settings-classification.csv',
      'settings.csv',
      'topology-classification.csv',
      'topology.csv',
    ]);
    const page = words(readFileSync(mixed.file, 'utf8'));
    const titles = [...page.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'What was run',
      'What is where',
      'Language modelling',
      'Text classification',
      'All runs',
      'Compare two runs',
      'Differences from the paper, and what is unknown',
    ]);
    const alone = await buildReport({ runs: [texts], out: join(root, 'alone.html') });
    // The page on differences has published numbers of language models.
    const pages = alone.pages.filter(file => !file.endsWith('differences.html'));
    expect(pages).toHaveLength(6);
    const text = pages.map(file => words(readFileSync(file, 'utf8'))).join('');
    expect(/perplexity/i.exec(text)).toBeNull();
    expect(text.includes('1 text in both training and test')).toBe(true);
    for (const file of alone.files) expect(readFileSync(file, 'utf8')).not.toContain('perplexity');
  });

  it('writes the same pages from the same logs', async () => {
    const { root, runs } = runFolder();
    const text = async (singleFile: boolean) => {
      const { pages } = await buildReport({ runs: [runs], out: join(root, 'report.html'), singleFile });
      return pages.map(file => readFileSync(file, 'utf8')).join('');
    };
    for (const singleFile of [false, true]) {
      const first = await text(singleFile);
      expect((await text(singleFile)) === first).toBe(true);
    }
  });

  it('builds from damaged logs only, and says that nothing was readable', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'runs', 'a'), { recursive: true });
    writeFileSync(join(root, 'runs', 'a', 'log.jsonl'), '\0\0\0');
    const report = await buildReport({ runs: [join(root, 'runs')], out: join(root, 'report.html') });
    expect(report).toMatchObject({
      runs: 0,
      unreadable: [{ reason: expect.stringContaining('log.jsonl has no readable start line') }],
    });
    expect(readFileSync(report.file, 'utf8').includes('no readable runs')).toBe(true);
  });
});

describe('main', () => {
  async function command(...args: string[]) {
    const lines: string[] = [];
    const keep = (line: unknown) => void lines.push(String(line));
    const spies = [
      vi.spyOn(console, 'log').mockImplementation(keep),
      vi.spyOn(console, 'error').mockImplementation(keep),
      vi.spyOn(process.stderr, 'write').mockImplementation(text => {
        keep(text);
        return true;
      }),
    ];
    try {
      const code = await main(['node', 'sparse-rnn-report', ...args]);
      return { code, text: lines.join('\n') };
    } finally {
      for (const spy of spies) spy.mockRestore();
      process.exitCode = undefined;
    }
  }

  it('tells what it built', async () => {
    const { root, runs } = runFolder();
    const folder = writeRun(runs, { method: 'static', density: 0.1, end: { failed: 'disk full' } });
    appendFileSync(join(folder, 'log.jsonl'), '{"cut');
    const { code, text } = await command(
      '--runs',
      runs,
      '--out',
      join(root, 'r.html'),
      '--files',
      join(root, 'tables'),
    );
    expect(code).toBe(0);
    expect(text).toContain('4 runs read: 3 finished, 1 failed');
    expect(text).toContain('1 of the logs has lines that could not be read');
    expect(text).toMatch(/report: .*r\.html \(8 pages, \d+ kB\)/);
    expect(existsSync(join(root, 'tables', 'runs.csv'))).toBe(true);
  });

  it('tells which runs are copies of others', async () => {
    const { root, runs } = runFolder();
    const copied = writeRun(join(root, 'again'), { method: 'dense', density: 1, seed: 1 });
    const out = join(root, 'r.html');
    const { text } = await command('--runs', runs, join(root, 'again'), '--out', out);
    expect(text).toContain('4 runs read: 4 finished\n1 of the runs has the setting and seed of another');
    const name = basename(copied);
    const [, copies] = /<section id="copies"(.*?)<\/section>/s.exec(readFileSync(out, 'utf8'))!;
    expect(copies).toMatch(new RegExp(`href="r-setting[^"]*-2">again/${name}</a>: <a [^>]*>runs/${name}</a> counts`));
    const { text: json } = await command('--runs', runs, join(root, 'again'), '--out', out, '--json');
    expect(JSON.parse(json)).toMatchObject({ runs: 4, copies: [{ directory: copied, of: join(runs, name) }] });
  });

  it('writes index.html where --out is a folder, and nothing beside that', async () => {
    const { root, runs } = runFolder();
    const out = join(root, 'desk');
    const { code, text } = await command('--runs', runs, '--out', out);
    expect(code).toBe(0);
    expect(text).toContain(join(out, 'index.html'));
    expect(readdirSync(root).sort()).toEqual(['desk', 'runs']);
    expect(readdirSync(out)).toContain('runs.html');
  });

  it('tells that runs elsewhere have no link', async () => {
    const { runs } = runFolder();
    const { text } = await command('--runs', runs, '--out', join(temporaryFolder(), 'r.html'));
    expect(text).toContain('3 of the run folders do not lie near the report and have no link in it');
  });

  it('tells why there are no pictures where the browser does not start, and ends well all the same', async () => {
    const { root, runs } = runFolder();
    vi.stubEnv('CHROMIUM_PATH', '/bin/false');
    const { code, text } = await command('--runs', runs, '--out', join(root, 'r.html'), '--images');
    vi.unstubAllEnvs();
    expect(code).toBe(0);
    expect(text).toMatch(/figures as SVG and PNG: \/bin\/false did not start \(.*\); install one/);
    expect(existsSync(join(root, 'r.html'))).toBe(true);
  });

  it('tells it as one line of JSON', async () => {
    const { root, runs } = runFolder();
    const { code, text } = await command('--runs', runs, '--out', join(root, 'r.html'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ runs: 3, file: join(root, 'r.html') });
  });

  it('ends with 2 and one message on bad input', async () => {
    const { root, runs } = runFolder();
    const out = join(root, 'r.html');
    expect(await command('--runs', join(root, 'none'), '--out', out)).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^expected a folder of runs, got ".*none", which does not exist/),
    });
    expect((await command('--rnus', runs)).code).toBe(2);
    writeFileSync(join(root, 'file'), '');
    const blocked = await command('--runs', runs, '--out', join(root, 'file', 'r.html'));
    expect(blocked).toMatchObject({ code: 2, text: expect.stringContaining('choose another --out') });
    expect(existsSync(out)).toBe(false);
  });
});
