import type { Figure } from '../figures/types.ts';
import { type Block, blockDownloads } from '../parts.ts';
import { confusionSection } from './confusion.ts';
import { figureSection } from './figures.ts';
import { type Html, html } from './html.ts';
import type { Page } from './page.ts';
import { downloadLinks, type Place, tableSection } from './tables.ts';

/** A table or figure with its title, caption and files. */
function blockSection(block: Block, place: Place): Html {
  const images = place.images.get(block.content.id) ?? [];
  const files = downloadLinks(
    blockDownloads(block).map(({ name }) => name),
    images,
    place,
  );
  if (block.kind === 'table') return tableSection(block.content, files, place);
  return block.kind === 'figure' ? figureSection(block.content, files) : confusionSection(block.content, files);
}

/** Blocks as the content of a page, and what they need. */
export function blocksContent(
  blocks: readonly Block[],
  place: Place,
): Pick<Page, 'figures' | 'downloads'> & { sections: Html } {
  return {
    sections: html`${blocks.map(block => blockSection(block, place))}`,
    figures: figuresOf(blocks),
    downloads: blocks.flatMap(blockDownloads),
  };
}

/** The figures among some blocks. */
export function figuresOf(blocks: readonly Block[]): Figure[] {
  return blocks.flatMap(block => (block.kind === 'figure' ? [block.content] : []));
}

/** Links to the blocks of a long page. */
export function blockContents(blocks: readonly Block[]): Html | false {
  if (blocks.length < 3) return false;
  const link = ({ content: { id, title } }: Block) => html`<li><a href="#${id}">${title}</a></li>`;
  return html`<nav class="contents" aria-label="On this page"><ul>${blocks.map(link)}</ul></nav>\n`;
}
