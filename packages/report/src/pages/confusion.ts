import type { ConfusionMatrix, Confusions } from '../tables/confusion.ts';
import { rowShare } from '../tables/confusion.ts';
import { fixed, percent } from '../tables/format.ts';
import { type Html, html } from './html.ts';

/** The confusion matrices of a study, one small shaded table per setting. */
export function confusionSection(confusions: Confusions, files: Html): Html {
  const { id, title, caption, classes, matrices } = confusions;
  return html`<section id="${id}" class="block">
<h2>${title}</h2>
<p class="note">${caption}</p>
<div class="confusions">${matrices.map(matrix => matrixTable(matrix, classes))}</div>
${files}</section>\n`;
}

function matrixTable({ label, anchor, runs, counts }: ConfusionMatrix, classes: readonly string[]): Html {
  const seeds = runs === 1 ? 'single run' : `${runs} seeds`;
  return html`<div class="scroll"><table>
<caption><a href="#${anchor}">${label}</a> (${seeds})</caption>
<thead><tr><th scope="col" class="given">True \\ given</th>${classes.map(name => html`<th scope="col" class="number given">${name}</th>`)}</tr></thead>
<tbody>${counts.map(
    (row, truth) =>
      html`<tr class="row"><th scope="row">${classes[truth]}</th>${row.map((texts, given) => {
        const share = rowShare(row, given);
        // Shades in steps of a hundredth; the style sheet mixes them into the page's colours.
        const shade = html` style="--share: ${Math.round((share ?? 0) * 100)}%"`;
        const kind = truth === given ? 'hit' : 'miss';
        return html`<td class="number cell ${kind}"${shade}>${percent(share)}<small>${fixed(texts, 0)}</small></td>`;
      })}</tr>\n`,
  )}</tbody></table></div>\n`;
}
