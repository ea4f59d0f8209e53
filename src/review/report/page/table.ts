import { type Content, html, type Markup } from './html.ts';

/** A table with its caption and headings, the first cell of a row being its heading; wide ones scroll by themselves. */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly Content[])[],
  numbers: readonly number[] = [],
): Markup {
  const cell = (value: Content, column: number): Markup => {
    if (column === 0) return html`<th scope="row">${value}</th>`;
    return numbers.includes(column) ? html`<td class="number">${value}</td>` : html`<td>${value}</td>`;
  };
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${headings.map(
    (heading, column) =>
      numbers.includes(column)
        ? html`<th scope="col" class="number">${heading}</th>`
        : html`<th scope="col">${heading}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}
