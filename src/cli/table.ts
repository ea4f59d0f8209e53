import { plainText } from './plain-text.ts';

/** Rows as aligned columns under their headings, without rules or colour; cells are made safe to show. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map(plainText))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) => formatRow(row, widths)).join('');
}

/** `name: value` lines with the values aligned; a value may have several lines. */
export function formatFields(fields: readonly (readonly [name: string, value: string | readonly string[]])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length)) + 2;
  let text = '';
  for (const [name, value] of fields) {
    const lines = typeof value === 'string' ? [value] : value;
    lines.forEach((line, index) => {
      text += `${(index === 0 ? `${name}:` : '').padEnd(width)}${plainText(line)}`.trimEnd();
      text += '\n';
    });
  }
  return text;
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const padded = widths.map((width, column) => (row[column] ?? '').padEnd(width));
  return `${padded.join('  ').trimEnd()}\n`;
}
