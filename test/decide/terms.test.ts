import { describe, expect, it } from 'vitest';
import { RegoNumber } from '../../src/decide/terms/rego-number.ts';
import { compareTerms, sameTerm, sortTerms } from '../../src/decide/terms/term.ts';
import { jsonOf, parseTerm, printTerm, termOf } from '../../src/decide/terms/term-text.ts';

describe('a value as modules print it', () => {
  it.each([
    ...[
      'null',
      'true',
      '"x\\n\\u0000ä"',
      '0',
      '-1.50',
      '1e400',
      '18446744073709551617',
      '[]',
      '[1,[2]]',
      '{}',
      'set()',
    ],
    ...['{1,"a",{2}}', '{"a":1,"b":{"c":[]}}', '{1:2,{3}:4,[5]:set()}', '[{"a":set()},{"b"}]'],
  ])('%s is read and printed again', (text) => {
    expect(printTerm(parseTerm(text))).toBe(text);
  });

  it('is read with white space, and a number that begins with its point', () => {
    expect(printTerm(parseTerm(' { "a" : [ 1 , .5 ] , "b" : { 2 } } '))).toBe('{"a":[1,0.5],"b":{2}}');
  });

  it.each(['', '[', '[1 2]', '{1:2,3}', '{1,2:3}', '{,}', '[1]]', 'nul', '"x', '{"a":}', 'set(', '1 2'])(
    '%j is none',
    (text) => {
      expect(() => parseTerm(text)).toThrow(SyntaxError);
    },
  );

  it('becomes JSON with sets as arrays and keys as texts, and comes from it', () => {
    expect(jsonOf(parseTerm('{"s":{1,2},3:null,{"k":1}:true}'))).toEqual({ s: [1, 2], 3: null, '{"k":1}': true });
    expect(printTerm(termOf({ a: [1, 'x', null], b: {} }))).toBe('{"a":[1,"x",null],"b":{}}');
  });

  it('does not become JSON when a number would be another', () => {
    expect(() => jsonOf(parseTerm('[18446744073709551617]'))).toThrow('more digits than this function can be given');
    expect(jsonOf(parseTerm('1772445600123000000'))).toBe(1772445600123000000);
  });
});

describe('the order of values', () => {
  it('is that of OPA: null, booleans, numbers, texts, arrays, objects, sets', () => {
    const texts = [
      'null',
      'false',
      'true',
      '-1',
      '2',
      '10',
      '"a"',
      '"b"',
      '"\ue000"',
      '"😀"',
      '[1]',
      '[1,1]',
      '[2]',
      '{}',
      '{"a":1}',
      'set()',
      '{1}',
    ];
    expect(sortTerms(texts.toReversed().map(parseTerm)).map(printTerm)).toEqual(texts);
  });

  it.each([
    ['1', '1.0', 0],
    ['1e3', '1000', 0],
    ['0.1', '1e-1', 0],
    ['-0', '0', 0],
    ['9007199254740993', '9007199254740992', 1],
    ['1e400', '2e400', -1],
    ['-5', '-4', -1],
    ['0.30000000000000001', '0.3', 1],
    ['1e999999999', '1', 1],
  ])('%s beside %s is %i', (a, b, order) => {
    expect(Math.sign(compareTerms(parseTerm(a), parseTerm(b)))).toBe(order);
    expect(sameTerm(parseTerm(a), parseTerm(b))).toBe(order === 0);
  });

  it('knows integers however they are spelled', () => {
    const integers = ['5', '5.0', '5e0', '50e-1', '5.5', '1e1001', '0e9999'].map(
      (text) => new RegoNumber(text).integer,
    );
    expect(integers).toEqual([5n, 5n, 5n, 5n, undefined, undefined, 0n]);
  });
});
