import { jsonMembers } from '../../terms/marshal-json.ts';
import { elementsOf, RegoObject, RegoSet, sortTerms, type Term } from '../../terms/term.ts';
import { textOfBytes } from '../go-bytes.ts';
import { type HostBuiltins, onTerms } from '../host-builtin.ts';
import { parseUrl, splitHostPort } from './go-url.ts';
import { escapeQuery, unescapeQuery } from './url-escape.ts';

/** Go reads no more parameters than this (`urlmaxqueryparams`). */
const MOST_PARAMETERS = 10_000;

/** `urlquery.*` and `uri.*` */
export const urlBuiltins: HostBuiltins = {
  'urlquery.encode': onTerms((text) => (typeof text === 'string' ? escapeQuery(text) : undefined)),
  'urlquery.decode': onTerms((text) => (typeof text === 'string' ? unescapeQuery(text) : undefined)),
  'urlquery.encode_object': onTerms(encodeObject),
  'urlquery.decode_object': onTerms(decodeObject),
  'uri.parse': onTerms(parse),
  'uri.is_valid': onTerms((text) => typeof text === 'string' && text !== '' && parseUrl(text) !== undefined),
};

function encodeObject(object?: Term): Term | undefined {
  if (!(object instanceof RegoObject)) return undefined;
  const pairs: string[] = [];
  for (const [name, value] of jsonMembers(object)) {
    const values = typeof value === 'string' ? [value] : (elementsOf(value) ?? [null]);
    for (const one of value instanceof RegoSet ? sortTerms(values) : values) {
      if (typeof one !== 'string') return undefined;
      pairs.push(`${escapeQuery(name)}=${escapeQuery(one)}`);
    }
  }
  return pairs.join('&');
}

function decodeObject(text?: Term): Term | undefined {
  if (typeof text !== 'string') return undefined;
  const parts = text.split('&');
  if (parts.length > MOST_PARAMETERS) return undefined;
  const members = new Map<string, string[]>();
  for (const part of parts.filter((one) => one !== '')) {
    const equals = part.indexOf('=');
    const name = unescapeQuery(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : unescapeQuery(part.slice(equals + 1));
    if (part.includes(';') || name === undefined || value === undefined) return undefined;
    const values = members.get(name);
    if (values) values.push(value);
    else members.set(name, [value]);
  }
  return new RegoObject([...members]);
}

function parse(text?: Term): Term | undefined {
  const url = typeof text === 'string' ? parseUrl(text) : undefined;
  if (!url) return undefined;
  const [hostname, port] = splitHostPort(url.host);
  const rawPath = url.rawPath === '' ? url.path : url.rawPath;
  const parts: readonly (readonly [name: string, value: string])[] = [
    ['scheme', url.scheme],
    ['hostname', hostname],
    ['port', port],
    ['path', url.path],
    ['raw_path', rawPath],
    ['raw_query', url.rawQuery],
    ['fragment', url.fragment],
  ];
  return new RegoObject(parts.filter(([, value]) => value !== '').map(([name, value]) => [name, textOfBytes(value)]));
}
