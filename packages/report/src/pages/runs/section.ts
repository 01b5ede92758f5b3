import { runCurves } from '../../figures/runCurves.ts';
import type { Run } from '../../load/run.ts';
import { runLabel, type Setting, type Study } from '../../load/study.ts';
import { fixed, NONE, percent } from '../../tables/format.ts';
import { MEASURES } from '../../tables/measures.ts';
import { type Html, html } from '../html.ts';
import { compareAnchor, nearHref, shownPath } from '../links.ts';
import type { Place } from '../tables.ts';
import { environment, runResults, specification } from './facts.ts';

/** How the runs of a report are shown. */
export interface RunForm {
  /** Whether what is folded is kept as text until it is opened. */
  many: boolean;
  /** Whether there is no other run to compare one with. */
  alone: boolean;
}

/** A run: what every number in the report comes from. */
export function runSection(study: Study, setting: Setting, run: Run, place: Place, form: RunForm): Html {
  const { many, alone } = form;
  return html`<article id="${run.anchor}" class="run" tabindex="-1" aria-labelledby="${run.anchor}-title">
<h2 id="${run.anchor}-title">${runLabel(setting, run)}${statusText(run)}</h2>
${run.failed !== undefined && run.status === 'failed' && html`<p class="warning">Failed at step ${run.failed.step}: ${run.failed.reason}</p>`}
${run.damaged.length > 0 && html`<p class="warning">${damagedText(run)}</p>`}
<dl class="facts">
${runResults(study, run).map(([name, value]) => fact(name, value))}
${folderFacts(run, place)}
${fact('Run', html`<code>${run.id}</code>`)}
</dl>
${!alone && html`<p class="compare-link"><a href="#${compareAnchor(run.anchor)}">Compare with another run<span class="unseen">: ${runLabel(setting, run)}</span></a></p>`}
${curvesOf(study, run)}
${folded('Matrices', matricesTable(run), many)}
${folded('Specification', pairs(specification(run), 'Setting', 'specification'), many)}
${folded('Environment and data', pairs(environment(run), 'Property', 'environment'), many)}
</article>\n`;
}

/** The place of a run's learning curves, with what they come to in words. */
function curvesOf(study: Study, run: Run): Html | false {
  const figure = runCurves(run);
  if (figure === undefined) return false;
  const [measure] = MEASURES[run.task];
  const [first, last] = [run.epochs[0], run.epochs.at(-1)!];
  const value = (line: typeof first) => measure.format(measure.epoch(line) ?? null);
  const course =
    run.epochs.length === 1
      ? `${value(first)} after epoch ${first.epoch}`
      : `from ${value(first)} after epoch ${first.epoch} to ${value(last)} after epoch ${last.epoch}`;
  return html`<figure aria-labelledby="${figure.id}-caption">
<div class="chart compact" data-figure="${figure.id}"><noscript>The drawing needs scripts.</noscript></div>
<figcaption id="${figure.id}-caption">Learning curves: validation ${measure.name} ${course}. Solid: validation; dashed:
training. All epochs in numbers: the CSV of <a href="#curves-${study.anchor}">the curves of all settings</a>.</figcaption></figure>`;
}

/**
 * Content that opens on demand. In a page of very many runs it is kept as text until then, which the page's script
 * turns into elements: the browser need not build hundreds of thousands of them.
 */
function folded(summary: string, content: Html, many: boolean): Html {
  const inside = many ? html`<script type="text/html">${content}</script>` : content;
  return html`<details><summary>${summary}</summary>${inside}</details>`;
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

function pairs(rows: readonly (readonly [string, string])[], heading: string, name: string): Html {
  return html`<table class="pairs"><caption class="unseen">The run's ${name}</caption><thead class="unseen"><tr><th scope="col">${heading}</th>
<th scope="col">Value</th></tr></thead><tbody>${rows.map(([key, value]) => html`<tr><th scope="row">${key}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

/** Where the run's folder and log are; of a folder elsewhere the name alone. */
function folderFacts({ directory }: Run, place: Place): Html {
  const name = shownPath(place.pageFolder, directory);
  const href = nearHref(place.pageFolder, directory);
  if (href === undefined) return fact('Run folder', html`${name} (no link, as it does not lie near this page)`);
  return html`${fact('Run folder', html`<a href="${href}/">${name}</a>`)}${fact('Log', html`<a href="${href}/log.jsonl">log.jsonl</a>`)}`;
}

function fact(name: string, value: string | Html): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`;
}

/** Says which lines of a log could not be read, the first few with their reason. */
export function damagedText(run: Run): string {
  const first = run.damaged.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  const more = run.damaged.length > 3 ? `; and ${run.damaged.length - 3} more` : '';
  const lines = run.damaged.length === 1 ? '1 line' : `${run.damaged.length} lines`;
  return `${lines} of the log could not be read (${first.join('; ')}${more}); everything else was used.`;
}

/** A run's status beside its name. */
export function statusText({ status }: Run): Html {
  return html` <span class="status ${status}">${status}</span>`;
}
