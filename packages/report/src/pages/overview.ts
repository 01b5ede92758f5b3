import type { Loaded } from '../load/index.ts';
import { type Setting, type Study, studyTitle } from '../load/study.ts';
import { percent, perplexity, scaled } from '../tables/format.ts';
import type { Summarise, Summary } from '../tables/statistics.ts';
import { type Html, html } from './html.ts';

/** A setting with the results of its finished runs. */
interface Result {
  setting: Setting;
  validation: Summary;
  test: Summary;
}

/** What was run and how it came out, in plain words made from the data; whichever side wins. */
export function overview(loaded: Loaded, summarise: Summarise): Html {
  return html`${loaded.studies.map(study => html`<p class="lead">${whatRan(study)} ${verdict(study, summarise)}</p>`)}`;
}

function whatRan(study: Study): string {
  const runs = study.settings.flatMap(setting => setting.runs);
  const methods = [...new Set(study.settings.map(setting => setting.label))];
  const seeds = new Set(runs.map(run => run.seed)).size;
  const counted = (['finished', 'unfinished', 'failed'] as const)
    .map(status => ({ status, count: runs.filter(run => run.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${status}`);
  const tokens = scaled(study.dataset.tokens.train);
  const names = methods.length <= 6 ? ` (${methods.join(', ')})` : '';
  return (
    `${studyTitle(study)}: ${plural(study.settings.length, 'setting')}${names} with ${plural(seeds, 'seed')}, ` +
    `${plural(runs.length, 'run')} in all, ${counted.join(', ')}; ${tokens} training tokens, ` +
    `vocabulary ${study.dataset.vocabulary.toLocaleString('en-GB')}.`
  );
}

function verdict(study: Study, summarise: Summarise): Html {
  const results = study.settings.flatMap(setting => resultOf(setting, summarise));
  // Chosen by validation, told by test: the test part picks nothing.
  const sparse = best(results.filter(result => result.setting.density < 1));
  const dense = best(results.filter(result => result.setting.method === 'dense'));
  if (sparse === undefined && dense === undefined)
    return html`No run has finished yet, so there is no result to compare.`;
  if (sparse === undefined) return html`No sparse run has finished yet; ${described(dense!)}.`;
  if (dense === undefined)
    return html`The best sparse setting is ${described(sparse)}. No dense run has finished to compare it with.`;
  const difference = sparse.test.mean - dense.test.mean;
  const relative = Math.abs(difference) / dense.test.mean;
  const { parameters, flops } = sparse.setting.runs[0].start;
  const size = html`with ${percent(parameters.total / parameters.dense)} of the parameters and
    ${percent(flops.training / Math.max(1, flops.denseTraining))} of the training FLOPs`;
  const gap = `${perplexity(Math.abs(difference))} (${percent(relative)})`;
  const winner =
    difference < 0
      ? html`The sparse model is better by ${gap}, ${size}`
      : difference > 0
        ? html`The dense model is better by ${gap}; the sparse one works ${size}`
        : html`Both are equal; the sparse one works ${size}`;
  return html`Best sparse setting by validation: ${described(sparse)}. Dense: ${described(dense)}. ${winner}. ${caution(sparse, dense, Math.abs(difference))}`;
}

function described({ setting, test }: Result): Html {
  const spread = test.deviation === null ? '' : ` ± ${perplexity(test.deviation)}`;
  const runs = test.n === 1 ? 'single run' : `mean of ${test.n} seeds`;
  const anchor = setting.runs.length === 1 ? setting.runs[0].anchor : setting.anchor;
  return html`<a href="#${anchor}">${setting.label}</a>, test perplexity
    <a href="#${anchor}"><strong>${perplexity(test.mean)}${spread}</strong></a> (${runs})`;
}

/** What the number of seeds allows to say about the difference. */
function caution(sparse: Result, dense: Result, difference: number): string {
  const a = sparse.test.deviation;
  const b = dense.test.deviation;
  if (a === null || b === null)
    return 'With a single run on at least one side, chance may explain part of the difference.';
  const spread = Math.hypot(a, b);
  return difference < spread
    ? `The difference is smaller than the spread over seeds (${perplexity(spread)}), so neither is shown to be better.`
    : `The spread of such a difference over seeds is ${perplexity(spread)}.`;
}

function resultOf(setting: Setting, summarise: Summarise): Result[] {
  const finished = setting.runs.filter(run => run.status === 'finished');
  const validation = summarise(finished.map(run => run.validationPerplexity));
  const test = summarise(finished.map(run => run.testPerplexity));
  return validation === null || test === null ? [] : [{ setting, validation, test }];
}

function best(results: readonly Result[]): Result | undefined {
  return results.reduce<Result | undefined>(
    (soFar, result) => (soFar === undefined || result.validation.mean < soFar.validation.mean ? result : soFar),
    undefined,
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
