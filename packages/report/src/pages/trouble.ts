import type { Loaded } from '../load/index.ts';
import { type Html, html } from './html.ts';
import { shownPath } from './links.ts';
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

/** System errors name absolute paths, which a page that is passed on must not. */
function withoutPath(reason: string, directory: string): string {
  return reason.replaceAll(directory, '…');
}
