import { gzipSync } from 'node:zlib';
import type { Figure, FigureData } from '../figures/types.ts';
import type { Loaded } from '../load/index.ts';
import type { Summarise } from '../tables/statistics.ts';
import type { Table } from '../tables/table.ts';
import { clientScript, cspHash, plotlyScript, styleSheet } from './assets.ts';
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
  /** Tables before the figures, and tables after them. */
  tables: { first: Table[]; last: Table[] };
  figures: Figure[];
  /** Text of the CSV of each table and figure, by its id. */
  csv: ReadonlyMap<string, string>;
}

/** The whole page as one self-contained HTML text: it asks for nothing outside itself. */
export function reportPage(content: ReportContent, place: Place): string {
  const { loaded, figures, tables } = content;
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
${tables.first.map(table => tableSection(table, place))}
${figures.map(figure => figureSection(figure, place))}
${tables.last.map(table => tableSection(table, place))}
${runSections(loaded, place)}
</main>
<footer><p>Built from raw run logs by sparse-rnn; nothing was trained or measured for this page. Perplexity is exp(mean loss
per token); parameters are nonzeros and biases; FLOPs are 2 per nonzero and token in matrix products, forward, plus the
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

function contents({ tables, figures, loaded }: ReportContent): Html {
  const entries = [...tables.first, ...figures, ...tables.last, { id: 'run-details', title: 'Run by run' }];
  return html`<nav aria-label="Contents"><ul>${hasTrouble(loaded) && html`<li><a href="#trouble">Logs with damage</a></li>`}${entries.map(
    ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>`;
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
