import { type Study, studyTitle } from '../load/study.ts';
import { learningCurves } from './curves.ts';
import { exploredShare } from './explored.ts';
import { gateDensities } from './gates.ts';
import { qualityAgainstCost } from './quality.ts';
import { topologyFigure } from './topology.ts';
import type { Figure } from './types.ts';

/** All figures that the runs have data for, in the order of the page. */
export function figuresOf(studies: readonly Study[]): Figure[] {
  // One study needs no name in every title.
  const suffix = (study: Study) => (studies.length > 1 ? `: ${studyTitle(study)}` : '');
  return [
    ...studies
      .filter(study => study.settings.some(setting => setting.runs.some(run => run.epochs.length > 0)))
      .map(study => learningCurves(study, suffix(study))),
    ...studies.map(study => qualityAgainstCost(study, suffix(study))),
    topologyFigure(studies),
    ...studies.map(study => exploredShare(study, suffix(study))),
    gateDensities(studies),
  ].filter(figure => figure !== undefined);
}
