import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PLAN_FILE, PLAN_SCHEMA } from '@sparse-rnn/experiments/runlog';
import { describe, expect, it } from 'vitest';
import { contentOf } from '../build.ts';
import { claimParagraph } from '../pages/claim.ts';
import { overview } from '../pages/overview.ts';
import { blockDownloads } from '../parts.ts';
import { loadSummarise } from '../tables/statistics.ts';
import { loadSynthetic, temporaryFolder } from '../testing/folders.ts';
import { writeRun } from '../testing/syntheticRuns.ts';
import { loadRuns } from './index.ts';
import { densityText, METHODS } from './study.ts';

describe('loadRuns', () => {
  it('finds runs in folders of folders, and a run that is named itself, once', () => {
    const root = temporaryFolder();
    const first = writeRun(join(root, 'a', 'b'), { method: 'dense', density: 1 });
    writeRun(root, { method: 'set', density: 0.1 });
    expect(loadRuns([root]).runs).toHaveLength(2);
    expect(loadRuns([first]).runs.map(run => run.method)).toEqual(['dense']);
    expect(loadRuns([root, root]).runs).toHaveLength(2);
  });

  it('lists a log without a start line and goes on', () => {
    const root = temporaryFolder();
    writeRun(root, { method: 'dense', density: 1 });
    mkdirSync(join(root, 'foreign'));
    writeFileSync(join(root, 'foreign', 'log.jsonl'), 'hello\n');
    const { runs, unreadable } = loadRuns([root]);
    expect(runs).toHaveLength(1);
    expect(unreadable).toEqual([
      { directory: join(root, 'foreign'), reason: expect.stringContaining('log.jsonl has no readable start line') },
    ]);
  });

  it('uses the rest of a log with a cut line', () => {
    const root = temporaryFolder();
    const folder = writeRun(root, { method: 'set', density: 0.1, epochs: 3, end: 'unfinished' });
    appendFileSync(join(folder, 'log.jsonl'), '{"type":"epoch","epo');
    const [run] = loadRuns([root]).runs;
    expect(run.epochs).toHaveLength(3);
    expect(run.damaged).toEqual([{ line: 9, reason: 'not a whole JSON value' }]);
  });

  it('reads a classifier whose last line claims the impossible as unfinished, and goes on', () => {
    const root = temporaryFolder();
    const run = { task: 'classification' as const, method: 'set', density: 0.1, epochs: 2 };
    const folder = writeRun(root, run);
    const log = join(folder, 'log.jsonl');
    writeFileSync(log, readFileSync(log, 'utf8').replace(/"testAccuracy":[\d.]+/, '"testAccuracy":1.5'));
    writeRun(root, { ...run, seed: 2 });
    const { runs } = loadRuns([root]);
    expect(runs.map(({ seed, status }) => [seed, status]).sort()).toEqual([
      [1, 'unfinished'],
      [2, 'finished'],
    ]);
    const [bad] = runs.filter(({ seed }) => seed === 1);
    expect(bad.damaged).toMatchObject([{ reason: expect.stringContaining('testAccuracy') }]);
    expect(bad.validationAccuracy).toBe(bad.epochs[1].validationAccuracy);
  });

  it('takes a folder once by whatever path it is named', () => {
    const root = temporaryFolder();
    writeRun(join(root, 'runs'), { method: 'dense', density: 1 });
    writeFileSync(join(root, 'runs', PLAN_FILE), JSON.stringify({ schema: PLAN_SCHEMA, scale: 'desk', exhibits: [] }));
    symlinkSync(join(root, 'runs'), join(root, 'link'));
    const folders = [join(root, 'runs'), `${relative('.', root)}/runs/`, join(root, 'link')];
    expect(loadRuns(folders)).toMatchObject({ runs: [{}], plans: [{}], copies: [] });
  });

  it('follows links to runs, and a folder that holds itself ends', () => {
    const root = temporaryFolder();
    const run = writeRun(join(root, 'runs', 'desk'), { method: 'dense', density: 1 });
    mkdirSync(join(root, 'chosen'));
    symlinkSync(run, join(root, 'chosen', 'mine'));
    symlinkSync(join(root, 'runs'), join(root, 'runs', 'loop'));
    symlinkSync('gone', join(root, 'runs', 'dangling'));
    const found = (folder: string) => loadRuns([join(root, folder)]).runs.map(({ directory }) => directory);
    expect(found('chosen')).toEqual([join(root, 'chosen', 'mine')]);
    expect(found('runs')).toEqual([run]);
    // The path without links is the one that is shown.
    expect(found('.')).toEqual([run]);
  });

  it('summarises one run of a setting and seed: a finished one, then the one with most epochs, then the first', () => {
    const root = temporaryFolder();
    const copies = (method: string, ...ends: [epochs: number, end: 'finished' | 'unfinished'][]) =>
      ends.map(([epochs, end], k) => writeRun(join(root, method, String(k)), { method, density: 0.1, epochs, end }));
    const finished = copies('set', [9, 'unfinished'], [8, 'finished'], [8, 'finished']);
    const longest = copies('rigl', [2, 'unfinished'], [3, 'unfinished'], [3, 'unfinished']);
    const { runs, summarised, copies: others } = loadRuns([root]);
    expect(runs).toHaveLength(6);
    expect(new Set(runs.map(({ anchor }) => anchor)).size).toBe(6);
    const { settings } = summarised[0];
    expect(settings.map(each => each.runs.map(run => run.directory))).toEqual([[finished[1]], [longest[1]]]);
    expect(others.map(({ run, of }) => [run.directory, of.directory])).toEqual([
      [longest[0], longest[1]],
      [longest[2], longest[1]],
      [finished[0], finished[1]],
      [finished[2], finished[1]],
    ]);
  });

  it('counts a copied run once in everything that sums runs up', async () => {
    const root = temporaryFolder();
    for (const task of ['language-model', 'classification'] as const) {
      for (const seed of [1, 2, 3]) {
        writeRun(join(root, 'runs'), { task, method: 'dense', density: 1, seed });
        writeRun(join(root, 'runs'), { task, method: 'set', density: 0.1, seed });
      }
    }
    cpSync(join(root, 'runs'), join(root, 'copy'), { recursive: true });
    const summarise = await loadSummarise();
    const told = async (...folders: string[]) => {
      const loaded = loadRuns(folders.map(folder => join(root, folder)));
      const { parts } = await contentOf(loaded);
      const files = parts.flatMap(({ blocks }) => blocks.flatMap(blockDownloads));
      return [files, overview(loaded.summarised, summarise), claimParagraph(loaded, summarise)];
    };
    expect(await told('runs', 'copy')).toEqual(await told('runs'));
  });

  it.each([
    [
      'a missing folder',
      (root: string) => [join(root, 'none')],
      /expected a folder of runs, got ".*none", which does not exist/,
    ],
    ['a file', (root: string) => [join(root, 'file')], /got the file ".*file"/],
    [
      'a folder without runs',
      (root: string) => [root],
      /expected run folders .* got none; train a run with "sparse-rnn run"/,
    ],
    ['no folder', () => [], /expected at least one folder of runs, got none/],
  ])('refuses %s', (_name, folders, message) => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'file'), '');
    expect(() => loadRuns(folders(root))).toThrow(message);
  });
});

