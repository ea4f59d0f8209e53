import { describe, expect, it } from 'vitest';
import { diffObjects } from '../../../src/describe/kubernetes/object-diff.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import type { Json } from '../../../src/json.ts';

const redactor = createRedactor(Buffer.alloc(32, 5));
const { digest } = redactor;
const diff = (before: Json | undefined, after: Json | undefined) => diffObjects(before, after, redactor);
const changes = (before: Json | undefined, after: Json | undefined) =>
  diff(before, after).changes.map(({ path, from, to }) => `${path} ${JSON.stringify(from)} > ${JSON.stringify(to)}`);

describe('the difference of two objects', () => {
  it.each<[string, Json | undefined, Json | undefined, string[]]>([
    ['nothing', { a: { b: [1, {}] } }, { a: { b: [1, {}] } }, []],
    ['the order of members', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ['a leaf', { a: { b: 1 } }, { a: { b: 2 } }, ['/a/b 1 > 2']],
    ['leaves that come, in order', { a: {} }, { a: { d: 1, c: { e: true } } }, ['/a/c/e null > true', '/a/d null > 1']],
    ['leaves that go', { a: { c: 1 } }, {}, ['/a/c 1 > null']],
    ['an empty node', {}, { a: {}, b: [] }, ['/a null > {}', '/b null > []']],
    ['a type', { a: 1 }, { a: { b: 2 } }, ['/a 1 > null', '/a/b null > 2']],
    ['a list that becomes an object', { a: [1] }, { a: { b: 2 } }, ['/a/0 1 > null', '/a/b null > 2']],
    ['pointers that need escaping', { 'a/b~c': 1 }, { 'a/b~c': 2 }, ['/a~1b~0c 1 > 2']],
    [
      'a new object',
      undefined,
      { kind: 'ConfigMap', data: { a: 'b' } },
      ['/data/a null > "b"', '/kind null > "ConfigMap"'],
    ],
    ['a deleted object', { a: 1 }, undefined, ['/a 1 > null']],
    ['no object at all', undefined, undefined, []],
    [
      'plain lists by place',
      { args: ['a', 'b'] },
      { args: ['a', 'c', 'd'] },
      ['/args/1 "b" > "c"', '/args/2 null > "d"'],
    ],
    [
      'what the server keeps for itself',
      {
        metadata: { uid: 'a', generation: 1, resourceVersion: '1', creationTimestamp: 'x', managedFields: [1] },
        status: { a: 1 },
      },
      { metadata: { uid: 'b', generation: 2, resourceVersion: '2', managedFields: [2] }, status: { a: 2 } },
      [],
    ],
    [
      'fields that only share its names',
      { spec: { status: 1, uid: 'a' } },
      { spec: { status: 2, uid: 'b' } },
      ['/spec/status 1 > 2', '/spec/uid "a" > "b"'],
    ],
    ['__proto__', JSON.parse('{}'), JSON.parse('{"__proto__":{"a":1}}'), ['/__proto__/a null > 1']],
  ])('%s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected);
  });

  it('compares lists by name: an item keeps its index, a new one follows after the last', () => {
    const before = {
      c: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
        { name: 'c', image: '1' },
      ],
    };
    const after = {
      c: [
        { name: 'd', image: '9' },
        { name: 'a', image: '1' },
        { name: 'c', image: '2' },
      ],
    };
    expect(changes(before, after)).toEqual([
      '/c/1/image "1" > null',
      '/c/1/name "b" > null',
      '/c/2/image "1" > "2"',
      '/c/3/image null > "9"',
      '/c/3/name null > "d"',
    ]);
  });

  it('says when only the order of a list by name differs', () => {
    const list = (...names: string[]) => ({ c: names.map((name) => ({ name })) });
    expect(changes(list('a', 'b', 'c'), list('b', 'a', 'c'))).toEqual(['/c ["a","b","c"] > ["b","a","c"]']);
  });

  it('compares by place where names are not unique', () => {
    expect(
      changes(
        {
          c: [
            { name: 'a', x: 1 },
            { name: 'a', x: 2 },
          ],
        },
        {
          c: [
            { name: 'a', x: 1 },
            { name: 'a', x: 3 },
          ],
        },
      ),
    ).toEqual(['/c/1/x 2 > 3']);
  });

  it('shows secrets by digest, and only those that differ', () => {
    const secret = (a: string, b: string) => ({ kind: 'Secret', stringData: { a, b } });
    expect(diff(secret('hunter1', 'same'), secret('hunter2', 'same'))).toMatchObject({
      paths: ['/stringData/a'],
      changes: [{ path: '/stringData/a', from: digest('hunter1'), to: digest('hunter2') }],
    });
  });

  it.each([
    [64, 64, 64, '/p063'],
    [65, 64, 65, '/p064'],
    [256, 64, 256, '/p255'],
    [257, 64, 256, ''],
    [10_000, 64, 256, ''],
  ])('is bounded: of %i leaves it shows %i changes and %i paths', (leaves, shown, paths, last) => {
    const after = Object.fromEntries(Array.from({ length: leaves }, (_, at) => [`p${String(at).padStart(3, '0')}`, 1]));
    const found = diff({}, after);
    expect([found.changes.length, found.paths.length, found.paths.at(-1)]).toEqual([shown, paths, last]);
  });
});
