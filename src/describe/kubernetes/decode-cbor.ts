import { type Token, Tokenizer, Type } from 'cborg';
import { messageOf, SallyportError } from '../../errors.ts';
import type { Json } from '../../json.ts';

/** As deep as JSON may be. */
const DEEPEST = 128;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** RFC 8949, 3.4.6: says that it is CBOR, and nothing else. */
const SELF_DESCRIBED = 55_799;
/** RFC 8949, 3.4.5.2: bytes that are base64 in JSON. */
const AS_BASE64 = 22;

/**
 * Reads a CBOR body (RFC 8949) as k8s.io/apimachinery does: client-go writes every text and key as a byte string, and
 * bytes with tag 22. Each number and length must be in its shortest form; indefinite lengths, other tags, keys that come
 * twice and whatever JSON does not have are refused.
 * @throws SallyportError `describe/unreadable`
 */
export function decodeCbor(body: Uint8Array): Json {
  const tokens = new Tokenizer(body, {
    strict: true,
    allowIndefinite: false,
    allowUndefined: false,
    allowInfinity: false,
    allowNaN: false,
    allowBigInt: false,
    retainStringBytes: true,
  });
  try {
    const value = new Reader(tokens).value(0);
    return tokens.done() ? value : fail('something follows the value');
  } catch (error) {
    const what = messageOf(error).replace(/^CBOR decode error: /, '');
    throw new SallyportError('describe/unreadable', `The CBOR cannot be read: ${what}.`);
  }
}

class Reader {
  readonly #tokens: Tokenizer;

  constructor(tokens: Tokenizer) {
    this.#tokens = tokens;
  }

  value(depth: number): Json {
    const token = this.#next();
    if (depth > DEEPEST) return fail(`it is nested deeper than ${DEEPEST}`);
    const { type, value } = token;
    if (Type.equals(type, Type.map)) return this.#map(Number(value), depth);
    if (Type.equals(type, Type.array)) return this.#array(Number(value), depth);
    if (Type.equals(type, Type.tag)) return this.#tagged(Number(value), depth);
    if (Type.equals(type, Type.null)) return null;
    if (typeof value === 'boolean') return value;
    return typeof value === 'number' ? safe(value, type) : text(token);
  }

  #map(size: number, depth: number): Json {
    const entries = new Map<string, Json>();
    for (let at = 0; at < size; at++) {
      const key = text(this.#next());
      if (key.includes('\0')) return fail('a key has a NUL in it');
      if (entries.has(key)) return fail('a key comes twice');
      entries.set(key, this.value(depth + 1));
    }
    return Object.fromEntries(entries);
  }

  #array(size: number, depth: number): Json {
    const items: Json[] = [];
    for (let at = 0; at < size; at++) items.push(this.value(depth + 1));
    return items;
  }

  #tagged(tag: number, depth: number): Json {
    if (tag === SELF_DESCRIBED) return this.value(depth + 1);
    if (tag !== AS_BASE64) return fail(`it has the tag ${tag}`);
    const { type, value } = this.#next();
    if (!Type.equals(type, Type.bytes) || !(value instanceof Uint8Array))
      return fail('no bytes follow the tag of bytes');
    return Buffer.from(value).toString('base64');
  }

  #next(): Token {
    return this.#tokens.done() ? fail('it ends within a value') : this.#tokens.next();
  }
}

function safe(value: number, type: Type): number {
  if (Type.equals(type, Type.float) || Number.isSafeInteger(value)) return value;
  return fail('a number is beyond 2^53 and would lose precision');
}

function text({ type, value, byteValue }: Token): string {
  const bytes = Type.equals(type, Type.string) ? (byteValue ?? Buffer.from(String(value))) : value;
  const is = Type.equals(type, Type.string) || Type.equals(type, Type.bytes);
  if (!is || !(bytes instanceof Uint8Array)) return fail(`a text was expected, not ${type.name}`);
  try {
    return UTF8.decode(bytes);
  } catch {
    return fail('a text is not valid UTF-8');
  }
}

function fail(what: string): never {
  throw new SallyportError('describe/unreadable', what);
}
