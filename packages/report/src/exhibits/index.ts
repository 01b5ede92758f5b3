import type { PlannedExhibit } from '@sparse-rnn/experiments/runlog';
import { resultFigures } from '../figures/index.ts';
import type { Loaded } from '../load/index.ts';
import { onlyRuns, TASKS } from '../load/study.ts';
import type { Block } from '../parts.ts';
import { runsTable } from '../tables/runs.ts';
import type { Summarise } from '../tables/statistics.ts';

/** What an exhibit is made of. */
export interface ExhibitBlocks {
  blocks: Block[];
  /** Names of the planned runs that have no folder. */
  missing: string[];
}

/** The tables and figures of an exhibit, from those of its runs that are there. */
export function exhibitBlocks(exhibit: PlannedExhibit, loaded: Loaded, _summarise: Summarise): ExhibitBlocks {
  const found = loaded.plans.flatMap(({ exhibits }) => exhibits).find(({ planned }) => planned === exhibit);
  const runs = found?.runs ?? [];
  const studies = onlyRuns(loaded.studies, new Set(runs.flatMap(({ run }) => run ?? [])));
  const blocks = TASKS.flatMap((task): Block[] => {
    const own = studies.filter(study => study.task === task);
    if (own.length === 0) return [];
    return exhibit.kind === 'table'
      ? [{ kind: 'table', content: runsTable(task, own) }]
      : resultFigures(own).map(content => ({ kind: 'figure', content }));
  });
  const missing = runs.filter(({ run }) => run === undefined).map(({ name }) => name);
  return { blocks, missing: [...new Set(missing)] };
}
