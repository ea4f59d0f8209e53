import { SallyportError } from '../errors.ts';

/** Reads a WebAssembly binary (core specification 2.0, section 5) front to back; every read is bounds-checked. */
export class WasmCursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at] : undefined;
    if (value === undefined) throw moduleInvalid(`it ends in the middle of something at byte ${this.at}`);
    this.at += 1;
    return value;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (result > 0xffff_ffff) break;
        return result;
      }
    }
    throw moduleInvalid(`a number at byte ${this.at} is longer than 32 bits`);
  }

  /** Skips a LEB128 of any sign, of at most 64 bits. */
  skipLeb(): void {
    for (let length = 0; length < 10; length += 1) if (this.byte() < 0x80) return;
    throw moduleInvalid(`a number at byte ${this.at} is longer than 64 bits`);
  }

  skip(length: number): void {
    if (length > this.end - this.at) throw moduleInvalid(`it is cut off at byte ${this.end}`);
    this.at += length;
  }

  name(): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(start, this.at));
  }
}

/** An unsigned LEB128. */
export function encodeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** A signed LEB128 of a number that fits 32 bits. */
export function encodeS32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

/** Joins byte chunks into one array. */
export function joinBytes(chunks: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** The refusal of a module, `bundle/invalid`. */
export function moduleInvalid(why: string): SallyportError {
  return new SallyportError('bundle/invalid', `policy.wasm is not a module this gate can run: ${why}`, {
    fix: 'build the bundle again with `opa build -t wasm`, OPA 1.22',
  });
}
