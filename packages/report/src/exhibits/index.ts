import { readDistances } from '@sparse-rnn/experiments/runlog';
import { learningCurves } from '../figures/curves.ts';
import { seedDistances } from '../figures/distance.ts';
import { exploredShare } from '../figures/explored.ts';
import { gateDensities } from '../figures/gates.ts';
import { titleSuffix } from '../figures/index.ts';
import type { Figure } from '../figures/types.ts';
import type { Loaded } from '../load/index.ts';
import type { Exhibit } from '../load/plans.ts';
import { onlyRuns, type Study, TASKS } from '../load/study.ts';
import { type Block, figures, tables } from '../parts.ts';
import { costTable } from '../tables/cost.ts';
import { differencesTable } from '../tables/differences.ts';
import { runsTable } from '../tables/runs.ts';
import type { Summarise } from '../tables/statistics.ts';
import type { Table } from '../tables/table.ts';
import { againstFigure, stepCostFigure } from './lines.ts';
import { publishedTable } from './published.ts';
import { resultTables } from './results.ts';

/** The tables and figures of an exhibit, from those of its runs that are there; then what others have published. */
export function exhibitBlocks(exhibit: Exhibit, loaded: Loaded, summarise: Summarise): Block[] {
  const studies = onlyRuns(loaded.studies, new Set(exhibit.runs.flatMap(({ run }) => run ?? [])));
  const own = studies.length === 0 ? [] : blocksOf(exhibit, studies, summarise);
  return [...own, ...tables(publishedTable(exhibit))];
}

function blocksOf(exhibit: Exhibit, studies: readonly Study[], summarise: Summarise): Block[] {
  const { view } = exhibit.planned;
  const perStudy = (make: (study: Study, suffix: string) => Figure | undefined) =>
    figures(...studies.map(study => make(study, titleSuffix(study, studies))));
  switch (view.kind) {
    case 'quality':
      return qualityTables(exhibit, studies, summarise);
    case 'cost':
      return perTask(studies, (task, own) => [costTable(task, own)]);
    case 'curves':
      return perStudy(learningCurves);
    case 'against':
      return [...figures(againstFigure(exhibit, view)), ...qualityTables(exhibit, studies, summarise)];
    case 'gates':
      return figures(...TASKS.map(task => gateDensities(task, ofTask(studies, task))));
    case 'explored':
      return perStudy(exploredShare);
    case 'distance':
      return figures(distances(exhibit));
    case 'step-cost':
      return [...figures(stepCostFigure(exhibit)), ...perTask(studies, (task, own) => [costTable(task, own)])];
  }
}

/** The result, paired differences to dense, static and small dense models, and the runs. */
function qualityTables(exhibit: Exhibit, studies: readonly Study[], summarise: Summarise): Block[] {
  return [
    ...tables(...resultTables(exhibit, studies, summarise)),
    ...perTask(studies, (task, own) => [
      differencesTable(task, own, summarise),
      differencesTable(task, own, summarise, 'static'),
      differencesTable(task, own, summarise, 'dense-small'),
      runsTable(task, own),
    ]),
  ];
}

function perTask(
  studies: readonly Study[],
  make: (task: Study['task'], own: Study[]) => (Table | undefined)[],
): Block[] {
  return TASKS.flatMap(task => {
    const own = ofTask(studies, task);
    return own.length === 0 ? [] : tables(...make(task, own));
  });
}

function ofTask(studies: readonly Study[], task: Study['task']): Study[] {
  return studies.filter(study => study.task === task);
}

/** Distances lie in a file beside the run folders, as they need the models that the logs do not hold. */
function distances({ planned, directory }: Exhibit): Figure | undefined {
  const measured = readDistances(directory);
  return measured === undefined || 'reason' in measured ? undefined : seedDistances(planned, measured);
}
