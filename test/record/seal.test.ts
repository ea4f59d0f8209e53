import { describe, expect, it } from 'vitest';
import { createSealer } from '../../src/record/seal.ts';

const KEY = new Uint8Array(32).fill(7);
const TEXT = Buffer.from('{"kind":"ConfigMap"}');
const FORMAT = 0;
const NONCE = 1;
const CIPHERTEXT = 13;

describe('a sealed blob', () => {
  it('opens as what it was sealed as', () => {
    const sealer = createSealer(KEY);
    const sealed = sealer.seal('call-1', 'object-before', TEXT);
    expect(sealed.length).toBe(1 + 12 + TEXT.length + 16);
    expect(Buffer.from(sealed).includes('ConfigMap')).toBe(false);
    expect(Buffer.from(createSealer(KEY).open('call-1', 'object-before', sealed))).toEqual(TEXT);
  });

  it('may be empty', () => {
    const sealer = createSealer(KEY);
    expect(sealer.open('c', 'n', sealer.seal('c', 'n', new Uint8Array())).length).toBe(0);
  });

  it('is never sealed the same way twice', () => {
    const sealer = createSealer(KEY);
    expect(sealer.seal('call-1', 'n', TEXT)).not.toEqual(sealer.seal('call-1', 'n', TEXT));
  });

  const flipped = (at: number) => (sealed: Uint8Array) => sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
  it.each<[string, (sealed: Uint8Array) => Uint8Array]>([
    ['whose format was changed', flipped(FORMAT)],
    ['whose nonce was changed', flipped(NONCE)],
    ['whose text was changed', flipped(CIPHERTEXT)],
    ['whose tag was changed', (sealed) => flipped(sealed.length - 1)(sealed)],
    ['that was cut off', (sealed) => sealed.subarray(0, -1)],
    ['that is too short', (sealed) => sealed.subarray(0, 28)],
    ['that is empty', () => new Uint8Array()],
  ])('is not opened %s', (_, change) => {
    const sealer = createSealer(KEY);
    const sealed = change(sealer.seal('call-1', 'object-before', TEXT));
    expect(() => sealer.open('call-1', 'object-before', sealed)).toThrow(
      'object-before of decision call-1 cannot be opened: it was sealed with another key, or changed',
    );
  });

  it.each([
    ['another decision', KEY, 'call-2', 'a'],
    ['another name', KEY, 'call-1', 'b'],
    ['a decision and a name that only look alike when joined', KEY, 'call-1a', ''],
    ['another key', new Uint8Array(32).fill(8), 'call-1', 'a'],
  ])('is not opened with %s', (_, key, decision, name) => {
    const sealed = createSealer(KEY).seal('call-1', 'a', TEXT);
    expect(() => createSealer(key).open(decision, name, sealed)).toThrow('cannot be opened');
  });

  it('needs a key of 32 bytes', () => {
    expect(() => createSealer(new Uint8Array(16))).toThrow('a sealing key has 32 bytes, not 16');
  });
});
