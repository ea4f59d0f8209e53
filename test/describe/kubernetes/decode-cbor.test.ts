import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCbor } from '../../../src/describe/kubernetes/decode-cbor.ts';
import { SallyportError } from '../../../src/errors.ts';
import { canonicalJson } from '../../../src/json.ts';
import { GO_KINDS, GO_OBJECTS } from './go-objects.ts';

describe('objects that Go encoded as CBOR', () => {
  it.each(GO_KINDS)('%s: empty and in between, is read as Go reads it', (_, objects) => {
    for (const { cbor, json } of objects) {
      if (cbor !== undefined) expect(decodeCbor(Buffer.from(cbor, 'base64'))).toEqual(json);
    }
  });
});

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const why = (bytes: Uint8Array): string => {
  try {
    decodeCbor(bytes);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'describe/unreadable') return error.message;
    throw error;
  }
  return 'it was read';
};

describe('CBOR that two readers could take differently', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', hex(''), 'it ends within a value'],
    ['half a map', hex('a1 61 61'), 'it ends within a value'],
    ['more than one value', hex('a0 a0'), 'something follows the value'],
    ['a map without an end', hex('bf ff'), 'indefinite length items not allowed'],
    ['a list without an end', hex('a1 61 61 9f ff'), 'indefinite length items not allowed'],
    ['a text in parts', hex('a1 61 61 7f 61 62 ff'), 'indefinite length bytes/strings are not supported'],
    ['a key twice', hex('a2 61 61 01 61 61 02'), 'a key comes twice'],
    ['a key twice, once as bytes', hex('a2 61 61 01 41 61 02'), 'a key comes twice'],
    ['a key that is a number', hex('a1 01 02'), 'a text was expected, not uint'],
    ['a key that is null', hex('a1 f6 02'), 'a text was expected, not null'],
    ['a key with a tag', hex('a1 d6 41 61 02'), 'a text was expected, not tag'],
    ['a key with a NUL', hex('a1 62 61 00 02'), 'a key has a NUL in it'],
    ['a text that is no UTF-8', hex('a1 61 61 61 ff'), 'a text is not valid UTF-8'],
    ['bytes that are no UTF-8', hex('a1 61 61 41 ff'), 'a text is not valid UTF-8'],
    ['bytes for base64url', hex('a1 61 61 d5 41 61'), 'it has the tag 21'],
    ['a text with the tag of bytes', hex('a1 61 61 d6 61 61'), 'no bytes follow the tag of bytes'],
    ['a time', hex('a1 61 61 c1 00'), 'it has the tag 1'],
    ['a number of any size', hex('a1 61 61 c2 41 01'), 'it has the tag 2'],
    [
      'a number in more bytes than it needs',
      hex('a1 61 61 18 01'),
      'integer encoded in more bytes than necessary (strict decode)',
    ],
    [
      'a length in more bytes than it needs',
      hex('b8 00'),
      'integer encoded in more bytes than necessary (strict decode)',
    ],
    ['undefined', hex('a1 61 61 f7'), 'undefined values are not supported'],
    ['a simple value', hex('a1 61 61 e0'), ''],
    ['NaN', hex('a1 61 61 f9 7e 00'), 'NaN values are not supported'],
    ['infinity', hex('a1 61 61 f9 7c 00'), 'Infinity values are not supported'],
    ['a number beyond 2^53', hex('a1 61 61 1b 00 20 00 00 00 00 00 00'), ''],
    ['a number below -2^53', hex('a1 61 61 3b 00 20 00 00 00 00 00 00'), ''],
    ['a length beyond the end', hex('a1 61 61 5a ff ff ff ff'), ''],
    ['more entries than there are', hex('ba 7f ff ff ff'), 'it ends within a value'],
    ['lists without end', Buffer.alloc(3_000_000, 0x81), 'it is nested deeper than 128'],
    ['tags without end', Buffer.alloc(300_000, hex('d9d9f7')), 'it is nested deeper than 128'],
  ])('%s', (_, bytes, what) => {
    const said = why(bytes);
    if (what === '') expect(said).toMatch(/^The CBOR cannot be read: .+\.$/);
    else expect(said).toBe(`The CBOR cannot be read: ${what}.`);
  });

  it('as JSON has it, is read', () => {
    const value = { a: [1, -1, 1.5, null, true, 'x', { __proto__: null, b: '' }], ü: '\u2028' };
    expect(canonicalJson(decodeCbor(encode(value)))).toBe(canonicalJson(JSON.parse(JSON.stringify(value))));
  });

  it('and damaged, is read or refused, never anything else', () => {
    const encoded = fc.constantFrom(
      ...GO_OBJECTS.flatMap(({ cbor }) => (cbor === undefined ? [] : [Buffer.from(cbor, 'base64')])),
    );
    const damage = fc.record({ at: fc.nat(), drop: fc.nat({ max: 9 }), put: fc.uint8Array({ maxLength: 9 }) });
    fc.assert(
      fc.property(encoded, damage, (bytes, { at, drop, put }) => {
        const place = at % bytes.length;
        const damaged = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + drop)]);
        const said = why(damaged);
        if (said === 'it was read') expect(canonicalJson(decodeCbor(damaged)).length).toBeGreaterThan(0);
        else expect(said).toMatch(/^The CBOR cannot be read: .+\.$/s);
      }),
      { numRuns: 2000 },
    );
  });
});
