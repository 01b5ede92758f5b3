import { shownColumns, type Table } from './table.ts';

/**
 * A table as GitHub Flavored Markdown: the columns that the page shows, with the page's texts. Numbers are aligned to the
 * right.
 */
export function tableMarkdown(table: Table): string {
  const shown = shownColumns(table);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const head = line(shown.map(index => escaped(table.columns[index].title)));
  const rule = line(shown.map(index => (table.columns[index].numeric ? '---:' : '---')));
  const rows = table.rows.map(cells =>
    line(
      shown.map(index => {
        const text = escaped(cells[index].text);
        return cells[index].bold ? `**${text}**` : text;
      }),
    ),
  );
  return `**${escaped(table.title)}.** ${escaped(table.caption)}\n\n${head}${rule}${rows.join('')}`;
}

/** Text that Markdown shows as it is, on one line. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll(/[\\`*_|<>[\]#~]/g, '\\$&')
    .replaceAll('&', '&amp;');
}
