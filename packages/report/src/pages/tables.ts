import type { Cell, Column, Table } from '../tables/table.ts';
import { type Html, html } from './html.ts';
import { relativeHref } from './links.ts';

/** Where the page and its CSV files are, for relative links. */
export interface Place {
  pageFolder: string;
  csvFolder: string;
}

/** A table with its caption, sortable by the page's script, and its CSV. */
export function tableSection(table: Table, place: Place): Html {
  return html`<section id="${table.id}" class="block">
<h2>${table.title}</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${table.id}-caption">
<table class="sortable">
<caption id="${table.id}-caption">${table.caption}</caption>
<thead><tr>${table.columns.map(heading)}</tr></thead>
<tbody>${table.rows.map(row => html`<tr>${row.map((cell, index) => tableCell(cell, table.columns[index], index === 0, place))}</tr>\n`)}</tbody>
</table></div>
${csvLink(table.id, place)}</section>\n`;
}

/** Link to a CSV: the file beside the page; the page's script offers its own copy, so that the page alone is enough. */
export function csvLink(id: string, place: Place): Html {
  const href = `${relativeHref(place.pageFolder, place.csvFolder)}/${id}.csv`;
  return html`<p class="downloads"><a href="${href}" download="${id}.csv" data-csv="${id}">${id}.csv</a></p>`;
}

function heading(column: Column): Html {
  const kind = column.numeric ? 'number' : 'text';
  return html`<th scope="col" class="${kind}"${column.hint === undefined ? null : html` title="${column.hint}"`}>${column.title}</th>`;
}

function tableCell(cell: Cell, column: Column, first: boolean, place: Place): Html {
  const href =
    cell.folder !== undefined ? `${relativeHref(place.pageFolder, cell.folder)}/` : cell.anchor && `#${cell.anchor}`;
  // One tab stop per row is enough for the keyboard: all its numbers lead to the same run.
  const reachable = first || cell.folder !== undefined;
  const shown = !href
    ? html`${cell.text}`
    : html`<a href="${href}"${reachable ? null : html` tabindex="-1"`}>${cell.text}</a>`;
  if (first) return html`<th scope="row">${shown}</th>`;
  // Sorting needs the raw value where the text is rounded or carries a unit.
  if (column.numeric)
    return html`<td class="number" data-value="${cell.value === null ? '' : String(cell.value)}">${shown}</td>`;
  return html`<td>${shown}</td>`;
}
