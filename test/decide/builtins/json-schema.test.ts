import { expect, it } from 'vitest';
import { type BuiltinCall, callOf, expectAnswersOfOpa, hostAnswer } from './opa-answers.ts';

const DRAFT_4 = '"$schema": "http://json-schema.org/draft-04/schema#"';
const DRAFT_6 = '"$schema": "http://json-schema.org/draft-06/schema#"';
const DRAFT_7 = '"$schema": "http://json-schema.org/draft-07/schema"';

const DOCUMENTS = [
  ...[
    '{}',
    '[]',
    '"null"',
    '"true"',
    '"5"',
    '"\\"text\\""',
    '{"a": 1}',
    '{"a": "x", "b": [1, 2, 2.0]}',
    '{"a": null, "c": {"d": -5}}',
  ],
  ...[
    '[1, "x", null, 1.0]',
    '[{"a": 1}, {"a": 1.0}]',
    '{"n": 12.5, "m": 1e2, "big": 12345678901234567890}',
    '["é𐍈", ""]',
  ],
  ...['{"child": {"child": {"child": {}}}}', '{"child": {"child": {"child": 5}}}', '{"x-1": 1, "y-1": "a", "z": true}'],
];
const SCHEMAS = [
  ...[
    '{}',
    '"true"',
    '"false"',
    '{"type": "object"}',
    '{"type": ["array", "null"]}',
    '{"type": "integer"}',
    '{"type": "number"}',
  ],
  '{"properties": {"a": {"type": "integer"}, "b": {"items": {"type": "integer"}, "uniqueItems": true, "maxItems": 2}}}',
  '{"required": ["a", "b"], "minProperties": 2, "maxProperties": 2}',
  '{"properties": {"a": true}, "additionalProperties": false}',
  '{"properties": {"a": {}}, "additionalProperties": {"type": "array"}}',
  '{"patternProperties": {"^x": {"type": "integer"}, "-1$": {"type": "string"}}, "additionalProperties": false}',
  '{"propertyNames": {"maxLength": 1}}',
  '{"propertyNames": false}',
  '{"dependencies": {"a": ["b", "q"], "c": {"required": ["z"]}, "child": false}}',
  '{"items": [{"type": "integer"}, {"type": "integer"}], "additionalItems": false}',
  '{"items": [{}, {"minLength": 5}], "additionalItems": {"type": "string"}}',
  '{"items": [true, false]}',
  '{"items": false}',
  '{"uniqueItems": true, "minItems": 3}',
  '{"contains": {"type": "null"}}',
  '{"contains": {"type": "object", "required": ["q"]}}',
  '{"const": {"a": 1.0}}',
  '{"enum": [{"a": 1.0}, [], "<x>", null, 5.0]}',
  '{"enum": []}',
  '{"items": {"minLength": 1, "maxLength": 1, "pattern": "^[a-zé]+$"}}',
  '{"properties": {"n": {"multipleOf": 0.25, "minimum": 12.6}, "m": {"exclusiveMaximum": 100}, "big": {"maximum": 12345678901234567}}}',
  '{"properties": {"n": {"multipleOf": 0.3, "exclusiveMinimum": 12.5}, "m": {"minimum": 1234567, "maximum": 0.00001}}}',
  '{"properties": {"n": {"maximum": 12.5, "exclusiveMaximum": true}, "m": {"minimum": 100, "exclusiveMinimum": false}}}',
  '{"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "object", "required": ["a"]}, {"type": "null"}]}',
  '{"oneOf": [{"type": "object"}, {"required": ["a"]}, {"type": "array", "minItems": 1}]}',
  '{"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "string"}}}, {"type": "object"}]}',
  '{"not": {"type": "object"}}',
  '{"not": false}',
  '{"if": {"type": "object"}, "then": {"required": ["a"]}, "else": {"minItems": 1}}',
  '{"if": true, "then": {"properties": {"a": {"type": "string"}}}}',
  '{"$ref": "#/definitions/node", "definitions": {"node": {"type": "object", "properties": {"child": {"$ref": "#/definitions/node"}}}}}',
  '{"properties": {"child": {"$ref": "#"}, "a": {"type": "string"}}, "type": "object"}',
  '{"$id": "http://example.com/x", "properties": {"c": {"$ref": "#/definitions/a~1b"}}, "definitions": {"a/b": {"minProperties": 5}}}',
  `{${DRAFT_4}, "const": 5, "contains": false, "if": false, "else": false, "propertyNames": false}`,
  `{${DRAFT_4}, "properties": {"n": {"maximum": 12.5, "exclusiveMaximum": true}}}`,
  `{${DRAFT_6}, "if": false, "else": false, "properties": {"n": {"exclusiveMaximum": 12.5}}}`,
  `{${DRAFT_7}, "if": false, "else": {"minProperties": 9}}`,
  '{"$schema": "http://example.com/own", "type": "object"}',
  '{"properties": {"id": {"type": "string"}, "$ref": {"type": "null"}}, "title": "t", "description": "d"}',
];
const MALFORMED = [
  ...[
    '"5"',
    '"[]"',
    '[]',
    '"{"',
    '{"type": "text"}',
    '{"type": 5}',
    '{"type": ["string", 5]}',
    '{"type": ["string", "string"]}',
  ],
  ...[
    '{"properties": 5}',
    '{"properties": {"a": 5}}',
    '{"additionalProperties": 5}',
    '{"patternProperties": {"(": {}}}',
    '{"patternProperties": 5}',
  ],
  ...[
    '{"propertyNames": 5}',
    '{"dependencies": 5}',
    '{"dependencies": {"a": 5}}',
    '{"dependencies": {"a": [5]}}',
    '{"items": 5}',
    '{"items": [5]}',
  ],
  ...[
    '{"additionalItems": 5}',
    '{"multipleOf": 0}',
    '{"multipleOf": "1"}',
    '{"minimum": "1"}',
    '{"maximum": "1"}',
    '{"exclusiveMinimum": true}',
  ],
  ...[
    '{"exclusiveMinimum": "1"}',
    '{"minLength": 1.5}',
    '{"minLength": 1.0}',
    '{"maxLength": -1}',
    '{"minLength": 2, "maxLength": 1}',
    '{"minProperties": 2, "maxProperties": 1}',
  ],
  ...[
    '{"minItems": 2, "maxItems": 1}',
    '{"pattern": "("}',
    '{"pattern": "(?!a)"}',
    '{"pattern": 5}',
    '{"format": 5}',
    '{"required": "a"}',
    '{"required": [5]}',
    '{"required": ["a", "a"]}',
  ],
  ...[
    '{"uniqueItems": 5}',
    '{"contains": 5}',
    '{"enum": 5}',
    '{"enum": [1, 1.0]}',
    '{"oneOf": 5}',
    '{"anyOf": [5]}',
    '{"allOf": {}}',
    '{"not": 5}',
    '{"if": 5}',
    '{"then": 5}',
  ],
  ...[
    '{"$ref": 5}',
    '{"$ref": "#/definitions/none"}',
    '{"definitions": 5}',
    '{"definitions": {"a": 5}}',
    '{"title": 5}',
    '{"description": 5}',
    '{"id": 5}',
    '{"$schema": 5}',
  ],
  ...[
    `{${DRAFT_4}, "exclusiveMinimum": 5}`,
    `{${DRAFT_7}, "minimum": 1, "exclusiveMinimum": true}`,
    `{${DRAFT_4}, "items": true}`,
    `{${DRAFT_4}, "properties": {"a": true}}`,
  ],
];
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  date: ['2026-02-28', '2026-02-29', '2024-02-29', '2026-1-1', '2026-13-01', 'x', '2026-00-10'],
  time: [
    '10:00:00',
    '9:00:00',
    '24:00:00',
    '10:60:00',
    '10:00:00Z',
    '10:00:00+01:00',
    '10:00:00.5',
    '10:00:00,5Z',
    '10:00',
    '10:00:00+25:00',
  ],
  'date-time': [
    '2026-02-28T10:00:00Z',
    '2026-02-28T10:00:00.123+01:00',
    '2026-02-28',
    '10:00:00',
    '2026-02-28T10:00:00',
    '2026-02-28 10:00:00Z',
    '2026-02-30T10:00:00Z',
  ],
  hostname: ['a', 'a.b-c', '-a', 'a-', 'a..b', '', `${'a'.repeat(63)}.b`, `${'a'.repeat(64)}.b`, 'ä', 'a\n'],
  email: ['a@b', 'a.b@c.d', 'none', ''],
  ipv4: ['1.2.3.4', '1.2.3', '01.2.3.4', '::1', '::ffff:1.2.3.4', '256.1.1.1'],
  ipv6: ['::1', '1.2.3.4', 'fe80::1%en0', '::ffff:1.2.3.4', '1::2::3'],
  uri: ['http://a', 'a/b', 'http://a\\b', 'http://[', 'urn:x'],
  'uri-reference': ['', 'a/b', 'a\\b', '%zz', '#f'],
  iri: ['http://é', 'é'],
  'uri-template': ['/a/{b}', '/a/{b', '/a}b', '/{a}{b}{', 'http://x/{}'],
  uuid: [
    '123e4567-e89b-12d3-a456-426614174000',
    '123E4567-E89B-12D3-A456-426614174000',
    '123e4567e89b12d3a456426614174000',
  ],
  regex: ['', 'a+', '(', '(?!a)', '(?P<n>a)', '\\d'],
  'json-pointer': ['', '/a', 'a', '/a~0~1', '/a~2', '/~'],
  'relative-json-pointer': ['0', '0#', '1/a', '01', '1a', '', '1/a~2', '1#/a', '10/a/b', '0/'],
  unknown: ['x'],
};

