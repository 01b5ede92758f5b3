import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Exhibit } from '../load/plans.ts';
import { type Field, type Table, tableOf, text } from '../tables/table.ts';

/** A published result of a related model, as its source prints it: perplexity, or accuracy with a percent sign. */
export interface Published {
  model: string;
  data: string;
  sparsity: string;
  validation: string;
  test: string;
  /** Where we have read it. */
  source: string;
  /** What was trained, as far as the source says. */
  setting: string;
  /** How that differs from what is trained here at scale `paper`. */
  difference: string;
  /** Of no run of ours. */
  anchor?: undefined;
}

/** Files of published results, without their ending. */
export const PUBLISHED_FILES = ['ptb-lstm', 'ptb-rhn', 'wikitext-2', 'imdb'] as const;

// One address from src/exhibits and from dist/exhibits alike.
const FOLDER = new URL('../../published/', import.meta.url);

/** The results of one file. Numbers that we have read ourselves; none is the paper's. */
export function readPublished(name: (typeof PUBLISHED_FILES)[number]): Published[] {
  return parse(readFileSync(new URL(`${name}.csv`, FOLDER)), { columns: true, skip_empty_lines: true });
}

/** Title of the column `difference`. */
export const DIFFERENCE_TITLE = 'Differs from scale paper';

/** What others have published beside an exhibit, in a table of its own; undefined where it names no file that there is. */
export function publishedTable({ id, planned, scale }: Exhibit): Table | undefined {
  const rows = PUBLISHED_FILES.filter(name => planned.published.includes(name)).flatMap(readPublished);
  if (rows.length === 0) return undefined;
  return tableOf(
    {
      id: `${id}-published`,
      title: 'Published by others',
      caption:
        'Perplexity, or accuracy where a percent sign stands, as the source prints it. Sizes and recipes are those of the ' +
        `sources: these numbers enter no statistic, and none is the paper’s.${scaleCaveat(scale)}`,
    },
    rows,
    [
      prose('model', 'Model', row => row.model),
      text('data', 'Data', row => row.data),
      text('sparsity', 'Sparsity', row => row.sparsity),
      text('validation', 'Validation', row => row.validation),
      text('test', 'Test', row => row.test),
      prose('source', 'Source', row => row.source),
      prose('setting', 'Setting', row => row.setting),
      prose('difference', DIFFERENCE_TITLE, row => row.difference),
    ],
  );
}

/** That the runs of the page are not those which the last column speaks of. */
function scaleCaveat(scale: Exhibit['scale']): string {
  if (scale === 'paper') return '';
  const runs = scale === 'study' ? 'of a study of their own' : `of scale ${scale}, where language models are smaller`;
  return ` The last column is about what is trained at scale paper; the runs on this page are ${runs}, and not to be set beside these.`;
}

function prose(key: string, title: string, value: (row: Published) => string): Field<Published> {
  return { ...text(key, title, value), prose: true };
}
