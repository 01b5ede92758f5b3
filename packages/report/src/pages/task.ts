import type { Part } from '../parts.ts';
import { blockContents, blocksContent } from './blocks.ts';
import { html } from './html.ts';
import type { Page } from './page.ts';
import type { Place } from './tables.ts';

/** All runs of a task in tables and figures. */
export function taskPage({ task, title, blocks }: Part, place: Place): Page {
  const { sections, figures, downloads } = blocksContent(blocks, place);
  return {
    name: task,
    kind: 'task',
    title,
    entry: title,
    content: html`${blockContents(blocks)}${sections}`,
    figures,
    downloads,
  };
}
