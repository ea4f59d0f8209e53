import { createHash } from 'node:crypto';
import { RegoNumber } from '../terms/rego-number.ts';
import type { Term } from '../terms/term.ts';
import { printTerm } from '../terms/term-text.ts';
import { intOperand, textOperand } from './operands.ts';

// rand.intn and uuid.rfc4122 give one answer for the same operands within an evaluation, as in OPA. Here it follows from
// the call that is judged, so that judging it again gives the same.

/** `rand.intn(text, n)`: an integer of 0 to n - 1. */
export function randomInteger(seed: string, text: Term | undefined, n: Term | undefined): Term | undefined {
  const [key, bound] = [textOperand(text), intOperand(n)];
  if (key === undefined || bound === undefined) return undefined;
  const size = bound < 0n ? -bound : bound;
  if (size === 0n) return new RegoNumber(0);
  const digest = digestOf('rand.intn', seed, `${key}-${size}`);
  return new RegoNumber(BigInt(`0x${digest.toString('hex')}`) % size);
}

/** `uuid.rfc4122(key)`: of version 4. */
export function randomUuid(seed: string, key: Term | undefined): Term | undefined {
  if (key === undefined) return undefined;
  const bytes = digestOf('uuid.rfc4122', seed, printTerm(key)).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function digestOf(...parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
