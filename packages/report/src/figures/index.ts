import type { Study } from '../load/study.ts';
import { learningCurves } from './curves.ts';
import { exploredShare } from './explored.ts';
import { gateDensities } from './gates.ts';
import { qualityAgainstCost } from './quality.ts';
import { topologyFigure } from './topology.ts';
import type { Figure } from './types.ts';

/** All figures that the runs have data for, in the order of the page. */
export function figuresOf(studies: readonly Study[]): Figure[] {
  return [
    ...studies
      .filter(study => study.settings.some(setting => setting.runs.some(run => run.epochs.length > 0)))
      .map(learningCurves),
    ...studies.map(qualityAgainstCost),
    topologyFigure(studies),
    ...studies.map(exploredShare),
    gateDensities(studies),
  ].filter(figure => figure !== undefined);
}
