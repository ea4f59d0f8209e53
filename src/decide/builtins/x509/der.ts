/** What Go's parsers call malformed. */
export class DerError extends Error {}

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly raw: Buffer;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Reads DER (X.690) as strictly as Go's `cryptobyte` does: one element after the other. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  get peekedTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  element(): Element {
    const start = this.#at;
    const [tag, first] = [this.#bytes[start], this.#bytes[start + 1]];
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new DerError();
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (first >= 0x80 && (lengthBytes === 0 || lengthBytes > 4)) throw new DerError();
    const header = start + 2 + lengthBytes;
    if (header > this.#bytes.length) throw new DerError();
    const length = first < 0x80 ? first : this.#bytes.readUIntBE(start + 2, lengthBytes);
    const isMinimal = first < 0x80 || (length >= 0x80 && length >= 2 ** (8 * (lengthBytes - 1)));
    const end = header + length;
    if (!isMinimal || end > this.#bytes.length) throw new DerError();
    this.#at = end;
    return { tag, content: this.#bytes.subarray(header, end), raw: this.#bytes.subarray(start, end) };
  }

  read(tag: number): Buffer {
    return this.whole(tag).content;
  }

  whole(tag: number): Element {
    if (this.peekedTag !== tag) throw new DerError();
    return this.element();
  }

  /** What is inside a constructed element. */
  inside(tag: number = TAG.sequence): DerReader {
    return new DerReader(this.read(tag));
  }

  optional(tag: number): Buffer | undefined {
    return this.peekedTag === tag ? this.read(tag) : undefined;
  }

  boolean(): boolean {
    return booleanOf(this.read(TAG.boolean));
  }

  integer(): bigint {
    return integerOf(this.read(TAG.integer));
  }

  oid(): readonly number[] {
    return oidOf(this.read(TAG.oid));
  }

  /** The bytes of a BIT STRING whose bits fill them from the left. */
  bitString(): { readonly bytes: Buffer; readonly unused: number } {
    const [unused = 8, ...rest] = this.read(TAG.bitString);
    const last = rest.at(-1);
    if (unused > 7 || (last === undefined && unused !== 0) || ((last ?? 0) & (2 ** unused - 1)) !== 0) {
      throw new DerError();
    }
    return { bytes: Buffer.from(rest), unused };
  }
}

export function booleanOf(content: Buffer): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerError();
  return content[0] === 0xff;
}

/** @throws TypeError for an integer that is too long to be printed */
export function integerOf(content: Buffer): bigint {
  const [first, second] = content;
  if (first === undefined) throw new DerError();
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerError();
  if (content.length > 2_100) throw new TypeError('an integer has more than 16,800 bits');
  return BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`));
}

/** @throws TypeError for numbers that Go takes in some places only */
export function oidOf(content: Buffer): readonly number[] {
  const parts: number[] = [];
  let value = 0;
  let length = 0;
  for (const byte of content) {
    if (length === 0 && byte === 0x80) throw new DerError();
    length += 1;
    value = value * 128 + (byte & 0x7f);
    if (value >= 2 ** 31) throw new TypeError('an object identifier has a number of more than 31 bits');
    if (byte >= 0x80) continue;
    parts.push(value);
    [value, length] = [0, 0];
  }
  const [first, ...rest] = parts;
  if (first === undefined || length !== 0) throw new DerError();
  return first < 80 ? [Math.floor(first / 40), first % 40, ...rest] : [2, first - 80, ...rest];
}
