import type { Task } from '../load/run.ts';
import { type Study, studyTitle } from '../load/study.ts';
import { learningCurves } from './curves.ts';
import { exploredShare } from './explored.ts';
import { gateDensities } from './gates.ts';
import { qualityAgainstCost } from './quality.ts';
import { topologyFigure } from './topology.ts';
import type { Figure } from './types.ts';

/** One study needs no name in every title. */
export function titleSuffix(study: Study, studies: readonly Study[]): string {
  return studies.length > 1 ? `: ${studyTitle(study)}` : '';
}

/** Figures of how good the models of a task are, in the order of the page. */
export function resultFigures(studies: readonly Study[]): Figure[] {
  const trained = studies.filter(study =>
    study.settings.some(setting => setting.runs.some(run => run.epochs.length > 0)),
  );
  return [
    ...trained.map(study => learningCurves(study, titleSuffix(study, studies))),
    ...studies.map(study => qualityAgainstCost(study, titleSuffix(study, studies))),
  ].filter(figure => figure !== undefined);
}

/** Figures of how the topologies of a task's models change, in the order of the page. */
export function topologyFigures(task: Task, studies: readonly Study[]): Figure[] {
  return [
    topologyFigure(task, studies),
    ...studies.map(study => exploredShare(study, titleSuffix(study, studies))),
    gateDensities(task, studies),
  ].filter(figure => figure !== undefined);
}
