import { dirname } from 'node:path';
import { type PlannedExhibit, readDistances } from '@sparse-rnn/experiments/runlog';
import { learningCurves } from '../figures/curves.ts';
import { seedDistances } from '../figures/distance.ts';
import { exploredShare } from '../figures/explored.ts';
import { gateDensities } from '../figures/gates.ts';
import { titleSuffix } from '../figures/index.ts';
import { qualityAgainstCost } from '../figures/quality.ts';
import type { Figure } from '../figures/types.ts';
import type { Loaded } from '../load/index.ts';
import type { Exhibit } from '../load/plans.ts';
import { onlyRuns, type Study, TASKS } from '../load/study.ts';
import type { Block } from '../parts.ts';
import { costTable } from '../tables/cost.ts';
import { differencesTable } from '../tables/differences.ts';
import { runsTable } from '../tables/runs.ts';
import { settingsTable } from '../tables/settings.ts';
import type { Summarise } from '../tables/statistics.ts';
import type { Table } from '../tables/table.ts';
import { againstFigure } from './against.ts';

/** What an exhibit is made of. */
export interface ExhibitBlocks {
  blocks: Block[];
  /** Names of the planned runs that have no folder. */
  missing: string[];
}

/** The tables and figures of an exhibit, from those of its runs that are there. */
export function exhibitBlocks(exhibit: PlannedExhibit, loaded: Loaded, summarise: Summarise): ExhibitBlocks {
  const found = loaded.plans.flatMap(({ exhibits }) => exhibits).find(({ planned }) => planned === exhibit);
  const runs = found?.runs ?? [];
  const studies = onlyRuns(loaded.studies, new Set(runs.flatMap(({ run }) => run ?? [])));
  const missing = runs.filter(({ run }) => run === undefined).map(({ name }) => name);
  const blocks = studies.length === 0 || found === undefined ? [] : blocksOf(found, studies, summarise);
  return { blocks, missing: [...new Set(missing)] };
}

function blocksOf(exhibit: Exhibit, studies: readonly Study[], summarise: Summarise): Block[] {
  const { view } = exhibit.planned;
  const suffixed = (make: (study: Study, suffix: string) => Figure | undefined) =>
    figures(...studies.map(study => make(study, titleSuffix(study, studies))));
  switch (view.kind) {
    case 'cost':
      return perTask(studies, (task, own) => [costTable(task, own)]);
    case 'curves':
      return suffixed(learningCurves);
    case 'against':
      return [...figures(againstFigure(exhibit, view)), ...qualityTables(studies, summarise)];
    case 'gates':
      return figures(
        ...TASKS.map(task =>
          gateDensities(
            task,
            studies.filter(study => study.task === task),
          ),
        ),
      );
    case 'explored':
      return suffixed(exploredShare);
    case 'distance':
      return figures(distances(exhibit));
    case 'step-cost':
      return [...suffixed(qualityAgainstCost), ...perTask(studies, (task, own) => [costTable(task, own)])];
    case 'quality':
      return qualityTables(studies, summarise);
  }
}

/** Means over the seeds, paired differences to dense and static, and the runs. */
function qualityTables(studies: readonly Study[], summarise: Summarise): Block[] {
  return perTask(studies, (task, own) => [
    settingsTable(task, own, summarise),
    differencesTable(task, own, summarise),
    differencesTable(task, own, summarise, 'static'),
    runsTable(task, own),
  ]);
}

function perTask(
  studies: readonly Study[],
  make: (task: Study['task'], own: Study[]) => (Table | undefined)[],
): Block[] {
  return TASKS.flatMap(task => {
    const own = studies.filter(study => study.task === task);
    return own.length === 0
      ? []
      : make(task, own).flatMap((content): Block[] => (content ? [{ kind: 'table', content }] : []));
  });
}

function figures(...contents: (Figure | undefined)[]): Block[] {
  return contents.flatMap((content): Block[] => (content === undefined ? [] : [{ kind: 'figure', content }]));
}

/** Distances lie in a file beside the run folders, as they need the models that the logs do not hold. */
function distances(exhibit: Exhibit): Figure | undefined {
  const run = exhibit.runs.find(each => each.run !== undefined)?.run;
  const measured = run && readDistances(dirname(run.directory));
  return measured === undefined || 'reason' in measured ? undefined : seedDistances(exhibit.planned, measured);
}
