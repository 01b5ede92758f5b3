import type { View } from '@sparse-rnn/experiments/runlog';
import { exhibitBlocks } from '../exhibits/index.ts';
import type { Loaded } from '../load/index.ts';
import { type Exhibit, type PlannedRun, stateOf, stateText } from '../load/plans.ts';
import { onlyRuns, type Study } from '../load/study.ts';
import { type Block, withUniqueIds } from '../parts.ts';
import type { Summarise } from '../tables/statistics.ts';
import { blocksContent } from './blocks.ts';
import { costOverview } from './costOverview.ts';
import { type Html, html } from './html.ts';
import { overview } from './overview.ts';
import type { Page } from './page.ts';
import { statusText } from './runs/section.ts';
import type { Place } from './tables.ts';

/** An exhibit with what it shows. */
export interface ShownExhibit {
  exhibit: Exhibit;
  blocks: Block[];
}

/** What all exhibits of the plans show; their blocks get ids that nothing in the report has yet. */
export function shownExhibits(loaded: Loaded, summarise: Summarise, taken: Set<string>): ShownExhibit[] {
  return loaded.plans.flatMap(({ exhibits }) =>
    exhibits.map(exhibit => {
      const blocks = exhibitBlocks(exhibit, loaded, summarise);
      return { exhibit, blocks: withUniqueIds(blocks, exhibit.id, taken) };
    }),
  );
}

/** `Table 1` for `table-1`; an id that is no such number stands for itself. */
export function exhibitName({ id }: Exhibit): string {
  const [, kind, number] = /^(table|figure)-(.+)$/.exec(id) ?? [];
  return kind === undefined ? id : `${kind === 'table' ? 'Table' : 'Figure'} ${number}`;
}

/** The exhibit's number and its title, unless the title says it already. */
export function exhibitTitle(exhibit: Exhibit): string {
  const { title } = exhibit.planned;
  const name = exhibitName(exhibit);
  return title.toLowerCase().startsWith(name.toLowerCase()) ? title : `${name}: ${title}`;
}

/** The page of a table or figure: question, setting, result, how to reproduce it, and the runs behind it. */
export function exhibitPage(shown: ShownExhibit, loaded: Loaded, summarise: Summarise, place: Place): Page {
  const { exhibit, blocks } = shown;
  const { planned } = exhibit;
  const { sections, figures, downloads } = blocksContent(blocks, place);
  const runs = new Set(exhibit.runs.flatMap(({ run }) => run ?? []));
  return {
    name: exhibit.id,
    kind: 'exhibit',
    title: exhibitTitle(exhibit),
    entry: exhibitName(exhibit),
    content: html`<dl class="about">
<div><dt>Question</dt><dd>${planned.question}</dd></div>
<div><dt>Setting</dt><dd>${planned.setting}</dd></div>
<div><dt>Scale</dt><dd>${exhibit.scale}</dd></div>
<div><dt>State</dt><dd>${stateText(stateOf(exhibit))}</dd></div>
</dl>
${result(onlyRuns(loaded.studies, runs), exhibit, summarise)}
${sections}
${reproduce(exhibit)}
${runsBehind(exhibit)}`,
    figures,
    downloads,
  };
}

/** Views that ask what runs cost, not which model is better. */
const COST_VIEWS: readonly View['kind'][] = ['cost', 'step-cost'];

function result(studies: readonly Study[], { id, planned }: Exhibit, summarise: Summarise): Html {
  const told =
    studies.length === 0
      ? html`<p class="told">None of its runs is there yet.</p>`
      : COST_VIEWS.includes(planned.view.kind)
        ? costOverview(studies)
        : overview(studies, summarise);
  return html`<section class="block" id="page-${id}-result"><h2>Result</h2>${told}</section>\n`;
}

function reproduce({ id, planned }: Exhibit): Html {
  return html`<section class="block" id="page-${id}-command"><h2>How to reproduce it</h2>
<pre tabindex="0"><code>${planned.command}</code></pre>
<p class="note">Runs that are finished are not trained again. Losses and perplexities come out the same on the same engine,
whatever the number of threads; times do not.</p></section>\n`;
}

function runsBehind({ id, planned, runs }: Exhibit): Html {
  const missing = [...new Set(runs.filter(({ run }) => run === undefined).map(({ name }) => name))];
  const rows = planned.groups.flatMap(group =>
    group.rows.map(row => ({ group: group.title, row, runs: runs.filter(run => run.row === row) })),
  );
  return html`<section class="block" id="page-${id}-runs"><h2>The runs behind it</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="page-${id}-runs-caption">
<table class="wide"><caption id="page-${id}-runs-caption" class="unseen">Planned runs by setting and seed</caption>
<thead><tr>${planned.groups.length > 1 && html`<th scope="col">Group</th>`}<th scope="col">Setting</th><th scope="col">By seed</th></tr></thead>
<tbody>${rows.map(
    ({ group, row, runs }) =>
      html`<tr>${planned.groups.length > 1 && html`<td>${group}</td>`}<th scope="row">${row.label}</th><td class="seeds">${runs.map(plannedRun)}</td></tr>\n`,
  )}</tbody></table></div>
${
  missing.length > 0 &&
  html`<details><summary>${missing.length} missing</summary><ul class="plain">${missing.map(name => html`<li><code>${name}</code></li>`)}</ul></details>`
}</section>\n`;
}

function plannedRun({ run, seed }: PlannedRun): Html {
  if (run === undefined) return html`<span>${seed} <span class="status failed">missing</span></span> `;
  return html`<a href="#${run.anchor}">${seed}</a>${run.status !== 'finished' && statusText(run)} `;
}
