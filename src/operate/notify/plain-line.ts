import { plainText } from '../../cli/plain-text.ts';

/** Text of anybody as one line that is safe to show, of at most `most` UTF-16 code units. */
export function plainLine(text: string, most: number): string {
  // Cut before, so that nobody pays for what is not shown, and after, because what is spelled out gets longer.
  const line = plainText(text.slice(0, most + 1).trim());
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}
