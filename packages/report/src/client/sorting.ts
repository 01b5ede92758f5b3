// Tables sort by a click on a heading: ascending, then descending, the other way round where high values are the better
// ones. Cells without a value stay last.
for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) {
  table.querySelectorAll<HTMLTableCellElement>('thead th').forEach((heading, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...heading.childNodes);
    heading.append(button);
    heading.setAttribute('aria-sort', 'none');
    button.addEventListener('click', () => sortTable(table, heading, column));
  });
}

function sortTable(table: HTMLTableElement, heading: HTMLTableCellElement, column: number): void {
  const sorted = heading.getAttribute('aria-sort');
  const descending = sorted === 'none' ? heading.hasAttribute('data-high-first') : sorted === 'ascending';
  const numeric = heading.classList.contains('number');
  const body = table.tBodies[0];
  const keyed = [...body.rows].map(row => ({ row, key: sortKey(row.cells[column], numeric) }));
  keyed.sort((a, b) => compareKeys(a.key, b.key, descending));
  body.append(...keyed.map(({ row }) => row));
  for (const other of table.querySelectorAll('thead th')) other.setAttribute('aria-sort', 'none');
  heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
}

function sortKey(cell: HTMLTableCellElement, numeric: boolean): number | string | null {
  if (!numeric) return cell.textContent;
  return cell.dataset.value === '' || cell.dataset.value === undefined ? null : Number(cell.dataset.value);
}

function compareKeys(a: number | string | null, b: number | string | null, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order =
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), 'en', { numeric: true });
  return descending ? -order : order;
}
