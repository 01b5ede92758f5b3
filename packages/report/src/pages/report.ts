import type { Loaded } from '../load/index.ts';
import type { Task } from '../load/run.ts';
import type { Part } from '../parts.ts';
import type { Summarise } from '../tables/statistics.ts';
import { differencesPage } from './differences.ts';
import { exhibitPage, type ShownExhibit } from './exhibit.ts';
import { type Html, html } from './html.ts';
import { indexPage } from './indexPage.ts';
import type { Page } from './page.ts';
import { comparePage } from './runs/compare.ts';
import { isMany, runPages } from './runs/pages.ts';
import type { Surround } from './shell.ts';
import type { Place } from './tables.ts';
import { taskPage } from './task.ts';

/** What a report shows. */
export interface ReportContent {
  loaded: Loaded;
  summarise: Summarise;
  parts: readonly Part[];
  exhibits: readonly ShownExhibit[];
}

/** The pages of the report, the overview first. */
export function reportPages({ loaded, summarise, parts, exhibits }: ReportContent, place: Place): Page[] {
  return [
    indexPage(loaded, parts, summarise, place),
    ...exhibits.map(shown => exhibitPage(shown, loaded, summarise, place)),
    ...parts.map(part => taskPage(part, place)),
    ...runPages(loaded, place),
    ...(loaded.runs.length > 1 ? [comparePage(loaded)] : []),
    differencesPage(loaded),
  ];
}

/** What stands around the pages. */
export function surroundOf({ loaded, parts }: ReportContent): Surround {
  const presets = [...new Set(loaded.studies.map(study => study.preset))];
  return {
    subject: `sparse-rnn report: ${presets.join(', ') || 'no readable runs'}`,
    footer: footer(parts),
    many: isMany(loaded.runs.length),
  };
}

function footer(parts: readonly Part[]): Html {
  return html`<footer><p>Built from raw run logs by sparse-rnn; nothing was trained or measured for this page.
${parts.map(({ task }) => TERMS[task])} Parameters are nonzeros and biases; FLOPs are 2 per nonzero and token in matrix products, forward, plus the
products of the backward pass in training.</p></footer>`;
}

/** What the measures of a task are. */
const TERMS: Record<Task, string> = {
  'language-model': 'Perplexity is exp(mean loss per token).',
  classification:
    ' Accuracy is the share of texts that were given their class; macro-F1 is the mean of F1 over the classes.',
};
