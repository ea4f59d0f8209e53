import { decodeBase64 } from '../encoding/base64.ts';

/** A block of PEM (RFC 7468). */
export interface PemBlock {
  readonly type: string;
  readonly bytes: Buffer;
}

const BEGIN = '-----BEGIN ';
const END = '\n-----END ';
const DASHES = '-----';
/** Headers of one block; a text of many blocks could otherwise be read once for each of them. */
const MOST_HEADERS = 64;

/**
 * The first block of PEM in byte text and what follows it, found as Go's `pem.Decode` finds it; no block, and all of the
 * text, where there is none.
 * @throws TypeError for a block with more headers than any has
 */
export function decodePem(data: string): readonly [block: PemBlock | undefined, rest: string] {
  let at = 0;
  for (;;) {
    // The first end, and the last beginning before it: beginnings without an end are passed over.
    const end = data.indexOf(END, at);
    if (end < 0) return [undefined, data];
    const trailer = end + END.length;
    const found = data.slice(at, end).lastIndexOf(BEGIN);
    const begin = found + at;
    const isStart = found === 0 || (found > 0 && data[begin - 1] === '\n');
    const block = isStart ? readBlock(data, begin + BEGIN.length, end, trailer) : undefined;
    if (block === 'cut off') return [undefined, data];
    if (block) return block;
    at = trailer;
  }
}

function readBlock(
  data: string,
  start: number,
  end: number,
  trailer: number,
): readonly [PemBlock, string] | 'cut off' | undefined {
  const typeLine = lineAt(data, start);
  if (!typeLine.text.endsWith(DASHES)) return undefined;
  const type = typeLine.text.slice(0, -DASHES.length);
  let body = typeLine.next;
  let headers = 0;
  for (;;) {
    if (body >= data.length) return 'cut off';
    const line = lineAt(data, body);
    if (!line.text.includes(':')) break;
    headers += 1;
    if (headers > MOST_HEADERS) throw new TypeError(`a block of PEM has more than ${MOST_HEADERS} headers`);
    body = line.next;
  }
  if (headers > 0 && end < body) return undefined;
  const closing = type + DASHES;
  const endOfLine = lineAt(data, trailer + closing.length);
  if (!data.startsWith(closing, trailer) || endOfLine.text !== '') return undefined;
  const bytes = end > body ? decodeBase64(data.slice(body, end).replace(/[ \t]/g, ''), 'std') : Buffer.alloc(0);
  return bytes && [{ type, bytes }, data.slice(endOfLine.next)];
}

/** The line at a place, without white space at its end, and where the next one begins. */
function lineAt(data: string, at: number): { readonly text: string; readonly next: number } {
  const newline = data.indexOf('\n', at);
  const next = newline < 0 ? data.length : newline + 1;
  const text = data.slice(at, newline < 0 ? data.length : newline);
  const withoutReturn = newline >= 0 && text.endsWith('\r') ? text.slice(0, -1) : text;
  return { text: trimEnd(withoutReturn), next };
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(0, end);
}
