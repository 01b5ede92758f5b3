import { type Cell, type Column, shownColumns, type Table } from '../tables/table.ts';
import { type Html, html } from './html.ts';
import { nearHref } from './links.ts';

/** Where the pages and the files of tables and figures are, for relative links. */
export interface Place {
  pageFolder: string;
  filesFolder: string;
  /** Whether all pages are put into one file. */
  single: boolean;
  /** Pictures of figures that lie beside the CSV files, by the figure's id. */
  images: ReadonlyMap<string, readonly string[]>;
}

/** A table with its caption, sortable by the page's script, and its files. */
export function tableSection(table: Table, files: Html, place: Place): Html {
  const shown = shownColumns(table);
  const row = (cells: Cell[]) =>
    html`<tr>${shown.map((column, position) => tableCell(cells[column], table.columns[column], position === 0, place))}</tr>\n`;
  // The visible text stands outside the table: in it, it would scroll away with the columns on a narrow screen.
  return html`<section id="${table.id}" class="block">
<h2>${table.title}</h2>
<p class="note">${table.caption}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${table.id}-caption">
<table class="sortable">
<caption id="${table.id}-caption" class="unseen">${table.title}. ${table.caption}</caption>
<thead><tr>${shown.map(column => heading(table.columns[column]))}</tr></thead>
<tbody>${table.rows.map(row)}</tbody>
</table></div>
${files}</section>\n`;
}

/**
 * Links to the files of a table or figure, beside the page. A page that is one file with everything carries those of
 * `carried` as well, and its script hands them out. Files in a folder that is not near are named without a link.
 */
export function downloadLinks(carried: readonly string[], images: readonly string[], place: Place): Html {
  const folder = nearHref(place.pageFolder, place.filesFolder);
  const item = (name: string, inPage: boolean) => {
    if (folder === undefined && !inPage) return html`<li>${name}</li>`;
    const href = folder === undefined ? '#main' : `${folder}/${encodeURIComponent(name)}`;
    return html`<li><a href="${href}" download="${name}" data-file="${name}">${name}</a></li>`;
  };
  const items = [...carried.map(name => item(name, place.single)), ...images.map(name => item(name, false))];
  return html`<ul class="downloads">${items}</ul>`;
}

function heading(column: Column): Html {
  const kind = column.numeric ? 'number' : 'text';
  const hint = column.hint === undefined ? null : html` title="${column.hint}"`;
  return html`<th scope="col" class="${kind}" data-column="${column.key}"${column.highFirst && html` data-high-first`}${hint}>${column.title}</th>`;
}

function tableCell(cell: Cell, column: Column, first: boolean, place: Place): Html {
  const near = cell.folder === undefined ? undefined : nearHref(place.pageFolder, cell.folder);
  const folder = near === undefined ? undefined : `${near}/`;
  const href = folder ?? (cell.anchor === undefined ? undefined : `#${cell.anchor}`);
  // One tab stop per row is enough for the keyboard: all its numbers lead to the same run.
  const reachable = first || folder !== undefined;
  const text = cell.bold ? html`<strong>${cell.text}</strong>` : html`${cell.text || '–'}`;
  const shown =
    href === undefined ? text : html`<a href="${href}"${reachable ? null : html` tabindex="-1"`}>${text}</a>`;
  if (first) return html`<th scope="row"${column.prose && html` class="prose"`}>${shown}</th>`;
  // Sorting needs the raw value where the text is rounded or carries a unit.
  if (column.numeric) return html`<td class="number" data-value="${cell.value ?? ''}">${shown}</td>`;
  return html`<td${folder !== undefined && html` class="folder"`}>${shown}</td>`;
}
