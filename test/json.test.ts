import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../src/json.ts';

describe('canonical JSON', () => {
  it.each<[string, Json, string]>([
    ['null', null, 'null'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['an empty object', {}, '{}'],
    ['an empty array', [], '[]'],
    ['an empty text', '', '""'],
    ['an empty name', { '': { '': 1 } }, '{"":{"":1}}'],
    ['an array whose first text is empty', ['', '', null], '["","",null]'],
    ['nested arrays', [[], [[1]], {}], '[[],[[1]],{}]'],
    ['minus zero', -0, '0'],
    [
      'numbers as ECMAScript prints them',
      [1e21, 1e-7, 333333333.3333333, 4.5, 5e-324],
      '[1e+21,1e-7,333333333.3333333,4.5,5e-324]',
    ],
    ['control characters', '\u0000\b\t\n\f\r\u001f\u007f', '"\\u0000\\b\\t\\n\\f\\r\\u001f\u007f"'],
    ['quotes and backslashes', '"\\/', '"\\"\\\\/"'],
    ['names that need escapes', { 'a"b': 1, 'a\nb': 2 }, '{"a\\nb":2,"a\\"b":1}'],
    ['names that look like numbers', { 10: 1, 9: 2, a: 3, '-1': 4 }, '{"-1":4,"10":1,"9":2,"a":3}'],
    ['__proto__', JSON.parse('{"b":1,"__proto__":{"a":2}}'), '{"__proto__":{"a":2},"b":1}'],
    ['line separators as they are', '\u2028\u2029', '"\u2028\u2029"'],
  ])('writes %s', (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('sorts names by UTF-16 code units, as the example of RFC 8785, section 3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const names = [...canonicalJson(value).matchAll(/"([^"]+)":"/g)].map(([, name]) => name);
    expect(names).toEqual(['\\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']);
  });

  it('leaves out members that are undefined, wherever they stand', () => {
    const value = (members: Record<string, Json | undefined>): Json => JSON.parse('{}', () => members);
    expect(canonicalJson(value({ a: undefined, b: 1, c: 2 }))).toBe('{"b":1,"c":2}');
    expect(canonicalJson(value({ a: 1, b: undefined, c: 2 }))).toBe('{"a":1,"c":2}');
    expect(canonicalJson(value({ c: undefined, b: undefined, a: undefined }))).toBe('{}');
    expect(canonicalJson(value({ c: 3, b: 2, a: 1 }))).toBe('{"a":1,"b":2,"c":3}');
  });

  it.each<[string, Json, string]>([
    ['NaN', { a: [Number.NaN] }, 'NaN has no JSON form'],
    ['infinity', Number.NEGATIVE_INFINITY, '-Infinity has no JSON form'],
    ['a lone surrogate in a text', { a: 'x\udc00' }, 'a lone surrogate has no JSON form'],
    ['a lone surrogate in a name', { 'x\ud800': 1 }, 'a lone surrogate has no JSON form'],
  ])('refuses %s', (_, value, message) => {
    expect(() => canonicalJson(value)).toThrow(new TypeError(message));
    // A refusal is not forgotten once it was seen.
    expect(() => canonicalJson(value)).toThrow(new TypeError(message));
  });

  it('writes the same as another implementation, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), (value) => {
        const json: Json = JSON.parse(JSON.stringify(value));
        expect(canonicalJson(json)).toBe(canonicalize(json));
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes the same for the same members in any order, more shapes than it keeps', () => {
    const names = fc.uniqueArray(fc.constantFrom(...'abcdefghij', '"', 'é', '😀', '0', '10', '9'), { minLength: 1 });
    fc.assert(
      fc.property(
        names.chain((each) => fc.tuple(fc.constant(each), fc.shuffledSubarray(each, { minLength: each.length }))),
        ([a, b]) => {
          const of = (order: readonly string[]): Json => Object.fromEntries(order.map((name) => [name, name]));
          expect(canonicalJson(of(a))).toBe(canonicalJson(of(b)));
          expect(canonicalJson(of(a))).toBe(canonicalize(of(b)));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('writes objects with very many and very long names', () => {
    const many: Json = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`name-${(i * 7919) % 2_000}`, i]));
    const long: Json = { ['x'.repeat(5_000)]: 1, a: many };
    expect(canonicalJson(long)).toBe(canonicalize(long));
    for (let i = 0; i < 3_000; i++) {
      const one: Json = { [`only-${i}`]: i, a: 0 };
      expect(canonicalJson(one)).toBe(canonicalize(one));
    }
  });
});
