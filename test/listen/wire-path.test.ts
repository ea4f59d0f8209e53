import { describe, expect, it } from 'vitest';
import { encodePath } from '../../src/listen/wire.ts';
import { parseTarget, refuseRepeated } from '../../src/listen/wire-path.ts';

describe('a target that can be read in one way only', () => {
  it.each<[string, string[], [string, string][], string]>([
    ['/', [], [], '/'],
    ['/?', [], [], '/'],
    ['/api', ['api'], [], '/api'],
    ['/api/', ['api'], [], '/api'],
    ['/api/v1/pods', ['api', 'v1', 'pods'], [], '/api/v1/pods'],
    ['/a%20b', ['a b'], [], '/a%20b'],
    ['/%61pi', ['api'], [], '/api'],
    ['/system:node', ['system:node'], [], '/system:node'],
    ['/system%3anode', ['system:node'], [], '/system:node'],
    ['/a@b+c,d=e&f$', ['a@b+c,d=e&f$'], [], '/a@b+c,d=e&f$'],
    ['/%25', ['%'], [], '/%25'],
    ['/%252e%252e', ['%2e%2e'], [], '/%252e%252e'],
    ['/...', ['...'], [], '/...'],
    ['/%c3%a9', ['é'], [], '/%C3%A9'],
    ['/%f0%9f%98%80', ['😀'], [], '/%F0%9F%98%80'],
    ['/a?b=c', ['a'], [['b', 'c']], '/a?b=c'],
    ['/a?b', ['a'], [['b', '']], '/a?b='],
    ['/a?=b', ['a'], [['', 'b']], '/a?=b'],
    ['/a?b=c=d', ['a'], [['b', 'c=d']], '/a?b=c%3Dd'],
    ['/a?&&b=c&', ['a'], [['b', 'c']], '/a?b=c'],
    ['/a?b=c+d%2Be', ['a'], [['b', 'c d+e']], '/a?b=c%20d%2Be'],
    ['/a?b=/x/../y', ['a'], [['b', '/x/../y']], '/a?b=%2Fx%2F..%2Fy'],
    ['/a?b=?', ['a'], [['b', '?']], '/a?b=%3F'],
    ['/a?b=line%0Aline', ['a'], [['b', 'line\nline']], '/a?b=line%0Aline'],
    ['/a?%62=1', ['a'], [['b', '1']], '/a?b=1'],
    [
      '/a?b=1&b=2',
      ['a'],
      [
        ['b', '1'],
        ['b', '2'],
      ],
      '/a?b=1&b=2',
    ],
  ])('%s', (target, segments, query, forwarded) => {
    const path = parseTarget(target);
    expect(path).toEqual({ segments, query });
    expect(encodePath(path)).toBe(forwarded);
    expect(parseTarget(encodePath(path))).toEqual(path);
  });
});

describe('a target that could be read in two ways', () => {
  it.each([
    ['', 'must be a path that starts with "/"'],
    ['api', 'must be a path that starts with "/"'],
    ['http://host/api', 'must be a path that starts with "/"'],
    ['*', 'must be a path that starts with "/"'],
    ['//', 'empty segment'],
    ['//host/api', 'empty segment'],
    ['/a//b', 'empty segment'],
    ['/a//', 'empty segment'],
    ['/.', 'dot segment'],
    ['/..', 'dot segment'],
    ['/a/./b', 'dot segment'],
    ['/a/../b', 'dot segment'],
    ['/a/..', 'dot segment'],
    ['/%2e', 'dot segment'],
    ['/%2E%2e/b', 'dot segment'],
    ['/.%2e', 'dot segment'],
    ['/a%2fb', 'plain or encoded'],
    ['/a%2F', 'plain or encoded'],
    ['/%2f', 'plain or encoded'],
    ['/a\\b', 'plain or encoded'],
    ['/a%5Cb', 'plain or encoded'],
    ['/a;b', 'plain or encoded'],
    ['/a%3bb', 'plain or encoded'],
    ['/a%00', 'control character'],
    ['/a%0a', 'control character'],
    ['/a%1f', 'control character'],
    ['/a%7f', 'control character'],
    ['/a#b', '"#"'],
    ['/a?b#c', '"#"'],
    ['/%', 'the path has an invalid percent-encoding'],
    ['/%4', 'the path has an invalid percent-encoding'],
    ['/%gg', 'the path has an invalid percent-encoding'],
    ['/%c0%af', 'the path has an invalid percent-encoding'],
    ['/%ff', 'the path has an invalid percent-encoding'],
    ['/%ed%a0%80', 'the path has an invalid percent-encoding'],
    ['/a?%', 'the query has an invalid percent-encoding'],
    ['/a?b=%c0%80', 'the query has an invalid percent-encoding'],
    ['/a?b=1;c=2', 'the query contains ";"'],
    ['/a?b%00=1', 'the query contains a control character'],
    ['/a?b%0a=1', 'the query contains a control character'],
    ['/a?b=%00', 'the query contains a control character'],
    [`/${'a'.repeat(16_384)}`, 'longer than 16384 characters'],
  ])('%s', (target, why) => {
    expect(() => parseTarget(target)).toThrow(
      expect.objectContaining({ code: 'wire/malformed', message: expect.stringContaining(why) }),
    );
  });
});

describe('a parameter that is given twice', () => {
  it.each([
    ['/a?watch=0&watch=1', 'watch'],
    ['/a?watch=1&w%61tch=1', 'watch'],
    ['/a?b=1&command=x&b=1', 'b'],
    ['/a?=&=', ''],
  ])('%s is refused', (target, name) => {
    const path = parseTarget(target);
    expect(() => refuseRepeated(path, new Set(['command']))).toThrow(
      expect.objectContaining({ code: 'wire/malformed', message: `the query parameter "${name}" is given twice` }),
    );
  });

  it.each(['/a', '/a?b=1', '/a?b=1&B=1', '/a?command=ls&command=-l&b=1'])('%s is fine', (target) => {
    expect(refuseRepeated(parseTarget(target), new Set(['command']))).toBeUndefined();
  });
});
