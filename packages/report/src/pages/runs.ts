import { join } from 'node:path';
import type { Loaded } from '../load/index.ts';
import type { Run } from '../load/run.ts';
import { runLabel, type Setting, type Study, specText, studyTitle } from '../load/study.ts';
import { classNames, notesText } from '../tables/data.ts';
import { bytes, duration, fixed, NONE, percent, ratio, scaled } from '../tables/format.ts';
import { denseCounts, trainingFlops } from '../tables/identity.ts';
import { MEASURES } from '../tables/measures.ts';
import { type Html, html } from './html.ts';
import { relativeHref, relativePath } from './links.ts';
import type { Place } from './tables.ts';

/** From here on, run sections are built and laid out only when they are looked at. */
const MANY_RUNS = 60;

export function hasManyRuns(loaded: Loaded): boolean {
  return loaded.runs.length > MANY_RUNS;
}

/** A section per run: what every number in the report comes from. */
export function runSections(loaded: Loaded, place: Place): Html {
  const many = hasManyRuns(loaded);
  return html`<section id="run-details" class="block"><h2>Run by run</h2>
${loaded.studies.map(
  study => html`<h3 id="study-${study.anchor}">${studyTitle(study)}</h3>
${study.settings.map(setting => settingBlock(study, setting, place, many))}`,
)}</section>\n`;
}

function settingBlock(study: Study, setting: Setting, place: Place, many: boolean): Html {
  const seeds = setting.runs.map(run => run.seed).join(', ');
  return html`<div id="${setting.anchor}" class="setting">${
    setting.runs.length > 1 &&
    html`<p class="setting-name">${setting.label}: ${setting.runs.length} runs, seeds ${seeds}</p>`
  }
${setting.runs.map(run => runSection(study, setting, run, place, many))}</div>\n`;
}

function runSection(study: Study, setting: Setting, run: Run, place: Place, many: boolean): Html {
  const dense = denseCounts(study, run);
  const log = join(run.directory, 'log.jsonl');
  return html`<article id="${run.anchor}" class="run" tabindex="-1">
<h4>${runLabel(setting, run)} <span class="status ${run.status}">${run.status}</span></h4>
${run.failed !== undefined && run.status === 'failed' && html`<p class="warning">Failed at step ${run.failed.step}: ${run.failed.reason}</p>`}
${run.damaged.length > 0 && html`<p class="warning">${damagedText(run)}</p>`}
<dl class="facts">
${MEASURES[run.task].map(({ name, test, format }) => fact(`Test ${name}`, format(test(run))))}
${MEASURES[run.task].map(({ name, validation, format }) => fact(`Validation ${name} at the best epoch, the one of least validation loss`, run.bestEpoch === null ? NONE : `${format(validation(run))} (epoch ${run.bestEpoch})`))}
${run.evaluations.flatMap(line =>
  MEASURES[run.task].map(({ name, format, evaluation }) =>
    fact(
      `${line.part === 'test' ? 'Test' : 'Validation'} ${name}, ${line.model} model`,
      `${format(evaluation(line) ?? null)} (epoch ${line.epoch}${otherEngine(run, line.engine)})`,
    ),
  ),
)}
${fact('Parameters', `${scaled(run.size.parameters)} of ${scaled(dense.parameters)}`)}
${fact('Training FLOPs per token', `${scaled(trainingFlops(run))} of ${scaled(dense.training)}`)}
${fact('Wall time', duration(run.wallSeconds))}
${fact('Peak memory', bytes(run.peakRssBytes))}
${fact('Topology updates', String(run.topology.length))}
${fact('Run folder', html`<a href="${relativeHref(place.pageFolder, run.directory)}/">${relativePath(place.pageFolder, run.directory)}</a>`)}
${fact('Log', html`<a href="${relativeHref(place.pageFolder, log)}">log.jsonl</a>`)}
${fact('Run', html`<code>${run.id}</code>`)}
</dl>
${folded('Matrices', matricesTable(run), many)}
${folded('Specification', specification(run), many)}
${folded('Environment and data', pairs(environment(run), 'Property', 'environment'), many)}
</article>\n`;
}

/**
 * Content that opens on demand. In a page of very many runs it is kept as text until then, which the page's script
 * turns into elements: the browser need not build hundreds of thousands of them.
 */
function folded(summary: string, content: Html, many: boolean): Html {
  const inside = many ? html`<script type="text/html">${content}</script>` : content;
  return html`<details><summary>${summary}</summary>${inside}</details>`;
}

function specification(run: Run): Html {
  const { spec } = run.start;
  const keys = Object.keys(spec).sort();
  return pairs(
    keys.map(key => [key, specText(spec[key])]),
    'Setting',
    'specification',
  );
}

