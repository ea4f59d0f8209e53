import { SallyportError } from './errors.ts';
import type { Json } from './json.ts';

interface JsonLimits {
  /** How many arrays and objects may be nested; 128 unless told otherwise. */
  readonly depth?: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Longer literals are never needed and cost time to convert. */
const LONGEST_NUMBER = 128;

/**
 * Reads JSON (RFC 8259) so that no other reader can see something else in the same bytes (RFC 7493 and stricter):
 * UTF-8 without a byte order mark, no member name twice after unescaping, no NUL in a name, no lone surrogate, no number
 * beyond 2^53 or so small that it becomes 0, nothing after the value. `__proto__` becomes an ordinary own member.
 * @throws SallyportError `json/malformed`, naming the JSON pointer (RFC 6901) and what is wrong there.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits = {}): Json {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch (cause) {
    throw new SallyportError('json/malformed', 'The JSON is not valid UTF-8.', { cause });
  }
  return new Parser(text, limits.depth ?? 128).document();
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

class Parser {
  readonly #text: string;
  readonly #depth: number;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  document(): Json {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#fail('a byte order mark is not JSON');
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the value');
    return value;
  }

  #value(): Json {
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    if (code === QUOTE) return this.#string();
    if (code === OPEN_BRACE) return this.#object();
    if (code === OPEN_BRACKET) return this.#array();
    if (code === 0x74) return this.#word('true', true);
    if (code === 0x66) return this.#word('false', false);
    if (code === 0x6e) return this.#word('null', null);
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.#number();
    return this.#fail(Number.isNaN(code) ? 'the text ends where a value should be' : 'a value was expected');
  }

  #object(): Json {
    this.#enter();
    const members: Record<string, Json> = {};
    if (this.#skip(CLOSE_BRACE)) return members;
    do {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) this.#fail('a member name in double quotes was expected');
      const key = this.#string();
      this.#path.push(key);
      if (key.includes('\u0000')) this.#fail('the member name contains a NUL');
      if (Object.hasOwn(members, key)) this.#fail('the member name comes twice');
      if (!this.#skip(COLON)) this.#fail('a colon was expected');
      const value = this.#value();
      if (key === '__proto__') {
        Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
      } else members[key] = value;
      this.#path.pop();
    } while (this.#skip(COMMA));
    if (!this.#skip(CLOSE_BRACE)) this.#fail('a comma or the end of the object was expected');
    return members;
  }

  #array(): Json {
    this.#enter();
    const items: Json[] = [];
    if (this.#skip(CLOSE_BRACKET)) return items;
    do {
      this.#path.push(items.length);
      items.push(this.#value());
      this.#path.pop();
    } while (this.#skip(COMMA));
    if (!this.#skip(CLOSE_BRACKET)) this.#fail('a comma or the end of the array was expected');
    return items;
  }

  #enter(): void {
    // The path is as long as the value is deep, whatever it is that nests.
    if (this.#path.length >= this.#depth) this.#fail(`it is nested deeper than ${this.#depth}`);
    this.#at++;
  }

  #string(): string {
    const start = this.#at + 1;
    let escaped = false;
    let surrogate = false;
    let at = start;
    for (; ; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        escaped = true;
        at++;
      } else if (code >= 0xd800 && code <= 0xdfff) surrogate = true;
      else if (!(code >= 0x20))
        this.#fail(Number.isNaN(code) ? 'a string does not end' : 'a string has a control in it');
    }
    this.#at = at + 1;
    const raw = this.#text.slice(start, at);
    const value = escaped ? this.#unescape(raw) : raw;
    if ((escaped || surrogate) && !value.isWellFormed()) this.#fail('a string has a lone surrogate');
    return value;
  }

  #unescape(raw: string): string {
    try {
      // Controls are already refused, so only the escapes are left for the platform to judge.
      const value: unknown = JSON.parse(`"${raw}"`);
      if (typeof value === 'string') return value;
    } catch {
      // The failure below says all there is to say.
    }
    return this.#fail('a string has a malformed escape');
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) return this.#fail('a number is malformed');
    if (literal.length > LONGEST_NUMBER) this.#fail(`a number has more than ${LONGEST_NUMBER} characters`);
    const value = Number(literal);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) this.#fail('a number is beyond 2^53 and would lose precision');
    if (value === 0 && /^-?[0.]*[1-9]/.test(literal)) this.#fail('a number is too small to be told from 0');
    this.#at += literal.length;
    return value;
  }

  #word<Value extends boolean | null>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value was expected');
    this.#at += word.length;
    return value;
  }

  #skip(code: number): boolean {
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(what: string): never {
    const pointer = this.#path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
    // The pointer goes through JSON so that a name with controls in it cannot break a line of a log.
    const where = pointer === '' ? 'at the top' : `at ${JSON.stringify(pointer.slice(0, 256)).slice(1, -1)}`;
    throw new SallyportError('json/malformed', `The JSON is malformed ${where}: ${what}.`);
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
