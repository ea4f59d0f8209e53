import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProtobuf } from '../../../../src/describe/kubernetes/protobuf/decode.ts';
import { knownKinds } from '../../../../src/describe/kubernetes/protobuf/schema.ts';
import { SallyportError } from '../../../../src/errors.ts';
import { canonicalJson, type JsonObject } from '../../../../src/json.ts';
import { GO_KINDS, GO_OBJECTS } from '../go-objects.ts';
import { enveloped, field, message, protobuf, varint } from './encode.ts';

describe('objects that Go encoded', () => {
  it('are of every kind that the schema has', () => {
    expect(GO_KINDS.map(([kind]) => kind).toSorted()).toEqual(knownKinds().toSorted());
  });

  it.each(GO_KINDS)('%s: empty, full and in between, is read as Go reads it', (_, objects) => {
    for (const { protobuf, json } of objects) expect(decodeProtobuf(Buffer.from(protobuf, 'base64'))).toEqual(json);
  });
});

const map = (...fields: readonly Uint8Array[]) => protobuf('v1', 'ConfigMap', ...fields);
const pod = (...fields: readonly Uint8Array[]) => protobuf('v1', 'Pod', ...fields);
const entry = (key: string, value: string) => field(2, Buffer.concat([field(1, key), field(2, value)]));
const why = (bytes: Uint8Array): string => {
  try {
    decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'describe/unreadable') return error.message;
    throw error;
  }
  return 'it was read';
};
const nested = (depth: number): Uint8Array => {
  let schema: Uint8Array = new Uint8Array();
  for (let at = 0; at < depth; at++) schema = field(28, schema);
  // spec.versions[0].schema.openAPIV3Schema
  return field(2, field(7, Buffer.concat([field(1, 'v1'), field(4, field(1, schema))])));
};

