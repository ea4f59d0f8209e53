import { SallyportError } from '../../../errors.ts';

/** Wire types of protobuf. Groups (3, 4) are deprecated and 32-bit numbers (5) are in no Kubernetes message. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;

interface Tag {
  readonly number: number;
  readonly type: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** A varint carries 64 bits at most, seven in a byte. */
const LONGEST_VARINT = 10;

/**
 * Reads the fields of one protobuf message, strictly: each number in its shortest form, each length within the message,
 * texts in UTF-8. Lenient readers differ in what they make of the rest.
 * @throws SallyportError `describe/unreadable`
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  tag(): Tag {
    const tag = this.integer();
    const number = Math.floor(tag / 8);
    const type = ((tag % 8) + 8) % 8;
    if (number < 1 || number > 0x1fffffff) return fail('a field number is impossible');
    if (type !== VARINT && type !== FIXED64 && type !== BYTES) return fail(`field ${number} is of wire type ${type}`);
    return { number, type };
  }

  /** A varint as the signed 64-bit number that it is. */
  integer(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = BigInt(first & 0x7f);
    for (let length = 1; length < LONGEST_VARINT; length++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * length);
      if (byte >= 0x80) continue;
      if (byte === 0) return fail('a number is longer than it needs to be');
      if (length === LONGEST_VARINT - 1 && byte > 1) break;
      return safe(BigInt.asIntN(64, value));
    }
    return fail('a number has more than 64 bits');
  }

  int32(): number {
    const value = this.integer();
    return value === (value | 0) ? value : fail('a number has more than 32 bits');
  }

  bool(): boolean {
    const value = this.integer();
    return value === 0 || value === 1 ? value === 1 : fail('a truth value is neither 0 nor 1');
  }

  double(): number {
    const { buffer, byteOffset } = this.#take(8);
    const value = new DataView(buffer, byteOffset, 8).getFloat64(0, true);
    return Number.isFinite(value) ? value : fail('a number is not finite');
  }

  bytes(): Uint8Array {
    return this.#take(this.integer());
  }

  text(): string {
    try {
      return UTF8.decode(this.bytes());
    } catch (error) {
      if (error instanceof SallyportError) throw error;
      return fail('a text is not valid UTF-8');
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) return fail('it ends within a field');
    this.#at++;
    return byte;
  }

  #take(length: number): Uint8Array {
    if (length < 0 || length > this.#bytes.length - this.#at) return fail('it ends within a field');
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}

function safe(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : fail('a number is beyond 2^53 and would lose precision');
}

/** @throws SallyportError `describe/unreadable`, always */
export function fail(what: string): never {
  throw new SallyportError('describe/unreadable', what);
}
