import { gzipSync } from 'node:zlib';
import type { Figure, FigureData } from '../figures/types.ts';
import type { Loaded } from '../load/index.ts';
import type { Task } from '../load/run.ts';
import type { Block, Part } from '../parts.ts';
import type { Summarise } from '../tables/statistics.ts';
import { clientScript, cspHash, plotlyScript, styleSheet } from './assets.ts';
import { confusionSection } from './confusion.ts';
import { figureSection } from './figures.ts';
import { type Html, html, raw, scriptJson } from './html.ts';
import { relativePath } from './links.ts';
import { overview } from './overview.ts';
import { damagedText, hasManyRuns, runSections } from './runs.ts';
import { type Place, tableSection } from './tables.ts';

/** What a page shows. */
export interface ReportContent {
  loaded: Loaded;
  summarise: Summarise;
  parts: Part[];
  /** Text of the CSV of each table and figure, by its id. */
  csv: ReadonlyMap<string, string>;
}

/** The whole page as one self-contained HTML text: it asks for nothing outside itself. */
export function reportPage(content: ReportContent, place: Place): string {
  const { loaded, parts } = content;
  const figures = parts.flatMap(({ blocks }) =>
    blocks.flatMap(block => (block.kind === 'figure' ? [block.content] : [])),
  );
  const plotly = plotlyScript();
  const client = clientScript();
  // Plotly sets inline styles; only our two scripts may run, so that no text of a log ever can.
  const policy = [
    "default-src 'none'",
    `script-src ${cspHash(plotly)} ${cspHash(client)}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = `sparse-rnn report: ${[...new Set(loaded.studies.map(study => study.preset))].join(', ') || 'no readable runs'}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(styleSheet())}</style>
</head>
<body${hasManyRuns(loaded) && html` class="many"`}>
<a class="skip" href="#main">Skip to the results</a>
<header>
<p class="kicker">sparse-rnn · training report</p>
<h1>Sparse recurrent networks, trained from scratch</h1>
${overview(loaded, content.summarise)}
${contents(content)}
</header>
<main id="main" tabindex="-1">
${unreadableSection(loaded, place)}
${parts.map(part => partSection(part, place))}
${runSections(loaded, place)}
</main>
<footer><p>Built from raw run logs by sparse-rnn; nothing was trained or measured for this page.
${parts.map(({ task }) => TERMS[task])} Parameters are nonzeros and biases; FLOPs are 2 per nonzero and token in matrix products, forward, plus the
products of the backward pass in training.</p></footer>
${figures.map(figureData)}
${[...content.csv].map(([id, text]) => csvData(id, text))}
<script>${raw(plotly)}</script>
<script type="module">${raw(client)}</script>
</body>
</html>
`.markup;
}

/** What the page's script draws a figure from, read when the figure comes into view. */
function figureData({ id, kind, initial, variants }: Figure): Html {
  const data = { kind, initial, variants } as FigureData;
  return html`<script type="application/json" id="${id}-data">${scriptJson(data)}</script>\n`;
}

/** A CSV for the download link, compressed: a thousand runs' files are tens of megabytes of text. */
function csvData(id: string, text: string): Html {
  return html`<script type="text/plain" id="${id}-csv">${gzipSync(text).toString('base64')}</script>\n`;
}

/** What the measures of a task are. */
const TERMS: Record<Task, string> = {
  'language-model': 'Perplexity is exp(mean loss per token).',
  classification:
    ' Accuracy is the share of texts that were given their class; macro-F1 is the mean of F1 over the classes.',
};

/** The tables and figures of a task, under a title of their own where the page has several. */
function partSection({ task, title, blocks }: Part, place: Place): Html {
  const sections = blocks.map(block => blockSection(block, place));
  if (!place.parts) return html`${sections}`;
  return html`<section id="part-${task}" class="part" aria-labelledby="part-${task}-title">
<h2 id="part-${task}-title">${title}</h2>
${sections}</section>\n`;
}

function blockSection(block: Block, place: Place): Html {
  if (block.kind === 'table') return tableSection(block.content, place);
  return block.kind === 'figure' ? figureSection(block.content, place) : confusionSection(block.content, place);
}

function contents({ parts, loaded }: ReportContent): Html {
  const link = ({ id, title }: { id: string; title: string }) => html`<li><a href="#${id}">${title}</a></li>`;
  const trouble = hasTrouble(loaded) && link({ id: 'trouble', title: 'Logs with damage' });
  const runs = link({ id: 'run-details', title: 'Run by run' });
  const links = ({ blocks }: Part) => blocks.map(({ content }) => link(content));
  if (parts.length === 1) return html`<nav aria-label="Contents"><ul>${trouble}${links(parts[0])}${runs}</ul></nav>`;
  return html`<nav aria-label="Contents">${trouble && html`<ul>${trouble}</ul>`}${parts.map(
    part => html`<ul><li><a class="part-link" href="#part-${part.task}">${part.title}</a></li>${links(part)}</ul>`,
  )}<ul>${runs}</ul></nav>`;
}

function hasTrouble({ runs, unreadable }: Loaded): boolean {
  return unreadable.length > 0 || runs.some(run => run.damaged.length > 0);
}

/** Logs that could not be read, wholly or in part: shown first, so that nobody takes the rest for everything. */
function unreadableSection(loaded: Loaded, place: Place): Html | false {
  if (!hasTrouble(loaded)) return false;
  const damaged = loaded.runs.filter(run => run.damaged.length > 0);
  return html`<section id="trouble" class="block notice"><h2>Logs with damage</h2><ul>
${loaded.unreadable.map(
  ({ directory, reason }) =>
    html`<li><code>${relativePath(place.pageFolder, directory)}</code> is left out: ${withoutPath(reason, directory)}.</li>`,
)}
${damaged.map(run => html`<li><a href="#${run.anchor}">${relativePath(place.pageFolder, run.directory)}</a>: ${damagedText(run)}</li>`)}
</ul></section>`;
}

/** System errors name absolute paths, which a page that is passed on must not. */
function withoutPath(reason: string, directory: string): string {
  return reason.replaceAll(directory, '…');
}
