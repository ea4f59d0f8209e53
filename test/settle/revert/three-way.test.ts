import { describe, expect, it } from 'vitest';
import { jsonPatch } from '../../../src/demo/patch.ts';
import type { JsonObject } from '../../../src/json.ts';
import { guardedPatch } from '../../../src/settle/revert/kubernetes/guarded-patch.ts';
import { takeBack } from '../../../src/settle/revert/kubernetes/three-way.ts';

const named = (...names: readonly (string | JsonObject)[]) =>
  names.map((item) => (typeof item === 'string' ? { name: item } : item));

interface Case {
  readonly what: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly now: JsonObject;
  readonly wanted: JsonObject;
  /** What conflicts: path, set, now, wanted. */
  readonly conflicts?: readonly (readonly unknown[])[];
}

const CASES: readonly Case[] = [
  { what: 'what the change set goes back', before: { a: 1 }, after: { a: 2 }, now: { a: 2 }, wanted: { a: 1 } },
  { what: 'what it added goes', before: {}, after: { a: 1 }, now: { a: 1, b: 2 }, wanted: { b: 2 } },
  { what: 'what it removed comes back', before: { a: 1 }, after: {}, now: { b: 2 }, wanted: { b: 2, a: 1 } },
  {
    what: 'what others added stays',
    before: { m: { a: 1 } },
    after: { m: { a: 2 } },
    now: { m: { a: 2, b: 3 } },
    wanted: { m: { a: 1, b: 3 } },
  },
  { what: 'what is back already stays', before: { a: 1 }, after: { a: 2 }, now: { a: 1 }, wanted: { a: 1 } },
  {
    what: 'a map that it made goes when it is empty',
    before: {},
    after: { m: { a: 1 } },
    now: { m: { a: 1 } },
    wanted: {},
  },
  {
    what: 'a map that it made stays with what others put in',
    before: {},
    after: { m: { a: 1 } },
    now: { m: { a: 1, b: 2 } },
    wanted: { m: { b: 2 } },
  },
  {
    what: 'a map that it took away comes back beside what others put there',
    before: { m: { a: 1 } },
    after: {},
    now: { m: { b: 2 } },
    wanted: { m: { b: 2, a: 1 } },
  },
  {
    what: 'an empty map is no missing one',
    before: { m: {} },
    after: { m: { a: 1 } },
    now: { m: { a: 1 } },
    wanted: { m: {} },
  },
  {
    what: 'the same place of others is a conflict',
    before: { a: 1 },
    after: { a: 2 },
    now: { a: 3 },
    wanted: { a: 1 },
    conflicts: [['/a', 2, 3, 1]],
  },
  {
    what: 'what others took away is a conflict',
    before: { a: 1 },
    after: { a: 2 },
    now: {},
    wanted: { a: 1 },
    conflicts: [['/a', 2, null, 1]],
  },
  {
    what: 'what it took away and others put back otherwise is a conflict',
    before: { a: 1 },
    after: {},
    now: { a: 3 },
    wanted: { a: 1 },
    conflicts: [['/a', null, 3, 1]],
  },
  {
    what: 'what it added and others changed is a conflict',
    before: {},
    after: { a: 1 },
    now: { a: 2 },
    wanted: {},
    conflicts: [['/a', 1, 2, null]],
  },
  {
    what: 'keys are escaped as pointers want it',
    before: { 'x/y~z': 1 },
    after: { 'x/y~z': 2 },
    now: { 'x/y~z': 3 },
    wanted: { 'x/y~z': 1 },
    conflicts: [['/x~1y~0z', 2, 3, 1]],
  },
  {
    what: 'items are told apart by their names, wherever they stand',
    before: { l: named({ name: 'a', v: 1 }, 'b') },
    after: { l: named({ name: 'a', v: 2 }, 'b') },
    now: { l: named('theirs', { name: 'a', v: 2 }, 'b') },
    wanted: { l: named({ name: 'a', v: 1 }, 'b', 'theirs') },
  },
  {
    what: 'an item that it added goes',
    before: { l: named('a') },
    after: { l: named('a', 'b') },
    now: { l: named('a', 'b', 'c') },
    wanted: { l: named('a', 'c') },
  },
  {
    what: 'an item that it took out comes back to its place',
    before: { l: named('a', 'b', 'c') },
    after: { l: named('a', 'c') },
    now: { l: named('a', 'c', 'd') },
    wanted: { l: named('a', 'b', 'c', 'd') },
  },
  {
    what: 'an order that it changed goes back',
    before: { l: named('a', 'b') },
    after: { l: named('b', 'a') },
    now: { l: named('b', 'a') },
    wanted: { l: named('a', 'b') },
  },
  {
    what: 'an item that others changed is a conflict by its name',
    before: { l: named({ name: 'a', v: 1 }) },
    after: { l: named({ name: 'a', v: 2 }) },
    now: { l: named({ name: 'a', v: 3 }) },
    wanted: { l: named({ name: 'a', v: 1 }) },
    conflicts: [['/l/a/v', 2, 3, 1]],
  },
  {
    what: 'any other list is one place',
    before: { l: [1, 2] },
    after: { l: [1] },
    now: { l: [1, 3] },
    wanted: { l: [1, 2] },
    conflicts: [['/l', [1], [1, 3], [1, 2]]],
  },
  {
    what: 'items whose names are not their own are no names',
    before: { l: named('a', 'a') },
    after: { l: named('a') },
    now: { l: named('a') },
    wanted: { l: named('a', 'a') },
  },
  {
    what: 'another type is a change as any',
    before: { a: { b: 1 } },
    after: { a: 'x' },
    now: { a: 'x' },
    wanted: { a: { b: 1 } },
  },
  { what: 'null is a value', before: { a: null }, after: { a: 1 }, now: { a: 1 }, wanted: { a: null } },
];

describe('taking a change out of an object', () => {
  it.each(CASES)('$what', ({ before, after, now, wanted, conflicts = [] }) => {
    const found = takeBack(before, after, now);
    expect(found).toEqual({
      wanted,
      conflicts: conflicts.map(([path, set, is, was]) => ({ path, set, now: is, wanted: was })),
    });
  });

  it('takes a name like __proto__ for a name', () => {
    const read = (text: string): JsonObject => JSON.parse(text);
    const found = takeBack(read('{"__proto__": 1}'), read('{"__proto__": 2}'), read('{"__proto__": 2, "a": 1}'));
    expect(JSON.stringify(found.wanted)).toBe('{"__proto__":1,"a":1}');
  });

  it.each(CASES)('its patch does just that: $what', ({ now, wanted }) => {
    expect(jsonPatch(now, guardedPatch(now, wanted))).toEqual(wanted);
  });

  it.each(CASES.filter(({ now, wanted }) => JSON.stringify(now) !== JSON.stringify(wanted)))(
    'its patch does nothing to what was changed meanwhile: $what',
    ({ now, wanted }) => {
      const operations = guardedPatch(now, wanted);
      const [first] = operations;
      const name = String(first?.path).split('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~') ?? '';
      expect(() => jsonPatch({ ...now, [name]: 'theirs' }, operations)).toThrow();
    },
  );
});
