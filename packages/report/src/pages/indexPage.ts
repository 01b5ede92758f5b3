import type { Loaded } from '../load/index.ts';
import { type Exhibit, stateOf, stateText } from '../load/plans.ts';
import type { Part } from '../parts.ts';
import type { Summarise } from '../tables/statistics.ts';
import { CLAIM, claimParagraph } from './claim.ts';
import { exhibitTitle } from './exhibit.ts';
import { type Html, html } from './html.ts';
import { overview } from './overview.ts';
import type { Page } from './page.ts';
import type { Place } from './tables.ts';
import { copiesSection, troubleSection } from './trouble.ts';

/** The first page: the study's claim, what the runs say about it, and the way to everything else. */
export function indexPage(loaded: Loaded, parts: readonly Part[], summarise: Summarise, place: Place): Page {
  const exhibits = loaded.plans.flatMap(plan => plan.exhibits);
  return {
    name: 'index',
    kind: 'overview',
    title: 'Sparse recurrent networks, trained from scratch',
    entry: 'Overview',
    content: html`<p class="claim">The claim of the study (Liu, Ni’mah, Menkovski, Mocanu and Pechenizkiy, Neural Computing and
Applications 33, 2021), in short: <strong>${CLAIM}</strong></p>
${claimParagraph(loaded, summarise)}
${troubleSection(loaded, place)}
${copiesSection(loaded, place)}
${exhibits.length > 0 && exhibitList(exhibits)}
${loaded.studies.length > 0 && html`<section class="block" id="studies"><h2>What was run</h2>${overview(loaded.summarised, summarise)}</section>\n`}
${elsewhere(loaded, parts)}`,
    figures: [],
    downloads: [],
  };
}

function exhibitList(exhibits: readonly Exhibit[]): Html {
  return html`<section class="block" id="exhibits"><h2>Tables and figures</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Tables and figures">
<table class="wide prose"><caption class="unseen">Tables and figures of the plan, and how far their runs are</caption>
<thead><tr><th scope="col">Title</th><th scope="col">Question</th><th scope="col">Scale</th><th scope="col">State</th></tr></thead>
<tbody>${exhibits.map(exhibitRow)}</tbody></table></div></section>\n`;
}

function exhibitRow(exhibit: Exhibit): Html {
  const state = stateOf(exhibit);
  const kind =
    state.missing === state.planned
      ? 'failed'
      : state.finished === state.planned && state.lacks === undefined
        ? 'finished'
        : 'unfinished';
  return html`<tr><th scope="row"><a href="#page-${exhibit.id}">${exhibitTitle(exhibit)}</a></th>
<td>${exhibit.planned.question}</td><td>${exhibit.scale}</td><td><span class="status ${kind}">${stateText(state)}</span></td></tr>\n`;
}

/** What the other pages hold. */
function elsewhere(loaded: Loaded, parts: readonly Part[]): Html {
  const shown = loaded.runs.length > 0 ? parts : [];
  return html`<section class="block" id="pages"><h2>What is where</h2><dl class="guide">
${shown.map(
  ({ task, title, blocks }) =>
    html`<div><dt><a href="#page-${task}">${title}</a></dt>
<dd>All runs of the task: ${blocks.map(({ content }, index) => html`${index > 0 && ', '}<a href="#${content.id}">${content.title}</a>`)}.</dd></div>`,
)}
<div><dt><a href="#page-runs">All runs</a></dt><dd>Every setting and run, with specification, log, environment and curves.</dd></div>
${
  loaded.runs.length > 1 &&
  html`<div><dt><a href="#page-compare">Compare two runs</a></dt><dd>Any two runs side by side: what differs in their
specifications, results and environments, and both learning curves.</dd></div>`
}
<div><dt><a href="#page-differences">Differences and unknowns</a></dt><dd>Where this differs from the paper, what is not known about it,
and published numbers with their sources.</dd></div>
</dl></section>\n`;
}
