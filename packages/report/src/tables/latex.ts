import { type Column, shownColumns, type Table } from './table.ts';

/**
 * A table as a LaTeX float in the style of booktabs: the columns that the page shows, with the page's texts. It needs
 * `\usepackage{booktabs}`, and LaTeX of 2018 or later, which reads UTF-8.
 */
export function tableLatex(table: Table): string {
  const shown = shownColumns(table);
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\\n`;
  const rows = table.rows.map(cells =>
    line(
      shown.map(index => {
        const text = escaped(cells[index].text);
        return cells[index].bold ? `\\textbf{${text}}` : text;
      }),
    ),
  );
  return `% \\usepackage{booktabs}
\\begin{table}
  \\centering
  \\caption{${escaped(table.title)}. ${escaped(table.caption)}}
  \\label{tab:${table.id}}
  \\begin{tabular}{${shown.map(index => alignment(table.columns[index])).join('')}}
    \\toprule
${line(shown.map(index => escaped(table.columns[index].title)))}    \\midrule
${rows.join('')}    \\bottomrule
  \\end{tabular}
\\end{table}
`;
}

function alignment({ numeric, prose }: Column): string {
  if (prose) return 'p{4cm}';
  return numeric ? 'r' : 'l';
}

/** What LaTeX takes for a command or cannot print in text, and what prints it. */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '\u00a0': '~',
  '–': '--',
  '±': '$\\pm$',
  '−': '$-$',
  '×': '$\\times$',
  '→': '$\\to$',
  '₀': '$_0$',
};
const FOUND = new RegExp(
  `[#$%&_{}${Object.keys(SPECIAL)
    .map(sign => `\\u{${sign.codePointAt(0)!.toString(16)}}`)
    .join('')}]`,
  'gu',
);

/** Text that LaTeX prints as it is, on one line. */
function escaped(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').replaceAll(FOUND, sign => SPECIAL[sign] ?? `\\${sign}`);
}
