import { documentText, type Section } from '../../review/report/page/document.ts';
import { html, type Markup } from '../../review/report/page/html.ts';
import { STYLE } from '../../review/report/page/style.ts';
import { table } from '../../review/report/page/table.ts';
import { CHART_STYLE, chartMarkup } from './chart.ts';
import { type Block, numericColumns, type Report } from './report.ts';

/** The report as one page that needs nothing else. */
export function reportPage({ title, about, summary, sections }: Report): string {
  return documentText({
    title,
    heading: title,
    style: STYLE + CHART_STYLE,
    about,
    summary,
    sections: sections.map(
      ({ id, title: name, blocks }): Section => ({ id, title: name, body: html`${blocks.map(blockMarkup)}` }),
    ),
  });
}

function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case 'text':
      return html`<p>${block.text}</p>`;
    case 'list': {
      const items = block.items.map((item) => html`<li>${item}</li>`);
      return block.ordered === true ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`;
    }
    case 'fields':
      return html`<dl>${block.fields.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
    case 'table':
      return table(block.caption, block.headings, block.rows, numericColumns(block));
    case 'chart':
      return chartMarkup(block);
  }
}
