import { anchorOf, isSparse, type Setting, type Study, studyTitle } from '../load/study.ts';
import { pairedDifference } from '../tables/differences.ts';
import { percent, scaled } from '../tables/format.ts';
import { meanShareOfDense } from '../tables/identity.ts';
import { isBetter, MEASURES, type Measure } from '../tables/measures.ts';
import { excludesZero, type Summarise, type Summary } from '../tables/statistics.ts';
import { sameModel } from '../tables/twins.ts';
import { type Html, html } from './html.ts';

/** A setting with the results of its finished runs. */
export interface Result {
  setting: Setting;
  measure: Measure;
  validation: Summary;
  test: Summary;
}

/** What was run and how it came out, in plain words made from the data, a paragraph per study; whichever side wins. */
export function overview(studies: readonly Study[], summarise: Summarise): Html {
  return html`${studies.map(study => html`<p class="told">${whatRan(study)} ${verdict(study, summarise)}</p>`)}`;
}

/** Settings, seeds and runs of a study, and how much data it has. */
export function whatRan(study: Study): string {
  const runs = study.settings.flatMap(setting => setting.runs);
  const methods = [...new Set(study.settings.map(setting => setting.label))];
  const seeds = new Set(runs.map(run => run.seed)).size;
  const counted = (['finished', 'unfinished', 'failed'] as const)
    .map(status => ({ status, count: runs.filter(run => run.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${status}`);
  const names = methods.length <= 6 ? ` (${methods.join(', ')})` : '';
  return (
    `${studyTitle(study)}: ${plural(study.settings.length, 'setting')}${names} with ${plural(seeds, 'seed')}, ` +
    `${plural(runs.length, 'run')} in all, ${counted.join(', ')}; ${amount(study)}, ` +
    `vocabulary ${study.dataset.vocabulary.toLocaleString('en-GB')}.`
  );
}

/** How much there is to learn from. */
function amount({ dataset: { tokens, texts } }: Study): string {
  const counted = `${scaled(tokens.train)} training tokens`;
  if (texts === undefined) return counted;
  const all = texts.train.reduce((sum, count) => sum + count, 0);
  return `${all.toLocaleString('en-GB')} training texts in ${texts.train.length} classes, ${counted}`;
}

/**
 * The setting with the best validation result among those of a study that are asked for. Chosen by validation, told by
 * test: the test part picks nothing.
 */
export function bestSetting(
  study: Study,
  summarise: Summarise,
  asked: (setting: Setting) => boolean,
): Result | undefined {
  return best(study.settings.filter(asked).flatMap(setting => resultOf(setting, MEASURES[study.task][0], summarise)));
}

/** Whether a setting is the full dense model. */
export function isDense(setting: Setting): boolean {
  return setting.method === 'dense';
}

function verdict(study: Study, summarise: Summarise): Html {
  const sparse = bestSetting(study, summarise, isSparse);
  const dense = bestSetting(study, summarise, isDense);
  if (sparse === undefined && dense === undefined)
    return html`No run has finished yet, so there is no result to compare.`;
  if (sparse === undefined) return html`No sparse run has finished yet; ${described(dense!)}.`;
  if (dense === undefined)
    return html`The best sparse setting is ${described(sparse)}. No dense run has finished to compare it with.`;
  const difference = sparse.test.mean - dense.test.mean;
  const share = meanShareOfDense(study, sparse.setting, summarise);
  // The shares are of the setting's own model, which need not be the dense one named here.
  const own = sameModel(sparse.setting.runs[0], dense.setting.runs[0]) ? '' : ' of its own dense form';
  const cost = html`with ${percent(share.parameters)} of the parameters and
    ${percent(share.training)} of the training FLOPs per token${own}`;
  const gap = gapText(sparse.measure, difference, dense.test.mean);
  const winner =
    difference === 0
      ? html`Both are equal; the sparse one works ${cost}`
      : isBetter(sparse.measure, difference, 0)
        ? html`The sparse model is better by ${gap}, ${cost}`
        : html`The dense model is better by ${gap}; the sparse one works ${cost}`;
  return html`Best sparse setting by validation: ${described(sparse)}. Dense: ${described(dense)}. ${winner}. ${caution(sparse, dense, summarise)}`;
}

function unitOf({ differenceUnit }: Measure): string {
  return differenceUnit && `\u00a0${differenceUnit}`;
}

/** A difference; relative too where the measure is no percentage itself. */
function gapText(measure: Measure, difference: number, reference: number): string {
  const size = Math.abs(difference);
  const relative = measure.higherIsBetter ? '' : ` (${percent(size / reference)})`;
  return `${measure.formatDifference(size)}${unitOf(measure)}${relative}`;
}

/** A setting and its test result, each with a link. */
export function described({ setting, measure, test }: Result): Html {
  const spread = test.deviation === null ? '' : ` ± ${measure.formatDifference(test.deviation)}`;
  const runs = test.n === 1 ? 'single run' : `mean of ${test.n} seeds`;
  const anchor = anchorOf(setting);
  return html`<a href="#${anchor}">${setting.label}</a>, test ${measure.name}
    <a href="#${anchor}"><strong>${measure.format(test.mean)}${spread}</strong></a> (${runs})`;
}

/** What the number of seeds allows to say about the difference. */
function caution(sparse: Result, dense: Result, summarise: Summarise): string {
  const { measure } = sparse;
  if (sparse.test.deviation === null || dense.test.deviation === null)
    return 'With a single run on at least one side, chance may explain part of the difference.';
  const paired = pairedDifference(measure, sparse.setting, dense.setting, summarise);
  if (paired !== null && paired.interval !== null) {
    const interval = `${measure.formatDifference(Math.abs(paired.mean))} ± ${measure.formatDifference(paired.interval)}${unitOf(measure)}`;
    const seeds = `Over the ${paired.n} seeds that both have, the paired difference is ${interval} (95% interval)`;
    return excludesZero(paired) ? `${seeds}: the interval excludes zero.` : `${seeds}: neither is shown to be better.`;
  }
  const difference = Math.abs(sparse.test.mean - dense.test.mean);
  const spread = Math.hypot(sparse.test.deviation, dense.test.deviation);
  const told = measure.formatDifference(spread) + unitOf(measure);
  return difference < spread
    ? `The difference is smaller than the spread over seeds (${told}), so neither is shown to be better.`
    : `The spread of such a difference over seeds is ${told}.`;
}

function resultOf(setting: Setting, measure: Measure, summarise: Summarise): Result[] {
  const finished = setting.runs.filter(run => run.status === 'finished');
  const validation = summarise(finished.map(measure.validation));
  const test = summarise(finished.map(measure.test));
  return validation === null || test === null ? [] : [{ setting, measure, validation, test }];
}

function best(results: readonly Result[]): Result | undefined {
  return results.reduce<Result | undefined>(
    (soFar, result) =>
      soFar === undefined || isBetter(result.measure, result.validation.mean, soFar.validation.mean) ? result : soFar,
    undefined,
  );
}

/** `3 runs`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}
