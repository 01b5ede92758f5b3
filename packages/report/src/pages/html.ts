/** Markup that is safe to put into a page as it is. Only `html` and `raw` make it. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What may stand in a `${}` of `html`: markup as it is, lists joined, null and false as nothing, all else escaped. */
export type HtmlPart = Html | string | number | null | undefined | false | readonly HtmlPart[];

/**
 * Template tag for HTML. Every interpolated text is escaped, in elements and in quoted attributes alike.
 *
 * @example
 * html`<a href="${href}">${label}</a>`
 */
export function html(strings: TemplateStringsArray, ...parts: HtmlPart[]): Html {
  let markup = strings[0];
  parts.forEach((part, index) => {
    markup += render(part) + strings[index + 1];
  });
  return new Html(markup);
}

/** Markup from a trusted source, not escaped: our own scripts and styles. */
export function raw(markup: string): Html {
  return new Html(markup);
}

/** JSON for a `<script type="application/json">`: no character sequence in it can end the element. `replacer` is JSON's. */
export function scriptJson(value: unknown, replacer?: (key: string, value: unknown) => unknown): Html {
  return new Html(
    JSON.stringify(value, replacer)
      .replace(/</g, '\\u003c')
      .replace(/\u2028/g, '\\u2028')
      .replace(/\u2029/g, '\\u2029'),
  );
}

/** Text with the five characters that mean something in HTML replaced. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character]);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function render(part: HtmlPart): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}
