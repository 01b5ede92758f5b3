// Puts the tables of committed results into the docs: the lines between `<!-- table: NAME of RUNS -->` and `<!-- end -->` are the
// rows of NAME.md in the report of the folder RUNS. Needs a build (`npm run build`).
//
//   node docs/tables.mjs [--check] [document ...]
//
// Documents are README.md and docs/findings.md unless named; --check changes nothing and fails where one is not up to date.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });
const documents =
  positionals.length > 0 ? positionals : ['README.md', 'docs/findings.md'].map(file => join(root, file));
const { buildReport } = await import(pathToFileURL(join(root, 'packages/report/dist/build.js')).href);

const scratch = mkdtempSync(join(tmpdir(), 'doc-tables-'));
const built = new Map();

/** The rows of a table in the report of some runs, as Markdown. */
async function rowsOf(name, runs) {
  if (!built.has(runs)) {
    const out = join(scratch, `${built.size}`, 'index.html');
    built.set(runs, (await buildReport({ runs: [join(root, runs)], out })).files);
  }
  const file = built.get(runs).find(path => path.endsWith(`/${name}.md`));
  if (file === undefined) throw new Error(`expected a table "${name}" in the report of ${runs}, got none of that name`);
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter(line => line.startsWith('|')).join('\n');
}

let stale = 0;
try {
  for (const document of documents) {
    const text = readFileSync(document, 'utf8');
    let updated = text;
    for (const [block, name, runs] of text.matchAll(/<!-- table: (\S+) of (\S+) -->\n[\s\S]*?<!-- end -->/g)) {
      const rows = await rowsOf(name, runs);
      updated = updated.replace(block, () => `<!-- table: ${name} of ${runs} -->\n${rows}\n<!-- end -->`);
    }
    if (updated === text) continue;
    stale++;
    if (values.check)
      console.error(`${document}: a table is not that of the committed results; run "node docs/tables.mjs"`);
    else {
      writeFileSync(document, updated);
      console.log(document);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (values.check && stale > 0) process.exitCode = 1;
