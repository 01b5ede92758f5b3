import type { Loaded } from '../load/index.ts';
import type { Exhibit } from '../load/plans.ts';
import { anchorOf, isAdaptive, onlyRuns, type Study, studyTitle } from '../load/study.ts';
import { pairedDifference } from '../tables/differences.ts';
import { isBetter } from '../tables/measures.ts';
import { excludesZero, type Summarise, type Summary } from '../tables/statistics.ts';
import { type Html, html } from './html.ts';
import { bestSetting, isDense, plural, type Result } from './overview.ts';

/** Means that differ by less are equal: their last bits depend on the order of the sum. */
const ROUNDING = 1e-9;

/** What the study says, in a sentence of our own; its abstract is the source. */
export const CLAIM = 'Sparse training with adaptive connectivity usually beats the dense model.';

/** More comparisons than these are counted, not told one by one. */
const MOST_TOLD = 12;

/** The best adaptive sparse setting of a study beside its dense one, both chosen by validation. */
interface Comparison {
  study: Study;
  sparse: Result;
  dense: Result;
  /** Over the seeds that both have; null where there are none. */
  paired: Summary | null;
  /** Who has the better mean test result. */
  better: 'sparse' | 'dense' | 'neither';
  /** Whether the 95% interval of the paired difference excludes zero. */
  clear: boolean;
}

/** What the runs say about the study's claim: one paragraph made from the data. */
export function claimParagraph(loaded: Loaded, summarise: Summarise): Html {
  const comparisons = comparisonsOf(loaded, summarise);
  if (comparisons.length === 0) {
    return html`<p class="lead">These runs say nothing about it yet: no study has both a finished sparse run with adaptive
connectivity and a finished dense one.</p>`;
  }
  const told = comparisons.length <= MOST_TOLD && html` ${joined(comparisons.map(one))}.`;
  // A figure may hold a better setting than the tables: it is not what is compared here.
  const where =
    resultTables(loaded).length > 0 && ' (of a model and text the table of results with the most seeds counts)';
  return html`<p class="lead">These runs allow ${plural(comparisons.length, 'comparison')} of the best sparse setting with
adaptive connectivity, chosen by validation, with the dense model${where}.${told} ${counts(comparisons)} ${conclusion(comparisons)}${scale(loaded)}</p>`;
}

/**
 * One comparison for each study. Where there is a plan, of the groups of its tables of results: what figures and tables of
 * cost train besides is not what the claim is about. Of several groups of one study, the one with the most seeds counts.
 */
function comparisonsOf(loaded: Loaded, summarise: Summarise): Comparison[] {
  const groups = resultTables(loaded).flatMap(({ planned, runs }) =>
    planned.groups.map(({ rows }) => new Set(runs.flatMap(({ row, run }) => (rows.includes(row) && run) || []))),
  );
  const studies = groups.length === 0 ? loaded.summarised : groups.flatMap(group => onlyRuns(loaded.studies, group));
  const byStudy = new Map<string, Comparison>();
  for (const comparison of studies.flatMap(study => compare(study, summarise) ?? [])) {
    const { anchor } = comparison.study;
    if (seedsOf(comparison) > (byStudy.has(anchor) ? seedsOf(byStudy.get(anchor)!) : -1))
      byStudy.set(anchor, comparison);
  }
  return [...byStudy.values()];
}

/** The tables of results of all plans. */
function resultTables({ plans }: Loaded): Exhibit[] {
  const exhibits = plans.flatMap(plan => plan.exhibits);
  return exhibits.filter(({ planned }) => planned.kind === 'table' && planned.view.kind === 'quality');
}

/** Seeds that both sides of a comparison have. */
function seedsOf({ paired }: Comparison): number {
  return paired?.n ?? 0;
}

