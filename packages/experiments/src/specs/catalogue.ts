import type { Exhibit } from './exhibit.ts';
import { density } from './figures/density.ts';
import { equalSize } from './figures/equalSize.ts';
import { exploration } from './figures/exploration.ts';
import { gateDensities } from './figures/gateDensities.ts';
import { learningCurves } from './figures/learningCurves.ts';
import { removalRate } from './figures/removalRate.ts';
import { stepCost } from './figures/stepCost.ts';
import { topologyDistance } from './figures/topologyDistance.ts';
import { updateInterval } from './figures/updateInterval.ts';
import { didYouMean } from './nearest.ts';
import { ablation } from './tables/ablation.ts';
import { cost } from './tables/cost.ts';
import { ptbLstm } from './tables/ptbLstm.ts';
import { ptbRhn } from './tables/ptbRhn.ts';
import { setRemoval } from './tables/setRemoval.ts';
import { sparseMatrices } from './tables/sparseMatrices.ts';
import { textClassification } from './tables/textClassification.ts';
import { wikitext2 } from './tables/wikitext2.ts';
import { UsageError } from './usageError.ts';

/** Every table and figure, in the order of the report. */
export const EXHIBITS: readonly Exhibit[] = [
  ptbLstm,
  ptbRhn,
  wikitext2,
  textClassification,
  ablation,
  setRemoval,
  sparseMatrices,
  cost,
  learningCurves,
  density,
  removalRate,
  updateInterval,
  equalSize,
  gateDensities,
  exploration,
  topologyDistance,
  stepCost,
];

/**
 * The exhibits that some names stand for, each once, in the order of the report.
 *
 * @param names ids, `tables` or `figures`; none stand for all.
 * @throws UsageError for an unknown name.
 */
export function findExhibits(names: readonly string[]): Exhibit[] {
  const ids = EXHIBITS.map(({ id }) => id);
  const wanted = new Set(names.length === 0 ? ids : names.flatMap(name => idsOf(name, ids)));
  return EXHIBITS.filter(({ id }) => wanted.has(id));
}

function idsOf(name: string, ids: readonly string[]): string[] {
  if (name === 'tables' || name === 'figures') return ids.filter(id => id.startsWith(name.slice(0, -1)));
  if (ids.includes(name)) return [name];
  throw new UsageError(
    `Unknown table or figure '${name}'.${didYouMean(name, ids)} Valid names: ${[...ids, 'tables', 'figures'].join(', ')}.`,
  );
}
