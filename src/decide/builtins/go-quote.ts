// strconv.Quote and its like, of Go.

const NAMED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** What `strconv.IsPrint` calls printable: letters, marks, numbers, punctuation, symbols and the space. */
export function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

/** `strconv.Quote`; with `ascii` as `strconv.QuoteToASCII`. */
export function quote(text: string, ascii = false): string {
  return `"${Array.from(text, (character) => escapeIn(character, '"', ascii)).join('')}"`;
}

/** `strconv.QuoteRune`; with `ascii` as `strconv.QuoteRuneToASCII`. */
export function quoteRune(character: string, ascii = false): string {
  return `'${escapeIn(character, "'", ascii)}'`;
}

/** `strconv.CanBackquote` */
export function canBackquote(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is about
  return !/[\u0000-\u0008\u000a-\u001f\u007f`\ufeff]/.test(text);
}

function escapeIn(character: string, mark: string, ascii: boolean): string {
  if (character === mark) return `\\${mark}`;
  const named = Object.hasOwn(NAMED, character) ? NAMED[character] : undefined;
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  if ((code < 0x80 || !ascii) && isPrintable(character)) return character;
  const hex = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