function compare(study: Study, summarise: Summarise): Comparison | undefined {
  const sparse = bestSetting(study, summarise, isAdaptive);
  const dense = bestSetting(study, summarise, isDense);
  if (sparse === undefined || dense === undefined) return undefined;
  const { measure } = sparse;
  const paired = pairedDifference(measure, sparse.setting, dense.setting, summarise);
  const difference = paired?.mean ?? sparse.test.mean - dense.test.mean;
  return {
    study,
    sparse,
    dense,
    paired,
    better: Math.abs(difference) < ROUNDING ? 'neither' : isBetter(measure, difference, 0) ? 'sparse' : 'dense',
    clear: paired !== null && excludesZero(paired),
  };
}

function one({ study, sparse, dense, paired }: Comparison): Html {
  const { measure } = sparse;
  const value = ({ setting, test }: Result) =>
    html`<a href="#${anchorOf(setting)}"><strong>${measure.format(test.mean)}</strong></a>`;
  const seeds = paired === null ? 'no seed in common' : paired.n === 1 ? 'one seed' : `${paired.n} seeds`;
  return html`${studyTitle(study)}: test ${measure.name} ${value(sparse)} with ${sparse.setting.label} against
${value(dense)} dense, ${seeds}`;
}

function counts(comparisons: readonly Comparison[]): string {
  const count = (side: Comparison['better']) => {
    const won = comparisons.filter(({ better }) => better === side);
    const clear = won.filter(comparison => comparison.clear).length;
    return {
      won: won.length,
      text: clear === 0 ? '' : clear === won.length ? ', beyond chance' : `, ${clear} of them beyond chance`,
    };
  };
  const sparse = count('sparse');
  const dense = count('dense');
  const even = comparisons.length - sparse.won - dense.won;
  if (comparisons.length === 1) {
    const side = sparse.won > 0 ? sparse : dense;
    if (even > 0) return 'Both have the same test result.';
    const how =
      side.text === ''
        ? ', but chance may explain that'
        : `${side.text}: the 95% interval of the paired difference excludes zero`;
    return `The ${sparse.won > 0 ? 'sparse' : 'dense'} model is better${how}.`;
  }
  return (
    `The sparse model is better in ${sparse.won}${sparse.text}; the dense one in ${dense.won}${dense.text}` +
    `${even > 0 ? `; ${even} ${even === 1 ? 'is' : 'are'} even` : ''}. “Beyond chance” means that the 95% interval of the paired difference over seeds excludes zero.`
  );
}

/** Only clear results count; a claim about what is usual needs more than half of the comparisons that can be clear. */
function conclusion(all: readonly Comparison[]): string {
  const comparisons = all.filter(comparison => seedsOf(comparison) > 1);
  const clear = (side: Comparison['better']) =>
    comparisons.filter(comparison => comparison.clear && comparison.better === side).length;
  const half = comparisons.length / 2;
  const once = comparisons.length === 1 ? ', in this one comparison' : '';
  const single = all.length - comparisons.length;
  const note =
    single === 0 || comparisons.length === 0
      ? ''
      : ` ${plural(single, 'comparison')} of one seed ${single === 1 ? 'decides' : 'decide'} nothing.`;
  if (clear('sparse') > half) return `That agrees with the claim${once}.${note}`;
  if (clear('dense') > half) return `That does not agree with the claim${once}.${note}`;
  return `That leaves the claim open.${note}`;
}

/** What was trained smaller than published: of the tables of results or, where there are none, of everything planned. */
function scale(loaded: Loaded): string {
  const tables = resultTables(loaded);
  const exhibits = tables.length > 0 ? tables : loaded.plans.flatMap(plan => plan.exhibits);
  const scales = [...new Set(exhibits.map(each => each.scale))].filter(name => name !== 'paper' && name !== 'study');
  return scales.length === 0
    ? ''
    : ` The plan’s scale is ${scales.map(name => `“${name}”`).join(' and ')}: smaller or shorter than the recipes of the papers, and the result holds for that scale.`;
}

function joined(parts: readonly Html[]): Html {
  return html`${parts.map((part, index) => html`${index > 0 && '; '}${part}`)}`;
}
