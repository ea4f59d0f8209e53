import { plainText } from '../../cli/plain-text.ts';
import { type Block, numericColumns, type Report, type Table } from './report.ts';

/** The report as Markdown (CommonMark with the tables of GFM). */
export function reportMarkdown({ title, about, summary, sections }: Report): string {
  return [
    `# ${escaped(title)}`,
    opening(about),
    `**${escaped(summary.sentence)}**`,
    ...(summary.lines.length === 0 ? [] : [summary.lines.map((line) => `- ${opening(line)}`).join('\n')]),
    ...sections.flatMap((section) => [`## ${escaped(section.title)}`, ...section.blocks.flatMap(blockText)]),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function blockText(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [opening(block.text)];
    case 'list':
      return block.items.length === 0
        ? []
        : [block.items.map((item, i) => `${block.ordered === true ? `${i + 1}.` : '-'} ${opening(item)}`).join('\n')];
    case 'fields':
      return block.fields.length === 0
        ? []
        : [block.fields.map(([name, value]) => `- **${escaped(name)}:** ${escaped(value)}`).join('\n')];
    case 'table':
      return [`**${escaped(block.caption)}**`, tableText(block)];
    case 'chart':
      // What it shows stands in a table beside it.
      return [];
  }
}

function tableText(table: Table): string {
  const { headings, rows } = table;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const numeric = numericColumns(table);
  return [
    line(headings.map(escaped)),
    line(headings.map((_, column) => (numeric.includes(column) ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((cell) => escaped(String(cell))))),
  ].join('\n');
}

/** What would be markup, and what GFM makes links of by itself: `://`, `www.` and addresses. A line stays a line. */
const MARKUP = /[\\`*_{}[\]<>#|~&!@^$]|:(?=\/\/)|(?<=\bwww)\./gi;

/** Text of others as it reads in Markdown: nothing in it is obeyed, what cannot be seen is spelled out. */
export function escaped(text: string): string {
  return plainText(text).replace(MARKUP, (character) => `\\${character}`);
}

/** The same where a line begins: what would begin a list, a quotation or a rule does not. */
function opening(text: string): string {
  return escaped(text).replace(
    /^(\s*)([-+=>]|\d+[.)](?=\s|$))/,
    (_, space: string, mark: string) => `${space}${mark.slice(0, -1)}\\${mark.slice(-1)}`,
  );
}