/** OPA reports violations in any order, because members of objects come in any order. */
function inOrder(answer: string): string {
  const [isMatch, found] = JSON.parse(answer);
  return JSON.stringify([isMatch, Array.isArray(found) ? found.map((one) => JSON.stringify(one)).sort() : found]);
}

it('documents match schemas as in OPA, and violations are told in its words', async () => {
  const calls: readonly BuiltinCall[] = [...SCHEMAS, ...MALFORMED].flatMap((schema) =>
    DOCUMENTS.map((document) => ({ name: 'json.match_schema', args: [document, schema] })),
  );
  await expectAnswersOfOpa(calls, inOrder);
});

it('documents that are none are errors as in OPA', async () => {
  await expectAnswersOfOpa(
    [
      ...['5', 'null', '"{"', '"{} x"', '""', '{1, 2}', '{{"a": 1}}'].map((document) => ({
        name: 'json.match_schema',
        args: [document, '{}'],
      })),
      {
        name: 'json.match_schema',
        args: ['{"s": {1, 2}, 1: 2}', '{"properties": {"s": {"maxItems": 1}, "1": {"type": "string"}}}'],
      },
    ],
    inOrder,
  );
});

it('formats are those of OPA', async () => {
  const calls = Object.entries(FORMATS).flatMap(([format, texts]) =>
    texts.map((text) => callOf('json.match_schema', [text], { items: { format } })),
  );
  await expectAnswersOfOpa(calls, inOrder);
});