describe('protobuf that two readers could take differently', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.alloc(0), ': it does not begin with k8s and 0.'],
    ['the magic number alone', enveloped(), ': the gate knows no kind "" of apiVersion "".'],
    ['another magic number', Buffer.from('k8s\u0001'), ': it does not begin with k8s and 0.'],
    ['JSON', Buffer.from('{"kind":"ConfigMap"}'), ': it does not begin with k8s and 0.'],
    [
      'no envelope',
      Buffer.concat([Buffer.from('k8s\0'), field(2, '')]),
      ': the gate knows no kind "" of apiVersion "".',
    ],
    [
      'a kind that is not built in',
      protobuf('example.com/v1', 'Thing'),
      ': the gate knows no kind "Thing" of apiVersion "example.com/v1".',
    ],
    [
      'a version that nobody serves',
      protobuf('apps/v1beta1', 'Deployment'),
      ': the gate knows no kind "Deployment" of apiVersion "apps/v1beta1".',
    ],
    [
      'a content encoding in the envelope',
      enveloped(message([1, 'v1'], [2, 'Pod']), field(3, 'gzip')),
      ': its envelope names an encoding of its own for the object.',
    ],
    [
      'a content type in the envelope',
      enveloped(message([1, 'v1'], [2, 'Pod']), field(4, 'application/json')),
      ': its envelope names an encoding of its own for the object.',
    ],
    [
      'two objects in the envelope',
      enveloped(message([1, 'v1'], [2, 'Pod']), field(2, ''), field(2, '')),
      ': field 2 comes twice.',
    ],
    [
      'two types in the envelope',
      enveloped(message([1, 'v1'], [2, 'Pod']), message([1, 'v1'], [2, 'Secret'])),
      ': field 1 comes twice.',
    ],
    ['two kinds in the type', enveloped(message([1, 'v1'], [2, 'Pod'], [2, 'Secret'])), ': field 2 comes twice.'],
    [
      'a fifth field in the envelope',
      enveloped(message([1, 'v1'], [2, 'Pod']), field(5, '')),
      ': there is no field 5.',
    ],
    ['an envelope in the envelope', protobuf('v1', 'Pod', protobuf('v1', 'Pod')), ': field 13 is of wire type 3.'],
    ['bytes after the envelope', Buffer.concat([map(), Buffer.from('k8s\0')]), ': field 13 is of wire type 3.'],
    ['half an envelope', map().subarray(0, 9), ': it ends within a field.'],
    ['a field that the kind does not have', map(field(99, 'x')), ': core/v1.ConfigMap has no field 99.'],
    ['a field twice', map(message([1, 'a'], [1, 'b'])), ' at "metadata.name": it comes twice.'],
    ['an object twice', map(message([1, 'a']), message([3, 'b'])), ' at "metadata": it comes twice.'],
    ['a key of a map twice', map(entry('a', '1'), entry('a', '2')), ' at "data.a": the key comes twice.'],
    ['a key with a NUL', map(entry('a\0b', '1')), ' at "data.a\\u0000b": the key has a NUL in it.'],
    [
      'a value of a map twice',
      map(field(2, Buffer.concat([field(1, 'a'), field(2, '1'), field(2, '2')]))),
      ' at "data.a": an entry has no, or a second, field 2 of wire type 2.',
    ],
    [
      'a third field of a map',
      map(field(2, Buffer.concat([field(1, 'a'), field(3, '1')]))),
      ' at "data.a": an entry has no, or a second, field 3 of wire type 2.',
    ],
    ['a number for a text', map(message([1, 5])), ' at "metadata.name": it is of wire type 0.'],
    [
      'a text for a number',
      pod(field(2, field(4, 'x'))),
      ' at "spec.terminationGracePeriodSeconds": it is of wire type 2.',
    ],
    ['a number for an object', map(field(1, 5)), ' at "metadata": it is of wire type 0.'],
    ['a group', map(Buffer.from([0x0b, 0x0c])), ': field 1 is of wire type 3.'],
    ['the end of a group', map(Buffer.from([0x0c])), ': field 1 is of wire type 4.'],
    ['a wire type that there is not', map(Buffer.from([0x0f])), ': field 1 is of wire type 7.'],
    ['field 0', map(Buffer.from([0x02, 0x00])), ': a field number is impossible.'],
    ['a length beyond the end', map(Buffer.from([0x0a, 0x7f])), ' at "metadata": it ends within a field.'],
    [
      'a length below 0',
      map(Buffer.concat([Buffer.from([0x0a]), varint(2n ** 64n - 1n)])),
      ' at "metadata": it ends within a field.',
    ],
    [
      'a number in more bytes than it needs',
      pod(field(2, Buffer.from([0x20, 0x80, 0x00]))),
      ' at "spec.terminationGracePeriodSeconds": a number is longer than it needs to be.',
    ],
    [
      'a number of more than 64 bits',
      pod(field(2, Buffer.from([0x20, ...Array<number>(9).fill(0xff), 0x02]))),
      ' at "spec.terminationGracePeriodSeconds": a number has more than 64 bits.',
    ],
    [
      'a number that does not end',
      pod(field(2, Buffer.from([0x20, ...Array<number>(11).fill(0xff)]))),
      ' at "spec.terminationGracePeriodSeconds": a number has more than 64 bits.',
    ],
    [
      'a number beyond 2^53',
      pod(field(2, field(4, 2n ** 53n))),
      ' at "spec.terminationGracePeriodSeconds": a number is beyond 2^53 and would lose precision.',
    ],
    [
      'a number of more than 32 bits',
      pod(field(2, field(25, 2 ** 31))),
      ' at "spec.priority": a number has more than 32 bits.',
    ],
    [
      'a truth value that is neither',
      pod(field(2, field(11, 2))),
      ' at "spec.hostNetwork": a truth value is neither 0 nor 1.',
    ],
    [
      'a list of no numbers',
      pod(field(2, field(14, field(4, '')))),
      ' at "spec.securityContext.supplementalGroups.0": a list of nothing.',
    ],
    [
      'text that is no UTF-8',
      map(message([1, Uint8Array.of(0xff)])),
      ' at "metadata.name": a text is not valid UTF-8.',
    ],
    [
      'a quantity that is none',
      protobuf(
        'v1',
        'ResourceQuota',
        field(2, field(1, Buffer.concat([field(1, 'cpu'), field(2, field(1, '1 GiB'))]))),
      ),
      ' at "spec.hard.cpu": a quantity is malformed.',
    ],
    [
      'a time before the year 1',
      map(message([8, field(1, -62_135_596_801)])),
      ' at "metadata.creationTimestamp": a time is impossible.',
    ],
    [
      'a time after the year 9999',
      map(message([8, field(1, 253_402_300_800)])),
      ' at "metadata.creationTimestamp": a time is impossible.',
    ],
    [
      'a number or text that is both',
      protobuf('policy/v1', 'PodDisruptionBudget', field(2, message([1, 0], [2, 1], [3, '50%']))),
      ' at "spec.minAvailable": a number or text is both, or neither.',
    ],
    [
      'JSON within that names a field twice',
      protobuf('apps/v1', 'ControllerRevision', field(2, field(1, '{"a":1,"a":2}'))),
      ' at "data": The JSON is malformed at /a: the member name comes twice.',
    ],
    [
      'an object of protobuf within',
      protobuf('apps/v1', 'ControllerRevision', field(2, field(1, map()))),
      ' at "data": The JSON is malformed at the top: a value was expected.',
    ],
    [
      'an object of CBOR within',
      protobuf('apps/v1', 'ControllerRevision', field(2, field(1, Buffer.from('d9d9f7a0', 'hex')))),
      ' at "data": The JSON is not valid UTF-8.',
    ],
  ])('%s', (_, bytes, message) => {
    expect(why(bytes)).toBe(`The protobuf cannot be read${message}`);
  });

  it('a schema nested without end', () => {
    const crd = (depth: number) => protobuf('apiextensions.k8s.io/v1', 'CustomResourceDefinition', nested(depth));
    expect(why(crd(100))).toBe('it was read');
    expect(why(crd(5000))).toContain('it is nested deeper than 128.');
  });

  it('two bytes a container, which stand for a hundred', () => {
    const containers = (count: number) =>
      pod(field(2, Buffer.concat(Array<Buffer>(count).fill(Buffer.from([0x12, 0])))));
    expect(why(containers(1000))).toBe('it was read');
    expect(why(containers(1_500_000))).toContain('it stands for more than 250000 values.');
  });
});