describe('groupRuns', () => {
  it('puts seeds into settings, by method in the order of the methods and by falling density', () => {
    const { studies } = loadSynthetic(
      { method: 'static', density: 0.1 },
      { method: 'set', density: 0.05 },
      { method: 'set', density: 0.1, seed: 2 },
      { method: 'set', density: 0.1, seed: 1 },
      { method: 'dense', density: 1 },
    );
    expect(studies).toHaveLength(1);
    expect(studies[0].settings.map(setting => setting.label)).toEqual(['dense', 'static 0.10', 'set 0.10', 'set 0.05']);
    expect(studies[0].settings[2].runs.map(run => run.seed)).toEqual([1, 2]);
  });

  it('keeps presets and data sets apart', () => {
    const { studies } = loadSynthetic(
      { method: 'dense', density: 1, dataset: 'sotu' },
      { method: 'dense', density: 1, dataset: 'moby-dick' },
      { method: 'dense', density: 1, dataset: 'sotu', preset: 'ptb-lstm' },
    );
    expect(studies.map(study => study.anchor)).toEqual(['demo-moby-dick', 'demo-sotu', 'ptb-lstm-sotu']);
  });

  it('keeps tasks apart, language models first', () => {
    const { studies } = loadSynthetic(
      { task: 'classification', method: 'dense', density: 1, preset: 'a' },
      { method: 'dense', density: 1, preset: 'a' },
    );
    expect(studies.map(({ task }) => task)).toEqual(['language-model', 'classification']);
  });

  it('lists every method of the study in its order, unknown ones behind', () => {
    const methods = ['zz', ...METHODS].reverse();
    const { studies } = loadSynthetic(
      ...methods.map(method => ({ method, density: method === 'dense' ? 1 : 0.2, epochs: 1, window: 0 })),
    );
    expect(studies[0].settings.map(({ label }) => label)).toEqual([
      'dense',
      'dense-small 0.20',
      'static 0.20',
      'set 0.20',
      'deepr 0.20',
      'dsr 0.20',
      'snfs 0.20',
      'rigl 0.20',
      'selfish 0.20',
      'hyper 0.20',
      'gmp 0.20, starts dense',
      'snip 0.20',
      'zz 0.20',
    ]);
  });

  it('names the keys that differ where method and density are equal', () => {
    const { studies } = loadSynthetic(
      { method: 'set', density: 0.1, spec: { removalRate: 0.3, hidden: 64 } },
      { method: 'set', density: 0.1, spec: { removalRate: 0.7, hidden: 64 } },
      { method: 'set', density: 0.1, spec: { removalRate: 0.7, hidden: 64, momentum: 0.9 } },
    );
    expect(studies[0].settings.map(setting => setting.label).sort()).toEqual([
      'set 0.10 (removalRate 0.3, momentum unset)',
      'set 0.10 (removalRate 0.7, momentum 0.9)',
      'set 0.10 (removalRate 0.7, momentum unset)',
    ]);
  });
});

describe('densityText', () => {
  it.each([
    [1, '1.00'],
    [0.1, '0.10'],
    [0.05, '0.05'],
    [0.333, '0.333'],
    [0.015, '0.015'],
    [0.00049, '0.0005'],
  ])('%d is %s', (density, text) => expect(densityText(density)).toBe(text));
});