it('schemas are verified as in OPA', async () => {
  await expectAnswersOfOpa(
    [...SCHEMAS, ...MALFORMED, '5', 'null'].map((schema) => ({ name: 'json.verify_schema', args: [schema] })),
  );
});

it.each([
  [
    'a reference to another document',
    {},
    { $ref: 'http://169.254.169.254/latest/meta-data' },
    'only references within',
  ],
  ['a reference to a file', {}, { $ref: 'file:///etc/passwd' }, 'only references within'],
  ['a schema that refers to itself only', {}, { $ref: '#' }, 'more than 100000 steps'],
  ['a schema that grows with each level', nested(12), doubling(), 'more than 100000 steps'],
  ['an identifier within', {}, { properties: { a: { $id: 'x' } } }, 'identifiers of subschemas'],
  ['a pattern that is too long', {}, { pattern: 'a'.repeat(3000) }, 'a pattern is longer'],
  ['a pattern of too much work', ['a'.repeat(400_000)], { items: { pattern: '(a*)*b(a|aa){50}$' } }, 'too much work'],
  ['many violations', Array.from({ length: 2000 }, () => 1), { items: { type: 'string' } }, 'more than 1000 times'],
  ['an address that is not plain', ['A <a@b>'], { items: { format: 'email' } }, 'not decided here'],
  ['numbers too long to divide', [1e-300], { items: { multipleOf: 1e300 } }, 'too long to be divided'],
])('match_schema faults on %s', (_what, document, schema, message) => {
  expect(() => hostAnswer(callOf('json.match_schema', document, schema))).toThrow(message);
});

it('a pattern that makes other engines backtrack is matched in linear time', () => {
  const answer = hostAnswer(callOf('json.match_schema', ['a'.repeat(10_000)], { items: { pattern: '^(a+)+$' } }));
  expect(answer).toBe('[true,[]]');
});

function nested(depth: number): object {
  return depth === 0 ? {} : { a: nested(depth - 1) };
}

/** Every level is looked at several times by each of several branches. */
function doubling(): object {
  const branch = { properties: { a: { $ref: '#' } } };
  return { anyOf: [{ allOf: [branch, branch, { not: {} }] }, { allOf: [branch, branch, branch] }] };
}
