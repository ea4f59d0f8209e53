import { readJson } from '../../terms/read-json.ts';
import { isTerms, RegoObject, type Term } from '../../terms/term.ts';
import { decodeBase64Url } from '../encoding/base64.ts';
import { textOfBytes } from '../go-bytes.ts';

/** Longer tokens are not looked at: no proxy passes them on, and a caller could keep the gate busy with them. */
const LONGEST_TOKEN = 256 * 1024;

/** The three parts of a token in compact form. */
export interface Compact {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** What of a token's header matters for its verification. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string;
  readonly cty: string;
  readonly critical: ReadonlySet<string>;
  readonly unknown: readonly string[];
}

/**
 * Splits a token in compact form (RFC 7515); undefined where OPA says error.
 * @throws TypeError when it is too long to be looked at
 */
export function splitToken(text: Term | undefined): Compact | undefined {
  if (typeof text !== 'string') return undefined;
  if (text.length > LONGEST_TOKEN) throw new TypeError(`a token is longer than ${LONGEST_TOKEN} characters`);
  const [header, payload, signature, ...more] = text.split('.', 4);
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  return { header, payload, signature };
}

/** The object that a part of a token holds; undefined where OPA says error. */
export function decodeObject(part: string): RegoObject | undefined {
  const text = decodeText(part);
  const object = text === undefined ? undefined : readJson(text);
  return object instanceof RegoObject ? object : undefined;
}

/**
 * What a part of a token says; undefined where OPA says error.
 * @throws TypeError when it is not UTF-8
 */
export function decodeText(part: string): string | undefined {
  const bytes = decodeBase64Url(part);
  return bytes && textOfBytes(bytes);
}

/** A token's header; one of an encrypted token (JWE) is an error in OPA, hence undefined. */
export function decodeHeader(part: string): RegoObject | undefined {
  const header = decodeObject(part);
  return header?.get('enc') === undefined ? header : undefined;
}

/** Reads the registered members of a header; undefined where one is not of its type. */
export function readHeader(header: RegoObject): TokenHeader | undefined {
  const [alg, kid, typ, cty] = ['alg', 'kid', 'typ', 'cty'].map((name) => header.get(name) ?? '');
  const critical = criticalOf(header.get('crit'));
  if (typeof alg !== 'string' || typeof kid !== 'string' || typeof cty !== 'string') return undefined;
  if (typeof typ !== 'string' || !critical) return undefined;
  if (['alg', 'kid', 'typ', 'cty'].some((name) => header.get(name) === null)) return undefined;
  const known = ['alg', 'kid', 'typ', 'cty', 'crit'];
  const unknown = header.members.flatMap(([name]) => (typeof name === 'string' && !known.includes(name) ? [name] : []));
  return { alg, kid, cty, critical, unknown };
}

/** RFC 7515 section 4.1.1 and 4.1.11: there is an algorithm, and nothing critical is unknown. */
export function isHeaderValid({ alg, critical, unknown }: TokenHeader): boolean {
  return alg !== '' && !unknown.some((name) => critical.has(name));
}

/** As OPA reads `crit`: up to the first that is no string, and at least one. */
function criticalOf(crit: Term | undefined): ReadonlySet<string> | undefined {
  if (crit === undefined) return new Set();
  if (!isTerms(crit)) return undefined;
  const names = new Set<string>();
  for (const name of crit) {
    if (typeof name !== 'string') break;
    names.add(name);
  }
  return names.size > 0 ? names : undefined;
}
