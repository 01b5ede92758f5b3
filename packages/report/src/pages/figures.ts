import type { Figure } from '../figures/types.ts';
import { type Html, html } from './html.ts';

/** The frame of a figure; the page's script draws into it when it comes into view. */
export function figureSection(figure: Figure, files: Html): Html {
  const several = figure.variants.length > 1;
  const first = figure.variants[figure.initial];
  return html`<section id="${figure.id}" class="block">
<h2>${figure.title}</h2>
<figure aria-labelledby="${figure.id}-caption">
${
  several &&
  html`<p class="choice"><label for="${figure.id}-choice">${figure.choice ?? 'Run'}</label>
<select id="${figure.id}-choice" data-choice="${figure.id}">${figure.variants.map(
    (variant, index) =>
      html`<option value="${index}"${index === figure.initial && html` selected`}>${variant.label}</option>`,
  )}</select> ${first.anchor && html`<a data-run-link="${figure.id}" href="#${first.anchor}">about this run</a>`}</p>`
}
${!several && first.anchor && html`<p class="choice"><a href="#${first.anchor}">${first.label}</a></p>`}
<div class="${figure.kind}" data-figure="${figure.id}"><noscript>The drawing needs scripts; the numbers are in the CSV below.</noscript></div>
<figcaption id="${figure.id}-caption">${figure.caption}</figcaption>
</figure>
${files}</section>\n`;
}