function matricesTable(run: Run): Html {
  const last = run.epochs.at(-1);
  const rows = run.start.matrices.map(matrix => ({
    matrix,
    now: last?.matrices.find(({ name }) => name === matrix.name),
  }));
  return html`<div class="scroll"><table><caption>Weight matrices at the start and after the last logged epoch</caption>
<thead><tr><th scope="col">Matrix</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Columns</th>
<th scope="col">Gates</th><th scope="col">Stored</th><th scope="col" class="number">Nonzeros, start</th><th scope="col" class="number">now</th>
<th scope="col" class="number">Density, start</th><th scope="col" class="number">Explored</th><th scope="col" class="number">Initial kept</th></tr></thead>
<tbody>${rows.map(
    ({ matrix, now }) => html`<tr><th scope="row">${matrix.name}</th><td class="number">${fixed(matrix.rows, 0)}</td>
<td class="number">${fixed(matrix.cols, 0)}</td><td>${matrix.gates.length > 1 ? matrix.gates.join(' ') : NONE}</td>
<td>${matrix.sparse ? 'sparse' : 'dense'}</td><td class="number">${fixed(matrix.nnz, 0)}</td><td class="number">${fixed(now?.nnz ?? null, 0)}</td>
<td class="number">${percent(matrix.density)}</td><td class="number">${matrix.sparse ? percent(now?.explored ?? null) : NONE}</td>
<td class="number">${matrix.sparse ? percent(now?.initialKept ?? null) : NONE}</td></tr>`,
  )}</tbody></table></div>`;
}

function environment(run: Run): [string, string][] {
  const { start, done } = run;
  const { tokens } = start.dataset;
  return [
    ['Data set', start.dataset.name],
    ['Data SHA-256', start.dataset.sha256],
    ['Vocabulary', fixed(start.dataset.vocabulary, 0)],
    [
      'Tokens',
      `${fixed(tokens.train, 0)} training, ${fixed(tokens.validation, 0)} validation, ${fixed(tokens.test, 0)} test`,
    ],
    ...classes(start.dataset),
    ['Engine', `${start.engine.name}, ${start.engine.threads} threads (${start.engine.reason})`],
    ['Processor', `${start.machine.cpu}, ${start.machine.cores} cores`],
    ['Memory', bytes(start.machine.memoryBytes)],
    ['System', start.machine.os],
    ...Object.entries(start.versions).map(([name, version]): [string, string] => [`Version of ${name}`, version]),
    ['Commit', start.commit],
    ['Started', start.time],
    ['Ended', done?.time ?? run.failed?.time ?? NONE],
    ['FLOPs relative to its dense form', ratio(trainingFlops(run) / Math.max(1, start.flops.denseTraining))],
    ['Weights SHA-256', done?.weightsSha256 ?? NONE],
  ];
}

/** What the log says about the texts of a classifier. */
function classes(dataset: Run['start']['dataset']): [string, string][] {
  const { texts } = dataset;
  if (texts === undefined) return [];
  const names = classNames(dataset);
  const part = (counts: readonly number[]) =>
    names.map((name, index) => `${name} ${fixed(counts[index] ?? 0, 0)}`).join(', ');
  return [
    ['Training texts', part(texts.train)],
    ['Validation texts', part(texts.validation)],
    ['Test texts', part(texts.test)],
    ...(dataset.notes === undefined ? [] : [['Corpus notes', notesText(dataset)] as [string, string]]),
  ];
}

function pairs(rows: readonly (readonly [string, string])[], heading: string, name: string): Html {
  return html`<table class="pairs"><caption class="unseen">The run's ${name}</caption><thead class="unseen"><tr><th scope="col">${heading}</th>
<th scope="col">Value</th></tr></thead><tbody>${rows.map(([key, value]) => html`<tr><th scope="row">${key}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function fact(name: string, value: string | Html): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`;
}

/** The engine of an evaluation after the run, where it is not the one that trained. */
function otherEngine({ start }: Run, engine: string | undefined): string {
  return engine === undefined || engine === start.engine.name ? '' : `, on engine ${engine}`;
}

/** Says which lines of a log could not be read, the first few with their reason. */
export function damagedText(run: Run): string {
  const first = run.damaged.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  const more = run.damaged.length > 3 ? `; and ${run.damaged.length - 3} more` : '';
  const lines = run.damaged.length === 1 ? '1 line' : `${run.damaged.length} lines`;
  return `${lines} of the log could not be read (${first.join('; ')}${more}); everything else was used.`;
}
