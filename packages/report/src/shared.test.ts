import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildReport } from './build.ts';
import { runFolder, temporaryFolder } from './testing/folders.ts';
import { writeRun } from './testing/syntheticRuns.ts';

describe('a report that is passed on', () => {
  it.each([false, true])('names no absolute path and asks for nothing outside, single file: %s', async singleFile => {
    const { root, runs } = runFolder();
    mkdirSync(join(runs, 'gone', 'log.jsonl'), { recursive: true });
    writeFileSync(join(runs, 'plan.json'), '{');
    const out = join(root, 'report.html');
    const { unreadable, unreadablePlans, pages } = await buildReport({ runs: [runs], out, singleFile });
    expect([unreadable.length, unreadablePlans.length]).toEqual([1, 1]);
    for (const file of pages) {
      const page = readFileSync(file, 'utf8');
      // Compared as booleans: a failure must not print a page of 1.5 MB.
      expect(page.includes(root)).toBe(false);
      const policy = singleFile ? 'sha256' : 'nonce';
      expect(page.includes(`content="default-src &#39;none&#39;; script-src &#39;${policy}-`)).toBe(true);
      const tags = page.replace(/(<script[^>]*>)[\s\S]*?<\/script>/g, '$1');
      const asked = [...tags.matchAll(/\ssrc="([^"]*)"|<link|https?:\/\//g)].map(([text, src]) => src ?? text);
      const shared = asked.every(src => /^report-assets\/(plotly\.min|report)\.js$/.test(src));
      expect([shared, asked.length > 0]).toEqual([true, !singleFile]);
    }
  });

  it.each([false, true])('names no folder above what lies elsewhere, single file: %s', async singleFile => {
    const elsewhere = join(temporaryFolder(), 'account-of-alice', 'secret-project');
    const runs = join(elsewhere, 'runs');
    const folder = basename(writeRun(runs, { method: 'dense', density: 1 }));
    appendFileSync(join(runs, folder, 'log.jsonl'), '{"cut');
    mkdirSync(join(runs, 'gone', 'log.jsonl'), { recursive: true });
    mkdirSync(join(elsewhere, 'studies'));
    writeFileSync(join(elsewhere, 'studies', 'plan.json'), '{');
    const report = await buildReport({
      runs: [elsewhere],
      out: join(temporaryFolder(), 'index.html'),
      files: join(elsewhere, 'files'),
      singleFile,
    });
    expect(report.unlinked).toBe(1);
    const text = report.pages.map(file => readFileSync(file, 'utf8')).join('');
    const told = (what: string) => [what, text.includes(what)];
    for (const what of ['secret-project', 'account-of-alice', tmpdir(), 'href="..'])
      expect(told(what)).toEqual([what, false]);
    for (const what of [`${folder} (no link, as it does not lie near this page)`, '<code>gone</code> is left out'])
      expect(told(what)).toEqual([what, true]);
    // The single file has the tables' files inside; beside a page they are named.
    expect(text.includes('data-file="runs.csv"')).toBe(singleFile);
    expect(text.includes('<li>runs.csv</li>')).toBe(!singleFile);
  });

  it('links to runs below the folder above the one that holds the report, as those of reproduce', async () => {
    const root = temporaryFolder();
    const runs = join(root, 'runs', 'desk');
    const folder = basename(writeRun(runs, { method: 'dense', density: 1 }));
    const report = await buildReport({ runs: [runs], out: join(root, 'report', 'desk', 'index.html') });
    expect(report.unlinked).toBe(0);
    const text = report.pages.map(file => readFileSync(file, 'utf8')).join('');
    expect(text.includes(`href="../../runs/desk/${folder}/log.jsonl"`)).toBe(true);
  });

  it.each([false, true])('keeps text from a log from becoming markup, single file: %s', async singleFile => {
    const root = temporaryFolder();
    const hostile = '<script>alert("x")</script><img src=x onerror=alert(1)> href="#main" id="main"';
    for (const seed of [1, 2]) {
      writeRun(join(root, 'runs'), {
        method: hostile,
        density: 0.1,
        seed,
        preset: hostile,
        dataset: hostile,
        spec: { [hostile]: hostile },
        end: { failed: hostile },
      });
    }
    const { pages } = await buildReport({ runs: [join(root, 'runs')], out: join(root, 'report.html'), singleFile });
    const text = pages.map(file => readFileSync(file, 'utf8')).join('');
    expect(text.includes('<script>alert')).toBe(false);
    expect(text.includes('<img')).toBe(false);
    expect(text.includes('&lt;script&gt;alert(&quot;x&quot;)')).toBe(true);
    for (const file of pages) expect(readFileSync(file, 'utf8').match(/ id="main"/g)).toHaveLength(1);
  });
});
