import { isSparse, type Study } from '../load/study.ts';
import { ratio } from '../tables/format.ts';
import { relative, runRows } from '../tables/identity.ts';
import { denseStep } from '../tables/twins.ts';
import { type Html, html } from './html.ts';
import { whatRan } from './overview.ts';

/** What was run and what it cost, in plain words made from the data, a paragraph per study: quality is not asked. */
export function costOverview(studies: readonly Study[]): Html {
  return html`${studies.map(study => html`<p class="told">${whatRan(study)} ${costs(study)}</p>`)}`;
}

/** A run's costs as multiples of those of the dense run of its model. */
interface RelativeCost {
  label: string;
  anchor: string;
  time: number;
  memory: number;
}

function costs(study: Study): Html {
  const sparse = runRows([study]).filter(({ setting }) => isSparse(setting));
  const found = sparse.flatMap(({ setting, run, anchor }): RelativeCost[] => {
    const twin = denseStep(study, setting, run);
    const time = relative(twin?.tokensPerSecond ?? null, run.tokensPerSecond);
    const memory = relative(run.peakRssBytes, twin?.peakRssBytes ?? null);
    return time === null || memory === null ? [] : [{ label: setting.label, anchor, time, memory }];
  });
  if (found.length === 0)
    return html`There is no sparse run yet with a dense run of its model, on the same machine, to compare its costs with.`;
  const byTime = found.toSorted((a, b) => a.time - b.time);
  const byMemory = found.toSorted((a, b) => a.memory - b.memory);
  const span = (sorted: readonly RelativeCost[], of: 'time' | 'memory') => {
    const [low, high] = [sorted[0], sorted[sorted.length - 1]];
    const told = (cost: RelativeCost) =>
      html`<strong>${ratio(cost[of])}</strong> (<a href="#${cost.anchor}">${cost.label}</a>)`;
    return low === high ? told(low) : html`${told(low)} to ${told(high)}`;
  };
  const which =
    found.length === sparse.length ? 'a sparse one' : `each of ${found.length} of ${sparse.length} sparse ones`;
  return html`Beside the dense run of its model ${which} takes ${span(byTime, 'time')} of the time a token, topology
    updates included, and has ${span(byMemory, 'memory')} of the peak memory of the process.`;
}
