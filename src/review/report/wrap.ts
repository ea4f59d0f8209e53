/** The columns of a report as text. */
export const WIDTH = 100;

/** Text in lines of at most `width` columns, broken at spaces. A word that is longer stays whole. */
export function wrap(text: string, first = '', rest = first, width = WIDTH): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest + word;
    } else line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join('\n');
}
