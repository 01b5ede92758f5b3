import { resultFigures, titleSuffix, topologyFigures } from './figures/index.ts';
import type { Figure } from './figures/types.ts';
import type { Task } from './load/run.ts';
import { type Study, TASKS } from './load/study.ts';
import { type Confusions, confusionsOf } from './tables/confusion.ts';
import { costTable } from './tables/cost.ts';
import { type Csv, csvText, tableCsv } from './tables/csv.ts';
import { dataTable } from './tables/data.ts';
import { differencesTable } from './tables/differences.ts';
import { tableLatex } from './tables/latex.ts';
import { tableMarkdown } from './tables/markdown.ts';
import { runsTable } from './tables/runs.ts';
import { settingsTable } from './tables/settings.ts';
import type { Summarise } from './tables/statistics.ts';
import type { Table } from './tables/table.ts';

/** A file that a page offers beside what it shows. */
export interface Download {
  /** With its ending: `table-1.tex`. */
  name: string;
  text: string;
}

/** A titled piece of a page with a CSV file of its own. */
export type Block =
  | { kind: 'table'; content: Table }
  | { kind: 'figure'; content: Figure }
  | { kind: 'confusions'; content: Confusions };

/** All that the report says about the runs of one task. */
export interface Part {
  task: Task;
  title: string;
  studies: Study[];
  blocks: Block[];
}

const TITLES: Record<Task, string> = {
  'language-model': 'Language modelling',
  classification: 'Text classification',
};

/** One part per task that has runs, in the order of the page; without any run, one of empty tables. */
export function partsOf(studies: readonly Study[], summarise: Summarise): Part[] {
  const tasks = TASKS.filter(task => studies.some(study => study.task === task));
  return (tasks.length > 0 ? tasks : TASKS.slice(0, 1)).map(task => {
    const own = studies.filter(study => study.task === task);
    return { task, title: TITLES[task], studies: own, blocks: blocksOf(task, own, summarise) };
  });
}

function blocksOf(task: Task, studies: readonly Study[], summarise: Summarise): Block[] {
  // With one run per setting the means would repeat the runs.
  const seeds = studies.some(study => study.settings.some(setting => setting.runs.length > 1));
  return [
    ...tables(
      runsTable(task, studies),
      seeds ? settingsTable(task, studies, summarise) : undefined,
      differencesTable(task, studies, summarise),
    ),
    ...figures(...resultFigures(studies)),
    ...studies.flatMap((study): Block[] => {
      const content = confusionsOf(study, titleSuffix(study, studies));
      return content === undefined ? [] : [{ kind: 'confusions', content }];
    }),
    ...tables(dataTable(studies)),
    ...figures(...topologyFigures(task, studies)),
    ...tables(costTable(task, studies)),
  ];
}

/** Tables as blocks, those that there are. */
export function tables(...contents: (Table | undefined)[]): Block[] {
  return contents.flatMap((content): Block[] => (content === undefined ? [] : [{ kind: 'table', content }]));
}

/** Figures as blocks, those that there are. */
export function figures(...contents: (Figure | undefined)[]): Block[] {
  return contents.flatMap((content): Block[] => (content === undefined ? [] : [{ kind: 'figure', content }]));
}

/** The numbers of a block, as its CSV file holds them. */
export function blockCsv(block: Block): Csv {
  return block.kind === 'table' ? tableCsv(block.content) : block.content.csv;
}

/** Files of blocks that were asked for: a page names and carries them, and they lie beside it. */
const made = new WeakMap<Block, Download[]>();

/** The files of a block, each made once: its CSV; a table as Markdown and LaTeX besides. */
export function blockDownloads(block: Block): Download[] {
  const files = made.get(block) ?? filesOf(block);
  made.set(block, files);
  return files;
}

function filesOf(block: Block): Download[] {
  const { id } = block.content;
  const csv = { name: `${id}.csv`, text: csvText(blockCsv(block)) };
  if (block.kind !== 'table') return [csv];
  return [
    csv,
    { name: `${id}.md`, text: tableMarkdown(block.content) },
    { name: `${id}.tex`, text: tableLatex(block.content) },
  ];
}

/**
 * The blocks with an id that no other block of the report has: one that is taken gets `prefix-` before it, and then a
 * number. The ids that are given out are added to `taken`.
 */
export function withUniqueIds(blocks: readonly Block[], prefix: string, taken: Set<string>): Block[] {
  return blocks.map(block => {
    const { id } = block.content;
    let unique = id;
    for (let copy = 1; taken.has(unique); copy++) unique = `${prefix}-${id}${copy === 1 ? '' : `-${copy}`}`;
    taken.add(unique);
    return { ...block, content: { ...block.content, id: unique } } as Block;
  });
}
