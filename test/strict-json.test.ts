import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../src/errors.ts';
import { parseStrictJson } from '../src/strict-json.ts';

const parse = (text: string | Uint8Array, depth?: number) =>
  parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text, depth === undefined ? {} : { depth });

function refusal(text: string | Uint8Array, depth?: number): string {
  try {
    parse(text, depth);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'json/malformed') return error.message;
    throw error;
  }
  throw new Error('it was read');
}

describe('strict JSON', () => {
  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        fc.pre(!/-?\d{16,}|e[+-]?\d{2,3}|\\ud[89a-f]/i.test(text));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('reads nothing that JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '.5',
      'e9',
      'true',
      'nul',
      ' ',
      '\\',
      '\n',
      '01',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let read = true;
        try {
          parse(text);
        } catch {
          read = false;
        }
        if (read) expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['a name twice', '{"a":1,"a":2}', 'at /a: the member name comes twice'],
    ['a name twice after unescaping', '{"a":1,"\\u0061":2}', 'at /a: the member name comes twice'],
    ['a name twice far down', '{"x":[0,{"b/c":{"k":1,"k":1}}]}', 'at /x/1/b~1c/k: the member name comes twice'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'at /__proto__: the member name comes twice'],
    ['a NUL in a name', '{"a\\u0000":1}', 'at /a\\u0000: the member name contains a NUL'],
    ['a lone surrogate', '{"a":"\\ud800"}', 'at /a: a string has a lone surrogate'],
    ['a lone surrogate in a name', '{"\\udc00":1}', 'at the top: a string has a lone surrogate'],
    ['an integer beyond 2^53', '[9007199254740993]', 'at /0: a number is beyond 2^53 and would lose precision'],
    ['2^53 itself', '9007199254740992', 'at the top: a number is beyond 2^53 and would lose precision'],
    ['a negative one', '-9007199254740993', 'at the top: a number is beyond 2^53 and would lose precision'],
    ['one with an exponent', '1e400', 'at the top: a number is beyond 2^53 and would lose precision'],
    ['a number that becomes 0', '1e-400', 'at the top: a number is too small to be told from 0'],
    ['a very long number', `0.${'0'.repeat(200)}1`, 'at the top: a number has more than 128 characters'],
    ['a leading zero', '01', 'at the top: something follows the value'],
    ['a plus', '+1', 'at the top: a value was expected'],
    ['a dangling minus', '-', 'at the top: a number is malformed'],
    ['NaN', 'NaN', 'at the top: a value was expected'],
    ['a half word', 'tru', 'at the top: a value was expected'],
    ['a trailing comma in an object', '{"a":1,}', 'at the top: a member name in double quotes was expected'],
    ['a trailing comma in an array', '[1,]', 'at /1: a value was expected'],
    ['a missing colon', '{"a" 1}', 'at /a: a colon was expected'],
    ['a missing comma', '[1 2]', 'at the top: a comma or the end of the array was expected'],
    ['an object without its end', '{"a":1', 'at the top: a comma or the end of the object was expected'],
    ['a string without its end', '"a', 'at the top: a string does not end'],
    ['a string that ends in a backslash', '"\\', 'at the top: a string does not end'],
    ['a control in a string', '"a\nb"', 'at the top: a string has a control in it'],
    ['a false escape', '"\\x41"', 'at the top: a string has a malformed escape'],
    ['single quotes', "{'a':1}", 'at the top: a member name in double quotes was expected'],
    ['a comment', '{}//', 'at the top: something follows the value'],
    ['a second value', '{}{}', 'at the top: something follows the value'],
    ['nothing', '', 'at the top: the text ends where a value should be'],
    ['a byte order mark', '\ufeff{}', 'at the top: a byte order mark is not JSON'],
    ['YAML', 'a: 1', 'at the top: a value was expected'],
  ])('refuses %s, naming the place', (_, text, message) => {
    expect(refusal(text)).toBe(`The JSON is malformed ${message}.`);
  });

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x22, 0x00]],
  ])('refuses bytes that are not UTF-8: %s', (_, bytes) => {
    expect(refusal(Uint8Array.from(bytes))).toBe('The JSON is not valid UTF-8.');
  });

  it('takes nesting up to its limit and no further', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parse(nested(128))).toBeDefined();
    expect(refusal(nested(129))).toContain(': it is nested deeper than 128.');
    expect(refusal(nested(1_000_000))).toContain(': it is nested deeper than 128.');
    expect(refusal('{"a":{"b":{}}}', 2)).toBe('The JSON is malformed at /a/b: it is nested deeper than 2.');
  });

  it('keeps __proto__ and constructor as ordinary members', () => {
    const value = parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}},"toString":1}');
    expect(Object.keys(value ?? {})).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value).not.toHaveProperty('admin');
    expect({}).not.toHaveProperty('x');
  });

  it.each([
    ['9007199254740991', 9007199254740991],
    ['-0', -0],
    ['1.50', 1.5],
    ['1E3', 1000],
    ['0.0e-999', 0],
    ['"\\ud83d\\ude00\\/\\n"', '😀/\n'],
    [' [ ] ', []],
  ])('reads %s', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it('never shows values in its messages', () => {
    expect(refusal('{"password":"hunter2" "x"}')).not.toContain('hunter2');
  });
});
