import { describe, expect, it } from 'vitest';
import { tableLatex } from './latex.ts';
import { tableMarkdown } from './markdown.ts';
import type { Table } from './table.ts';

const TABLE: Table = {
  id: 'table-1',
  title: 'A_title & more',
  caption: 'In 95% of 10$.',
  columns: [
    { key: 'method', title: 'Method', numeric: false },
    { key: 'raw', title: 'Raw', numeric: true, hidden: true },
    { key: 'perplexity', title: 'Test', numeric: true },
    { key: 'source', title: 'Source', numeric: false, prose: true },
  ],
  rows: [
    [
      { value: 'set', text: 'set_|x' },
      { value: 9, text: '9' },
      { value: 1234.5, text: '1,234.50\u00a0%', bold: true },
      { value: 'a', text: 'a\\b {c}\n#1 ^~<d>' },
    ],
    [
      { value: 'static', text: 'static' },
      { value: 8, text: '8' },
      { value: null, text: '±\u00a0–' },
      { value: '', text: '−2×3' },
    ],
  ],
};

describe('tableMarkdown', () => {
  it('has the shown columns, numbers to the right, the best bold, and nothing that Markdown takes for its own', () => {
    expect(tableMarkdown(TABLE).split('\n')).toEqual([
      '**A\\_title &amp; more.** In 95% of 10$.',
      '',
      '| Method | Test | Source |',
      '| --- | ---: | --- |',
      '| set\\_\\|x | **1,234.50\u00a0%** | a\\\\b {c} \\#1 ^\\~\\<d\\> |',
      '| static | ±\u00a0– | −2×3 |',
      '',
    ]);
  });
});

describe('tableLatex', () => {
  it('is a float with rules of booktabs, the best bold, and no character that LaTeX takes for its own', () => {
    expect(
      tableLatex(TABLE)
        .split('\n')
        .map(line => line.trim()),
    ).toEqual([
      '% \\usepackage{booktabs}',
      '\\begin{table}',
      '\\centering',
      '\\caption{A\\_title \\& more. In 95\\% of 10\\$.}',
      '\\label{tab:table-1}',
      '\\begin{tabular}{lrp{4cm}}',
      '\\toprule',
      'Method & Test & Source \\\\',
      '\\midrule',
      'set\\_\\textbar{}x & \\textbf{1,234.50~\\%} & a\\textbackslash{}b \\{c\\} \\#1 \\textasciicircum{}\\textasciitilde{}\\textless{}d\\textgreater{} \\\\',
      'static & $\\pm$~-- & $-$2$\\times$3 \\\\',
      '\\bottomrule',
      '\\end{tabular}',
      '\\end{table}',
      '',
    ]);
  });
});
