// Puts what the logs under results/ say into the docs, and beside the logs. Needs a build (`npm run build`).
//
//   node docs/tables.mjs [--check] [--tables DIR] [document ...]
//
// - Documents: the lines between `<!-- table: NAME of RUNS -->` and `<!-- end -->` are the rows of NAME.md in the report of
//   the folder RUNS, or of several joined by `+`; NAME `run-times` stands for what the runs of each table and figure of its
//   plan took, `last-models` for the classifiers whose last models were tested too.
// - results/desk/tables: every table of every table and figure of that plan, as in the report's files (CSV, Markdown).
//
// Documents are README.md, docs/findings.md and results/README.md unless named; where some are named, the folder of tables is
// left alone unless --tables names one. --check changes nothing and fails where something is not up to date.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** The study whose tables are committed, and the most that it may take: four hours on two cores. */
const STUDY = 'results/desk';
const MOST_CORE_MINUTES = 480;

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, tables: { type: 'string' } },
  allowPositionals: true,
});
const whole = positionals.length === 0 && values.tables === undefined;
const documents = whole
  ? ['README.md', 'docs/findings.md', 'results/README.md'].map(file => join(root, file))
  : positionals;
const tablesFolder = whole ? join(root, STUDY, 'tables') : values.tables;

const report = file => import(pathToFileURL(join(root, 'packages/report/dist', file)).href);
const [{ contentOf }, { loadRuns }, { startsDense }, { blockDownloads }, { loadSummarise }] = await Promise.all(
  ['build.js', 'load/index.js', 'load/run.js', 'parts.js', 'tables/statistics.js'].map(report),
);

const contents = new Map();

/** What the report of one or more folders of runs shows. */
async function contentFor(runs) {
  if (!contents.has(runs))
    contents.set(runs, await contentOf(loadRuns(runs.split('+').map(folder => join(root, folder)))));
  return contents.get(runs);
}

/** The CSV and Markdown files of the tables among some blocks, as `[name, text]`. */
function tableFiles(shown) {
  return shown
    .flatMap(({ blocks }) => blocks)
    .filter(({ kind }) => kind === 'table')
    .flatMap(blockDownloads)
    .filter(({ name }) => /\.(csv|md)$/.test(name))
    .map(({ name, text }) => [name, text]);
}

/** The rows of a table in the report of some runs, as Markdown. */
async function rowsOf(name, runs) {
  const { exhibits, parts } = await contentFor(runs);
  if (name === 'run-times') return runTimes(exhibits);
  if (name === 'last-models') return lastModels(parts, await loadSummarise());
  const text = new Map(tableFiles([...exhibits, ...parts])).get(`${name}.md`);
  if (text === undefined) throw new Error(`expected a table "${name}" in the report of ${runs}, got none of that name`);
  return text
    .split('\n')
    .filter(line => line.startsWith('|'))
    .join('\n');
}

/** What the runs of each table and figure took: a run that several need counts where it comes first. */
function runTimes(exhibits) {
  const counted = new Map();
  const rows = exhibits.map(({ exhibit }) => {
    const runs = new Map(exhibit.runs.map(({ name, run }) => [name, run]));
    const own = new Map([...runs].filter(([name]) => !counted.has(name)));
    for (const [name, run] of own) counted.set(name, run);
    const minutes = [coreMinutes(own), coreMinutes(own, atBestPace)].map(number => number.toFixed(1));
    return [`${exhibit.id}: ${exhibit.planned.title}`, finishedOf(runs), finishedOf(own), ...minutes];
  });
  const [total, undisturbed] = [coreMinutes(counted), coreMinutes(counted, atBestPace)];
  const hours = minutes => (minutes / 120).toFixed(1);
  return [
    '| Table or figure | Finished runs | of those not in a row above | Core-minutes of these | at their best pace |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.map(cells => `| ${cells.join(' | ')} |`),
    `| All | ${finishedOf(counted)} | ${finishedOf(counted)} | ${total.toFixed(1)} | ${undisturbed.toFixed(1)} |`,
    '',
    `That is ${hours(total)} hours on two cores for ${finishedOf(counted)} runs, ${hours(undisturbed)} at their best pace; all of ` +
      `them are to take at most ${hours(MOST_CORE_MINUTES)} (${MOST_CORE_MINUTES} core-minutes).`,
  ].join('\n');
}

