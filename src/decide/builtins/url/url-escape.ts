import { byteText, textOfBytes } from '../go-bytes.ts';

/** The parts of a URL whose escaping differs, as in Go's `net/url`. */
export type UrlPart = 'path' | 'host' | 'zone' | 'user' | 'query' | 'fragment';

const PLAIN: Readonly<Record<UrlPart, RegExp>> = {
  path: /[A-Za-z0-9\-_.~$&+,/:;=@]/,
  host: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  zone: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  user: /[A-Za-z0-9\-_.~$&+,;=]/,
  query: /[A-Za-z0-9\-_.~]/,
  fragment: /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/,
};
const ESCAPE = /^%[0-9A-Fa-f]{2}/;

/** Byte text with all that a part of a URL cannot hold as `%XX`, and a space in a query as `+`. */
export function escapeUrl(bytes: string, part: UrlPart): string {
  let escaped = '';
  for (const byte of bytes) {
    if (PLAIN[part].test(byte)) escaped += byte;
    else if (part === 'query' && byte === ' ') escaped += '+';
    else escaped += `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/** Byte text of a part of a URL without its escapes; undefined where Go says error. */
export function unescapeUrl(bytes: string, part: UrlPart): string | undefined {
  let plain = '';
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? '';
    if (byte === '%') {
      const hex = bytes.slice(at, at + 3);
      if (!ESCAPE.test(hex) || !mayBeEscaped(hex, part)) return undefined;
      plain += unhex(hex);
      at += 2;
    } else if (byte === '+' && part === 'query') plain += ' ';
    else if ((part === 'host' || part === 'zone') && byte < '\u0080' && !PLAIN[part].test(byte)) return undefined;
    else plain += byte;
  }
  return plain;
}

/** `url.QueryEscape` */
export function escapeQuery(text: string): string {
  return escapeUrl(byteText(text), 'query');
}

/**
 * `url.QueryUnescape`; undefined where Go says error.
 * @throws TypeError when it says no UTF-8
 */
export function unescapeQuery(text: string): string | undefined {
  const plain = unescapeUrl(byteText(text), 'query');
  return plain === undefined ? undefined : textOfBytes(plain);
}

/** In a host only what is not ASCII may be escaped; a zone may also escape what it could hold, and a space. */
function mayBeEscaped(hex: string, part: UrlPart): boolean {
  if (hex === '%25') return true;
  if (part === 'host') return unhex(hex) >= '\u0080';
  if (part !== 'zone') return true;
  const byte = unhex(hex);
  return byte === ' ' || PLAIN.host.test(byte);
}

function unhex(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex.slice(1), 16));
}
