import { isIPv4, isIPv6 } from 'node:net';
import { parseUrl } from '../url/go-url.ts';
import { compilePattern } from './go-regexp.ts';

const HOST = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])$/;
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const PLAIN_EMAIL = new RegExp(`^${ATOM}(?:\\.${ATOM})*@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*$`);
const CLOCK = String.raw`(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?`;
const ZONE = String.raw`(?:Z|[+-](\d\d):(\d\d))`;
const TIME = new RegExp(`^${CLOCK}${ZONE}?$`);
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;

const FORMATS = new Map<string, (text: string) => boolean>([
  ['date', isDate],
  ['time', isTime],
  ['date-time', (text) => isTime(text) || isDate(text) || isDateTime(text)],
  ['hostname', (text) => text.length < 256 && text.split('.').every((label) => HOST.test(label))],
  ['email', isEmail],
  ['idn-email', isEmail],
  ['ipv4', (text) => isAddress(text) && text.includes('.')],
  ['ipv6', (text) => isAddress(text) && text.includes(':')],
  ['uri', isUri],
  ['iri', isUri],
  ['uri-reference', isUriReference],
  ['iri-reference', isUriReference],
  ['uri-template', (text) => isUriReference(text) && areBracesPaired(parseUrl(text)?.path ?? '')],
  ['uuid', (text) => /^[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}$/i.test(text)],
  ['regex', (text) => compilePattern(text) !== undefined],
  ['json-pointer', isPointer],
  ['relative-json-pointer', (text) => /^(?:0|[1-9][0-9]*)(?:#$|$|(?=\/))/.test(text) && isRest(text)],
]);

/** Whether a text is of a format as OPA's schema library checks it; formats that it does not know are always right. */
export function isOfFormat(format: string, text: string): boolean {
  return FORMATS.get(format)?.(text) ?? true;
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && date.getUTCDate() === Number(day);
}

function isTime(text: string): boolean {
  const [, hour, minute, second, east = '0', eastMinutes = '0'] = TIME.exec(text) ?? [];
  if (hour === undefined) return false;
  if (Number(east) > 24 || Number(eastMinutes) > 60) return false;
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

function isDateTime(text: string): boolean {
  const [date = '', clock = '', ...more] = text.split('T');
  return more.length === 0 && isDate(date) && isTime(clock) && /(?:Z|[+-]\d\d:\d\d)$/.test(clock);
}

/**
 * What Go's `mail.ParseAddress` takes.
 * @throws TypeError for an address that is more than a plain one, such as one with a name or comments
 */
function isEmail(text: string): boolean {
  if (!text.includes('@')) return false;
  if (text.length < 1000 && PLAIN_EMAIL.test(text)) return true;
  throw new TypeError('format email: whether this is an address is not decided here; use a pattern');
}

function isAddress(text: string): boolean {
  return isIPv4(text) || (isIPv6(text) && !text.includes('%'));
}

function isUri(text: string): boolean {
  return isUriReference(text) && parseUrl(text)?.scheme !== '';
}

function isUriReference(text: string): boolean {
  return !text.includes('\\') && parseUrl(text) !== undefined;
}

function areBracesPaired(path: string): boolean {
  for (let open = path.indexOf('{'); open >= 0; open = path.indexOf('{', open)) {
    open = path.indexOf('}', open);
    if (open < 0) return false;
  }
  return true;
}

function isPointer(text: string): boolean {
  return text === '' || (text.startsWith('/') && !/~(?![01])/.test(text));
}

function isRest(text: string): boolean {
  return text.endsWith('#') && !text.includes('/') ? true : isPointer(text.replace(/^[0-9]+/, ''));
}