/** Test accuracy in percent, by seed, of the tested model and of the last one, of every setting whose last models were tested. */
function lastModels(parts, summarise) {
  const last = run => run.evaluations.find(({ model, part }) => model === 'last' && part === 'test')?.accuracy;
  const settings = parts
    .flatMap(({ studies }) => studies.flatMap(study => study.settings))
    .map(setting => ({ ...setting, runs: setting.runs.filter(run => last(run) !== undefined) }))
    .filter(({ runs }) => runs.length > 0)
    .map(({ method, runs }) => ({ method, epochs: runs[0].done.epochs, runs }))
    .sort((a, b) => a.epochs - b.epochs);
  const seeds = [...new Set(settings.flatMap(({ runs }) => runs.map(run => run.seed)))].sort((a, b) => a - b);
  const percent = value => (100 * value).toFixed(2);
  const rows = [
    ['least loss', run => run.testAccuracy],
    ['last', last],
  ].flatMap(([tested, accuracyOf]) => {
    const of = ({ runs }) => new Map(runs.map(run => [run.seed, accuracyOf(run)]));
    const dense = of(settings.find(({ method }) => method === 'dense'));
    return settings.map(setting => {
      const own = of(setting);
      const { mean } = summarise([...own.values()]);
      const paired = summarise(
        seeds.map(seed => (own.has(seed) && dense.has(seed) ? own.get(seed) - dense.get(seed) : null)),
      );
      const sign = paired.mean < 0 ? '\u2212' : '+';
      return [
        ...[
          setting.method,
          setting.epochs,
          tested,
          ...seeds.map(seed => (own.has(seed) ? percent(own.get(seed)) : '')),
        ],
        ...[
          percent(mean),
          setting.method === 'dense' ? '' : `${sign}${percent(Math.abs(paired.mean))} ± ${percent(paired.interval)}`,
        ],
      ];
    });
  });
  return [
    ['Model', 'Epochs', 'Tested', ...seeds, 'Mean', 'Minus dense, paired, 95%'],
    ['---', '---:', '---', ...seeds.map(() => '---:'), '---:', '---:'],
    ...rows,
  ]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function finished(runs) {
  return [...runs.values()].filter(run => run?.status === 'finished');
}

function finishedOf(runs) {
  return `${finished(runs).length} of ${runs.size}`;
}

/** Threads times the seconds that the finished ones took. */
function coreMinutes(runs, secondsOf = run => run.wallSeconds) {
  return finished(runs).reduce((sum, run) => sum + (secondsOf(run) * run.start.engine.threads) / 60, 0);
}

/** Seconds that a run would have taken had all its epochs been as fast as its fastest; one whose epochs need fewer and fewer FLOPs, as it took. */
function atBestPace(run) {
  if (startsDense(run)) return run.wallSeconds;
  const seconds = run.epochs.map(epoch => epoch.trainSeconds + epoch.evaluationSeconds);
  const others = run.wallSeconds - seconds.reduce((sum, each) => sum + each, 0);
  return others + Math.min(...seconds) * seconds.length;
}

/** Writes a file that is not up to date, or counts and tells it; without a text there is to be no such file. */
let stale = 0;
function settle(file, text) {
  const current = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (current === text) return;
  stale++;
  if (values.check) {
    console.error(`${file}: not what the committed results say; run "node docs/tables.mjs"`);
    return;
  }
  if (text === undefined) rmSync(file);
  else writeFileSync(file, text);
  console.log(relative(process.cwd(), file));
}

for (const document of documents) {
  const text = readFileSync(document, 'utf8');
  let updated = text;
  for (const [block, indent, name, runs] of text.matchAll(
    /( *)<!-- table: (\S+) of (\S+) -->\n[\s\S]*?<!-- end -->/g,
  )) {
    const lines = [`<!-- table: ${name} of ${runs} -->`, ...(await rowsOf(name, runs)).split('\n'), '<!-- end -->'];
    updated = updated.replace(block, () => lines.map(line => line && indent + line).join('\n'));
  }
  settle(document, updated);
}
if (tablesFolder !== undefined) {
  const files = new Map(tableFiles((await contentFor(STUDY)).exhibits));
  if (!values.check) mkdirSync(tablesFolder, { recursive: true });
  const there = existsSync(tablesFolder) ? readdirSync(tablesFolder) : [];
  for (const name of new Set([...there, ...files.keys()])) settle(join(tablesFolder, name), files.get(name));
}
if (values.check && stale > 0) process.exitCode = 1;
