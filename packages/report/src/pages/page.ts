import type { FigureData } from '../figures/types.ts';
import type { Download } from '../parts.ts';
import type { Html } from './html.ts';

/**
 * A page of the report: a file of its own in a site, a section in a single file. Its markup links by `#id` alone, to
 * whatever page has the id; `#page-NAME` is a page itself. Titles inside begin at `<h2>`.
 */
export interface Page {
  /** The file's name without `.html`; `index` is the overview. */
  name: string;
  kind: 'overview' | 'exhibit' | 'task' | 'runs' | 'setting' | 'compare' | 'differences';
  title: string;
  /** Its entry in the navigation; a page without one is reached from others. */
  entry?: string;
  /** Name of the page that the navigation marks where the page itself has no entry. */
  within?: string;
  content: Html;
  /** What is drawn on the page, by the id of its place. */
  figures: ({ id: string } & FigureData)[];
  /** Further values for the page's script, by id. */
  data?: { id: string; value: unknown }[];
  /** The files that it links to. */
  downloads: Download[];
}
