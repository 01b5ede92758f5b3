import { CURVES } from '../../figures/curves.ts';
import { runLines } from '../../figures/runCurves.ts';
import type { Loaded } from '../../load/index.ts';
import { isAdaptive, runLabel, type Study, studyTitle, TASKS } from '../../load/study.ts';
import { type RunRow, runRows } from '../../tables/identity.ts';
import { MEASURES } from '../../tables/measures.ts';
import { type Html, html } from '../html.ts';
import type { Page } from '../page.ts';
import type { CompareData, ComparedRun } from './compareData.ts';
import { environment, type Facts, runResults, specification } from './facts.ts';

/** What is compared, in this order. */
const GROUPS = ['Results', 'Specification', 'Environment and data'];

/** Two runs side by side, chosen on the page or in its address. */
export function comparePage({ studies }: Loaded): Page {
  const rows = runRows(studies);
  const [first, second] = opening(rows);
  return {
    name: 'compare',
    kind: 'compare',
    title: 'Compare two runs',
    entry: 'Compare two runs',
    content: html`<div id="compare" data-a="${first.run.anchor}" data-b="${second.run.anchor}">
<form class="compare-choice">
${chooser('a', 'First run', studies, first)}
${chooser('b', 'Second run', studies, second)}
<label class="check"><input type="checkbox" id="compare-only" checked> Only what differs</label>
</form>
<noscript><p class="note">The comparison needs scripts; every run has a section of its own under <a href="#page-runs">all runs</a>.</p></noscript>
<p id="compare-told" class="lead" aria-live="polite"></p>
<figure aria-labelledby="compare-caption">
<div class="chart" id="compare-chart"></div>
<figcaption id="compare-caption">Learning curves of both runs. Solid: validation. Dashed: training. A click on a line leads to its run.</figcaption>
</figure>
${GROUPS.map(
  (title, index) => html`<section class="block" data-group="${index}"><h2>${title}</h2><p class="note"></p>
<div class="scroll" tabindex="0" role="region" aria-label="${title} of both runs"></div></section>\n`,
)}</div>\n`,
    figures: [],
    data: [{ id: 'compare-data', value: compareData(rows) }],
    downloads: [],
  };
}

function chooser(side: 'a' | 'b', name: string, studies: readonly Study[], chosen: RunRow): Html {
  return html`<p><label for="compare-${side}">${name}</label>
<select id="compare-${side}" autocomplete="off">${studies.map(
    study =>
      html`<optgroup label="${studyTitle(study)}">${runRows([study]).map(
        ({ run, setting }) =>
          html`<option value="${run.anchor}"${run === chosen.run && html` selected`}>${runLabel(setting, run)} (${run.id.slice(-8)})</option>`,
      )}</optgroup>\n`,
  )}</select> <a id="compare-${side}-link" href="#${chosen.run.anchor}">about this run</a></p>\n`;
}

/** The page opens with a dense run and an adaptive sparse one of its study, of the same seed if there is one. */
function opening(rows: readonly RunRow[]): [RunRow, RunRow] {
  const dense = rows.find(({ run, study }) => run.method === 'dense' && study.settings.some(isAdaptive));
  if (dense === undefined) return [rows[0], rows[1]];
  const others = rows.filter(({ study, setting }) => study === dense.study && isAdaptive(setting));
  const finished = others.filter(({ run }) => run.status === 'finished');
  const sameSeed = finished.find(({ run }) => run.seed === dense.run.seed);
  return [dense, sameSeed ?? finished[0] ?? others[0]];
}

function compareData(rows: readonly RunRow[]): CompareData {
  const texts = new Map<string, number>();
  const indexOf = (text: string) => {
    const index = texts.get(text) ?? texts.size;
    texts.set(text, index);
    return index;
  };
  const facts = rows.map(({ study, run }) => [runResults(study, run), specification(run), environment(run)]);
  const groups = GROUPS.map((title, index) => ({
    title,
    names: [...new Set(facts.flatMap(groups => groups[index].map(([name]) => name)))],
  }));
  const values = (own: Facts[]) =>
    groups.flatMap(({ names }, index) => {
      const byName = new Map(own[index]);
      return names.map(name => {
        const text = byName.get(name);
        return text === undefined ? -1 : indexOf(text);
      });
    });
  const runs = rows.map(
    ({ setting, study, run }, index): ComparedRun => ({
      id: run.anchor,
      anchor: run.anchor,
      label: runLabel(setting, run, study),
      task: run.task,
      test: MEASURES[run.task][0].test(run),
      values: values(facts[index]),
      lines: runLines(run),
    }),
  );
  return { texts: [...texts.keys()], groups, runs, ...perTask() };
}

function perTask(): Pick<CompareData, 'panels' | 'measures'> {
  return {
    panels: Object.fromEntries(TASKS.map(task => [task, CURVES[task].map(({ panel }) => panel)])),
    measures: Object.fromEntries(
      TASKS.map(task => {
        const [{ name, higherIsBetter, differenceUnit }] = MEASURES[task];
        return [task, { name, higherIsBetter, percent: differenceUnit === 'pp' }];
      }),
    ),
  };
}
