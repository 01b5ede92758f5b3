import { runCurves } from '../../figures/runCurves.ts';
import type { Loaded } from '../../load/index.ts';
import { type Setting, type Study, studyTitle } from '../../load/study.ts';
import { type Html, html } from '../html.ts';
import { plural } from '../overview.ts';
import type { Page } from '../page.ts';
import type { Place } from '../tables.ts';
import { runSection, statusText } from './section.ts';

/** From here on, what is folded on a page of runs is kept as text, and runs are laid out when they are looked at. */
const MANY_RUNS = 60;

/** Whether a page with so many runs must put work off until it is asked for. */
export function isMany(runs: number): boolean {
  return runs > MANY_RUNS;
}

/** All settings by study, and a page for each setting with everything about its runs. */
export function runPages(loaded: Loaded, place: Place): Page[] {
  return [
    runsPage(loaded),
    ...loaded.studies.flatMap(study => study.settings.map(setting => settingPage(loaded, study, setting, place))),
  ];
}

function runsPage({ studies, runs }: Loaded): Page {
  return {
    name: 'runs',
    kind: 'runs',
    title: 'All runs',
    entry: 'All runs',
    content: html`<p class="note">${plural(runs.length, 'run')}. A setting is a recipe with everything but its seed; its
page has the specification, log, environment and curves of each run.</p>
${studies.map(study => studyRuns(study))}`,
    figures: [],
    downloads: [],
  };
}

function studyRuns(study: Study): Html {
  return html`<section class="block" id="study-${study.anchor}"><h2>${studyTitle(study)}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Runs of ${studyTitle(study)}">
<table class="wide"><caption class="unseen">Settings and runs of ${studyTitle(study)}</caption>
<thead><tr><th scope="col">Setting</th><th scope="col" class="number">Runs</th><th scope="col">By seed</th></tr></thead>
<tbody>${study.settings.map(
    setting => html`<tr><th scope="row"><a href="#${setting.anchor}">${setting.label}</a></th>
<td class="number">${setting.runs.length}</td><td class="seeds">${setting.runs.map(
      run => html`<a href="#${run.anchor}">${run.seed}</a>${run.status !== 'finished' && statusText(run)} `,
    )}</td></tr>\n`,
  )}</tbody></table></div></section>\n`;
}

function settingPage(loaded: Loaded, study: Study, setting: Setting, place: Place): Page {
  const form = {
    many: isMany(place.single ? loaded.runs.length : setting.runs.length),
    alone: loaded.runs.length === 1,
  };
  const curves = setting.runs.flatMap(run => runCurves(run) ?? []);
  const seeds = setting.runs.map(run => html`<li><a href="#${run.anchor}">seed ${run.seed}</a></li>`);
  return {
    name: setting.anchor,
    kind: 'setting',
    title: `${setting.label}, ${studyTitle(study)}`,
    within: 'runs',
    content: html`<div id="${setting.anchor}">
<p class="note"><a href="#study-${study.anchor}">${studyTitle(study)}</a>: ${plural(setting.runs.length, 'run')} of one setting.</p>
${seeds.length > 1 && html`<nav class="contents" aria-label="Seeds of ${setting.label}"><ul>${seeds}</ul></nav>`}
${setting.runs.map(run => runSection(study, setting, run, place, form))}</div>\n`,
    figures: curves,
    downloads: [],
  };
}
