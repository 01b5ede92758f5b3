import type { Loaded } from '../load/index.ts';
import type { Run } from '../load/run.ts';
import { type Html, html } from './html.ts';
import { shownPath } from './links.ts';
import { plural } from './overview.ts';
import { damagedText } from './runs/section.ts';
import type { Place } from './tables.ts';

/**
 * Logs and plans that could not be read, wholly or in part: shown first, so that nobody takes the rest for everything.
 * Nothing where all is well.
 */
export function troubleSection(loaded: Loaded, place: Place): Html | false {
  const { runs, unreadable, unreadablePlans } = loaded;
  const damaged = runs.filter(run => run.damaged.length > 0);
  if (unreadable.length + unreadablePlans.length + damaged.length === 0) return false;
  return html`<section id="trouble" class="block notice"><h2>Logs with damage</h2><ul>
${unreadablePlans.map(
  ({ directory, reason }) =>
    html`<li>The plan in <code>${shownPath(place.pageFolder, directory)}</code> is left out: ${withoutPath(reason, directory)}.</li>`,
)}
${unreadable.map(
  ({ directory, reason }) =>
    html`<li><code>${shownPath(place.pageFolder, directory)}</code> is left out: ${withoutPath(reason, directory)}.</li>`,
)}
${damaged.map(run => html`<li><a href="#${run.anchor}">${shownPath(place.pageFolder, run.directory)}</a>: ${damagedText(run)}</li>`)}
</ul></section>\n`;
}

/** The runs that are not summarised, as another one has their setting and seed. Nothing where there are none. */
export function copiesSection({ copies }: Loaded, place: Place): Html | false {
  if (copies.length === 0) return false;
  const link = ({ anchor, directory }: Run) => html`<a href="#${anchor}">${shownPath(place.pageFolder, directory)}</a>`;
  return html`<section id="copies" class="block notice"><h2>Copies of runs</h2>
<p>${plural(copies.length, 'run')} with the setting and seed of another: left out wherever all runs are summarised, as ${copies.length === 1 ? 'it is no further seed' : 'they are no further seeds'}.
Of such runs a finished one counts, else the one with most epochs, else the first that was found.</p>
<details><summary>Which</summary><ul class="plain">${copies.map(({ run, of }) => html`<li>${link(run)}: ${link(of)} counts</li>\n`)}</ul></details></section>\n`;
}

/** System errors name absolute paths, which a page that is passed on must not. */
function withoutPath(reason: string, directory: string): string {
  return reason.replaceAll(directory, '…');
}
