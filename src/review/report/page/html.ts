import { plainText } from '../../../cli/plain-text.ts';

const MADE_HERE: unique symbol = Symbol('markup');

/** Text that is markup already; only `html` and `stylesheet` make it. */
export interface Markup {
  readonly [MADE_HERE]: string;
}

export type Content = Markup | string | number | readonly Content[];

/**
 * Markup of a template whose values are escaped: whatever they hold shows as text. Values may stand in the content of elements and in
 * quoted attributes. What cannot be seen is spelled out, so that no name reads as another one. Markup stays as it is, lists are
 * joined.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += textOf(value) + (parts[index + 1] ?? '');
  return { [MADE_HERE]: text };
}

/** Our own style sheet. @throws TypeError when it could end its element */
export function stylesheet(css: string): Markup {
  if (css.includes('<')) throw new TypeError('a style sheet has no <');
  return { [MADE_HERE]: `<style>${css}</style>` };
}

/** The page as text. */
export function pageText(page: Markup): string {
  return page[MADE_HERE];
}

function textOf(value: Content): string {
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return isMarkup(value) ? value[MADE_HERE] : value.map(textOf).join('');
}

function isMarkup(value: Markup | readonly Content[]): value is Markup {
  return MADE_HERE in value;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
