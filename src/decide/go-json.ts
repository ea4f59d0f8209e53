/**
 * Canonical JSON as OPA hashes structured files: members sorted by their UTF-8 bytes, no white space, strings as Go's
 * encoder prints them without HTML escaping, and numbers kept as they are written (`1.0` is not `1`), which is why
 * this works on the text and not on what JSON.parse makes of it.
 * @throws SyntaxError when the text is not JSON
 */
export function goCanonicalJson(text: string): string {
  JSON.parse(text); // so that the scanner below only ever sees JSON
  const tokens = text.match(/[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/g) ?? [];
  return new Canonizer(tokens).value();
}

class Canonizer {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  value(): string {
    const token = this.#next();
    if (token === '{') return this.#object();
    if (token === '[') return this.#array();
    return token.startsWith('"') ? printString(unquote(token)) : token;
  }

  #next(): string {
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    return token;
  }

  #array(): string {
    const elements: string[] = [];
    while (this.#tokens[this.#at] !== ']') {
      elements.push(this.value());
      if (this.#tokens[this.#at] === ',') this.#at += 1;
    }
    this.#at += 1;
    return `[${elements.join(',')}]`;
  }

  #object(): string {
    const members = new Map<string, string>();
    while (this.#tokens[this.#at] !== '}') {
      const key = unquote(this.#next());
      this.#at += 1; // the colon
      members.set(key, this.value()); // of members that come twice, Go keeps the last
      if (this.#tokens[this.#at] === ',') this.#at += 1;
    }
    this.#at += 1;
    const sorted = [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${sorted.map(([key, value]) => `${printString(key)}:${value}`).join(',')}}`;
  }
}

/** Go decodes a lone surrogate as U+FFFD. */
function unquote(token: string): string {
  return String(JSON.parse(token)).toWellFormed();
}

function printString(value: string): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (one) => (one === '\u2028' ? '\\u2028' : '\\u2029'));
}
