import { gzipSync } from 'node:zlib';
import type { Download } from '../parts.ts';
import { clientScript, cspHash, cspNonce, plotlyScript, styleSheet } from './assets.ts';
import { type Html, html, raw, scriptJson } from './html.ts';
import { type Resolve, resolveLinks, samePage, siteLinks } from './links.ts';
import type { Page } from './page.ts';

/** Files of a report that has been put together, by their path from its folder. */
export type ReportFiles = Map<string, string>;

/** How the files of a site are called: those beside an `index.html` by their own name, others with the page's before it. */
export interface SiteNames {
  /** The first page: `index.html`. */
  index: string;
  /** Before every other name: empty, or `both-` for `both.html`. */
  prefix: string;
}

/** What every form of the report has around its pages. */
export interface Surround {
  /** What the runs are of, for titles of windows. */
  subject: string;
  footer: Html;
  /** Whether what is folded is built late, and runs are laid out when they are looked at. */
  many: boolean;
}

const KICKER = 'sparse-rnn · training report';

/** Every page as a file of its own, and the scripts that they share. */
export function siteFiles(pages: readonly Page[], names: SiteNames, surround: Surround): ReportFiles {
  const fileOf = (name: string) => (name === 'index' ? names.index : `${names.prefix}${name}.html`);
  const links = siteLinks(pages, fileOf);
  const assets = `${names.prefix}assets`;
  const files: ReportFiles = new Map([
    [`${assets}/plotly.min.js`, plotlyScript()],
    [`${assets}/report.js`, clientScript()],
  ]);
  for (const page of pages) {
    const resolve = links(page);
    const body = html`<a class="skip" href="#main">Skip to the content</a>
<header><p class="kicker">${KICKER}</p>
${raw(resolveLinks(navigation(pages, page).markup, resolve))}</header>
<main id="main" tabindex="-1">
<h1>${page.title}</h1>
${raw(resolveLinks(page.content.markup, resolve))}</main>
${surround.footer}
${pageData([page], resolve)}`;
    const nonce = cspNonce(body.markup);
    const scripts = ['report.js'];
    if (page.figures.length > 0 || page.kind === 'compare') scripts.unshift('plotly.min.js');
    files.set(
      fileOf(page.name),
      wholeDocument({
        title: `${page.title} · ${surround.subject}`,
        policy: `'nonce-${nonce}'`,
        many: surround.many,
        body: html`${body}${scripts.map(name => html`<script nonce="${nonce}" defer src="${assets}/${name}"></script>\n`)}`,
      }),
    );
  }
  return files;
}

/** All pages as the sections of one file that asks for nothing outside itself. */
export function singleFile(pages: readonly Page[], surround: Surround): string {
  const [first, ...others] = pages;
  const plotly = plotlyScript();
  const client = clientScript();
  const files = new Map(pages.flatMap(page => page.downloads.map(file => [file.name, file] as const)));
  return wholeDocument({
    title: `${first.title} · ${surround.subject}`,
    policy: `${cspHash(plotly)} ${cspHash(client)}`,
    many: surround.many,
    body: html`<a class="skip" href="#main">Skip to the content</a>
<header><p class="kicker">${KICKER}</p>
${navigation(pages)}</header>
<main id="main" tabindex="-1">
<div id="page-${first.name}"><h1>${first.title}</h1>
${first.content}</div>
${others.map(pageSection)}</main>
${surround.footer}
${pageData(pages, samePage)}
${[...files.values()].map(fileData)}
<script>${raw(plotly)}</script>
<script>${raw(client)}</script>
`,
  });
}

/** A page as a section: its titles stand one level lower, those of a setting, which belongs to all runs, two. */
function pageSection(page: Page): Html {
  const { name, kind, title, content } = page;
  const lower = kind === 'setting' ? 2 : 1;
  const markup = html`<section id="page-${name}" class="page ${kind}" aria-labelledby="page-${name}-title">
<h1 id="page-${name}-title">${title}</h1>
${content}</section>\n`.markup;
  return raw(
    markup.replace(/<(\/?)h([1-4])(?=[ >])/g, (_, end: string, level: string) => `<${end}h${Number(level) + lower}`),
  );
}

/** Links to the pages; on a page of a site, with the page marked or the one that it belongs to. */
function navigation(pages: readonly Page[], here?: Page): Html {
  const link = ({ name, entry }: Page) => {
    const current = here?.name === name ? 'page' : here?.within === name ? 'true' : undefined;
    return html`<li><a href="#page-${name}"${current !== undefined && html` aria-current="${current}"`}>${entry}</a></li>`;
  };
  const listed = pages.filter(page => page.entry !== undefined);
  const exhibits = listed.filter(({ kind }) => kind === 'exhibit');
  return html`<nav aria-label="Pages"><ul>${listed.filter(({ kind }) => kind !== 'exhibit').map(link)}</ul>${
    exhibits.length > 0 && html`<ul aria-label="Tables and figures">${exhibits.map(link)}</ul>`
  }</nav>\n`;
}

/** What the page's script reads: figures when they come into view, with the address of every id that they lead to. */
function pageData(pages: readonly Page[], resolve: Resolve): Html {
  const address = (key: string, value: unknown) =>
    key === 'anchor' && typeof value === 'string' ? resolve(value) : value;
  const blocks = pages.flatMap(({ figures, data = [] }) => [
    ...figures.map(({ id, kind, initial, variants }) => ({ id: `${id}-data`, value: { kind, initial, variants } })),
    ...data,
  ]);
  return html`${blocks.map(
    ({ id, value }) => html`<script type="application/json" id="${id}">${scriptJson(value, address)}</script>\n`,
  )}`;
}

/** A file for a link of the page, compressed: a thousand runs' files are tens of megabytes of text. */
function fileData({ name, text }: Download): Html {
  return html`<script type="text/plain" id="file-${name}">${gzipSync(text).toString('base64')}</script>\n`;
}

function wholeDocument({
  title,
  policy,
  many,
  body,
}: {
  title: string;
  policy: string;
  many: boolean;
  body: Html;
}): string {
  // Plotly sets inline styles; only our two scripts may run, so that no text of a log ever can.
  const csp = [
    "default-src 'none'",
    `script-src ${policy}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(styleSheet())}</style>
</head>
<body${many && html` class="many"`}>
${body}</body>
</html>
`.markup;
}

/** Nothing but figures, for pictures to be taken of them. */
export function picturePage(figures: readonly Page['figures'][number][]): string {
  const plotly = plotlyScript();
  const client = clientScript();
  return wholeDocument({
    title: 'Figures',
    policy: `${cspHash(plotly)} ${cspHash(client)}`,
    many: false,
    body: html`<main class="pictures">${figures.map(({ id, kind }) => html`<div class="${kind}" data-figure="${id}"></div>\n`)}</main>
${figures.map(({ id, kind, initial, variants }) => html`<script type="application/json" id="${id}-data">${scriptJson({ kind, initial: 0, variants: [variants[initial]] })}</script>\n`)}
<script>${raw(plotly)}</script>
<script>${raw(client)}</script>
`,
  });
}
