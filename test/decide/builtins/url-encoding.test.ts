import { expect, it } from 'vitest';
import { type BuiltinCall, callOf, expectAnswersOfOpa, hostAnswer } from './opa-answers.ts';

const TEXTS = [
  '',
  'a',
  'a b+c',
  'ä€𐍈',
  'a=b&c=d;e',
  '%',
  '%2',
  '%zz',
  '%41',
  '<>"\'()*!~',
  '\u0000\u001f\u007f',
  'é%C3%A9',
];
const HEX = ['', '61', '6', 'zz', 'C3A9', 'c3a9', 'F0908D88', '00', ' 61', '61\n'];
const QUERIES = ['', 'a', 'a=1&b=2&a=3', 'a&&b', '=', '=x', 'a=b=c', 'a;b', 'a=%', 'a+b=c+d', '%C3%A9=%E2%82%AC', '&'];
const URLS = [
  ...[
    '',
    '*',
    '/',
    '/a/b',
    'a/b',
    'a:b',
    ':a',
    '//h',
    '///p',
    '//h/p',
    '?',
    '?q',
    'http:?',
    'a?b?c',
    '#',
    '#f',
    'a#b#c',
  ],
  ...['http://h', 'HTTP://H/', 'http://h:1', 'http://h:', 'http://h:1:2', 'x://h:1:2', 'http://h:a', 'x://a,b:1,c:2/'],
  ...['http://u@h', 'http://u:p@h', 'http://u:p@q@h', 'http://u:p:q@h', 'http://a<b@h', 'http://%41@h', 'http://%@h'],
  ...[
    'http://[::1]',
    'http://[::1]:8',
    'http://[::1]a',
    'http://[1.2.3.4]',
    'http://[fe80::1%25en0]:1',
    'http://[::1%25]',
  ],
  ...[
    'http://[::1%41]',
    'http://[fe80::1%25%41%20b]/',
    'http://[',
    'http://a[b',
    'http://a]b',
    'http://[::g]',
    'http://[]',
  ],
  ...['http://[::ffff:1.2.3.4]/', 'http://[1:2:3:4:5:6:7::]/', 'http://[1::2::3]/', 'http://[::1%25a%2fb]/'],
  ...['http://h/%2F%20%41', 'http://h/a b', 'http://h/%', 'http://h/é', 'http://é/', 'http://%C3%A9/', 'http://a%41/'],
  ...[
    'http://h/a%21b',
    'http://h?x=%',
    'http://h/#%',
    'http://h/#%41 b',
    'http://h/\u0001',
    'http://h/\u007f',
    'http://a b/',
  ],
  ...[
    'mailto:a@b',
    'urn:x:y',
    '1a:b',
    'a+b-c.d:e',
    'file:///etc',
    'file:/etc',
    'http:/x',
    'http:x',
    'http://',
    'http:///p',
  ],
  ...['http://a"b<c>/', 'http://h:٣/', 'http://h/?a b', 'javascript:alert(1)', 'http://h/a%2', '../../x', 'a/b:c'],
];
const OBJECTS = [
  '{}',
  '{"a": "b", "A": "c d"}',
  '{"a": ["x", "y"], "b": {"z", "y"}}',
  '{"a": 1}',
  '{"a": [1]}',
  '{"a": []}',
];
const MORE = ['{1: "x", true: "y", [1]: "z"}', '{"é": "ä&"}', '{"a": null}', '{"a": {"b": "c"}}'];

const calls: readonly BuiltinCall[] = [
  ...TEXTS.flatMap((text) =>
    ['urlquery.encode', 'urlquery.decode', 'base64url.encode_no_pad', 'hex.encode'].map((name) => callOf(name, text)),
  ),
  ...HEX.map((text) => callOf('hex.decode', text)),
  ...QUERIES.map((text) => callOf('urlquery.decode_object', text)),
  ...[...OBJECTS, ...MORE].map((text) => ({ name: 'urlquery.encode_object', args: [text] })),
  ...URLS.flatMap((url) => [callOf('uri.parse', url), callOf('uri.is_valid', url)]),
];

it('URLs, queries and hexadecimal are read and written as OPA does', async () => {
  await expectAnswersOfOpa(calls);
});

it.each([
  ['urlquery.decode', '%ff'],
  ['urlquery.decode_object', 'a=%ff'],
  ['uri.parse', 'http://h/%ff'],
  ['hex.decode', 'ff'],
])('%s faults on bytes that are no UTF-8, which OPA keeps and the host cannot', (name, text) => {
  expect(() => hostAnswer(callOf(name, text))).toThrow(TypeError);
});

it('a query of many parameters of one name is read in proportion to its length', () => {
  const query = 'a=1&'.repeat(9_999);
  expect(hostAnswer(callOf('urlquery.decode_object', query))).toBe(`{"a":[${'"1",'.repeat(9_998)}"1"]}`);
  expect(hostAnswer(callOf('urlquery.decode_object', `${query}a=1&`))).toBeUndefined();
});