describe('protobuf in one of its other forms that mean the same', () => {
  it.each<[string, Uint8Array, JsonObject]>([
    [
      'numbers one after the other',
      pod(field(2, field(14, field(4, Buffer.from([1, 2]))))),
      { securityContext: { supplementalGroups: [1, 2] } },
    ],
    [
      'numbers one by one',
      pod(field(2, field(14, Buffer.concat([field(4, 1), field(4, 2)])))),
      { securityContext: { supplementalGroups: [1, 2] } },
    ],
  ])('%s', (_, bytes, spec) => {
    expect(decodeProtobuf(bytes)).toMatchObject({ spec });
  });

  it('fields in any order', () => {
    expect(
      decodeProtobuf(enveloped(field(2, message([3, 'shop'], [1, 'c'])), message([2, 'ConfigMap'], [1, 'v1']))),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'shop' },
    });
  });

  it.each<[string, Uint8Array, string, JsonObject]>([
    ['bytes', field(2, field(1, 'a')), 'Secret', { data: { a: '' } }],
    ['text', field(4, field(1, 'a')), 'Secret', { stringData: { a: '' } }],
    ['nothing at all', field(2, ''), 'Secret', { data: { '': '' } }],
  ])('%s left out of a map are empty there', (_, fields, kind, object) => {
    expect(decodeProtobuf(protobuf('v1', kind, fields))).toMatchObject(object);
  });

  it.each([
    ['left out', ''],
    ['empty', field(2, '')],
  ])('a list of texts %s in a map is empty, not null', (_, value) => {
    const extra = field(6, Buffer.concat([field(1, 'a'), Buffer.from(value)]));
    const request = protobuf('certificates.k8s.io/v1', 'CertificateSigningRequest', field(2, extra));
    expect(decodeProtobuf(request)).toMatchObject({ spec: { extra: { a: [] } } });
  });

  it('a key that every object of JavaScript has is one of its own', () => {
    const { data } = decodeProtobuf(map(entry('__proto__', 'x'), entry('constructor', 'y')));
    expect(canonicalJson(data ?? null)).toBe('{"__proto__":"x","constructor":"y"}');
  });
});

describe('bytes that were damaged on the way', () => {
  const encoded = fc.constantFrom(...GO_OBJECTS.map(({ protobuf }) => Buffer.from(protobuf, 'base64')));
  const damage = fc.array(
    fc.record({ at: fc.nat(), drop: fc.nat({ max: 12 }), put: fc.uint8Array({ maxLength: 12 }) }),
    { minLength: 1, maxLength: 4 },
  );

  it('are read or refused, never anything else', () => {
    fc.assert(
      fc.property(encoded, damage, (bytes, places) => {
        const damaged = places.reduce<Buffer>((before, { at, drop, put }) => {
          const place = 4 + (at % before.length);
          return Buffer.concat([before.subarray(0, place), put, before.subarray(place + drop)]);
        }, bytes);
        const said = why(damaged);
        // What is read has a canonical form: it can be judged and recorded.
        if (said === 'it was read') expect(canonicalJson(decodeProtobuf(damaged)).length).toBeGreaterThan(0);
        else expect(said).toMatch(/^The protobuf cannot be read( at ".*")?: .+\.$/s);
      }),
      { numRuns: 3000 },
    );
  });
});
