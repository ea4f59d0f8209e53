import { describe, expect, it } from 'vitest';
import { groundOf } from '../../../src/review/authority/ground.ts';
import { layOut } from '../../../src/review/authority/layout.ts';
import type { Matrix } from '../../../src/review/authority/matrix.ts';
import type { Recipe } from '../../../src/review/authority/recipe.ts';
import { prove } from '../../../src/review/invariants/prove.ts';
import { readInvariants } from '../../../src/review/invariants/read.ts';

const AT = '2026-11-20T10:00:00.000Z';
const ground = groundOf({ settings: { environments: { names: { dev: { production: false }, prod: {} } } } });
const times = Object.fromEntries(
  ground.places.map(({ name }) => [name, { open: AT, closed: undefined, blackout: false }]),
);
const recipe: Recipe = { ground, at: AT, times, plays: {} };
const space = layOut(recipe);
/** A policy that denies everything. */
const matrix: Matrix = {
  ...{ recipe, space, of: new Uint32Array(space.size), fuel: new Uint32Array(space.size) },
  results: [
    { outcome: 'deny', tier: 'C', environment: 'dev', holds: [], obligations: [], rules: ['a/b'], fault: undefined },
  ],
};

function read(text: string) {
  return readInvariants('own.yaml', text, space.axes, ground);
}

function file(...lines: readonly string[]): string {
  return ['invariants:', '  - name: one', '    why: because', ...lines.map((line) => `    ${line}`), ''].join('\n');
}

describe('a file of invariants', () => {
  it('is read, with the values that names and groups stand for', () => {
    const text = file(
      'for: {level: {below: 2}, act: [write, reads], environment: production, blast: {not: beyond}, tier: B}',
      'expect: {outcome: {not: allow}, people: {at_least: 2}, obligations: [verify]}',
    );
    const [{ about, tiers, demand, ...rest } = { about: [], tiers: undefined, demand: undefined }] = read(text);
    const named = about.map((set, index) =>
      space.axes[index]?.values.flatMap(({ name }, at) => (set.has(at) ? [name] : [])),
    );
    expect(rest).toEqual({ name: 'one', why: 'because', file: 'own.yaml', line: 2 });
    expect(named.slice(0, 3)).toEqual([
      ['0', '1'],
      ['discovery', 'telemetry', 'read', 'write'],
      ['prod', 'undeclared', 'unknown'],
    ]);
    expect(named[5]).toEqual(['nothing', 'small', 'limit']);
    expect(tiers).toEqual(new Set(['B']));
    expect(demand).toEqual({
      kind: 'result',
      expect: { outcome: new Set(['hold', 'deny']), people: 2, obligations: ['verify'], tier: undefined },
    });
  });

  it('is read with orders, a step for each name', () => {
    const [invariant] = read(file('never_more_permissive: {environment: [declared, unknown]}'));
    expect(invariant?.demand).toEqual({ kind: 'order', axis: 2, steps: [[0, 1], [3]] });
  });

  it.each([
    ['', 'own.yaml:1:1: the file is empty; expected a list of invariants'],
    ['invariants: []\n', 'own.yaml:1:13: invariants: expected at least one invariant, got a list'],
    ['invariants: 3\n', 'own.yaml:1:13: invariants: expected a list of invariants, got 3'],
    [
      file('expect: {outcome: allow}', 'unless: 3'),
      'own.yaml:5:5: invariants[0].unless: unknown key; expected one of name, why, for, expect, never_more_permissive',
    ],
    [
      file('expect: {outcome: allow, because: x}'),
      'own.yaml:4:30: invariants[0].expect.because: unknown key; expected one of outcome, people, obligations, tier',
    ],
    [
      file('for: {levl: 2}', 'expect: {outcome: allow}'),
      'own.yaml:4:11: invariants[0].for.levl: unknown key; did you mean level?',
    ],
    [
      file('for: {act: wrte}', 'expect: {outcome: allow}'),
      'own.yaml:4:16: invariants[0].for.act: "wrte" is no value of act; expected one of discovery, telemetry, read, sensitive_read, dry_run, write, delete, connect, credential, authority, unknown, reads, changes',
    ],
    [
      file('for: {environment: qa}', 'expect: {outcome: allow}'),
      'own.yaml:4:24: invariants[0].for.environment: "qa" is no value of environment; expected one of dev, prod, undeclared, unknown, production, elsewhere, declared',
    ],
    [
      file('for: {act: {below: 2}}', 'expect: {outcome: allow}'),
      'own.yaml:4:16: invariants[0].for.act: expected a value of act, a list of values, {not: value}, got a mapping',
    ],
    [
      file('for: {act: []}', 'expect: {outcome: allow}'),
      'own.yaml:4:16: invariants[0].for.act: expected a value of act, a list of values, {not: value}, got a list',
    ],
    [
      file('expect: {outcome: permit}'),
      'own.yaml:4:23: invariants[0].expect.outcome: expected one of allow, hold, deny, a list of them, or {not: ...}, got "permit"',
    ],
    [
      file('expect: {obligations: [watch]}'),
      'own.yaml:4:28: invariants[0].expect.obligations[0]: expected one of notify, capture, verify, canary, fallback, dry-run-first, as-dry-run, got "watch"',
    ],
    [
      file('expect: {}'),
      'own.yaml:4:13: invariants[0].expect: expected at least one of outcome, people, obligations, tier, got a mapping',
    ],
    [
      file('for: {level: 2}'),
      'own.yaml:2:5: invariants[0]: expected either expect or never_more_permissive, and not both, got a mapping',
    ],
    [
      file('never_more_permissive: {blast: [small]}'),
      'own.yaml:4:28: invariants[0].never_more_permissive: expected a mapping with one axis and a list of its values, from the more permissive to the less, got a mapping',
    ],
    [
      file('never_more_permissive: {size: [small, over]}'),
      `own.yaml:4:28: invariants[0].never_more_permissive: "size" is no axis; expected one of ${space.axes.map(({ name }) => name).join(', ')}`,
    ],
    [
      `${file('expect: {outcome: deny}')}  - {name: one, why: again, expect: {outcome: deny}}\n`,
      'own.yaml:5:12: invariants[1].name: the name one was already given above; expected a name of its own',
    ],
    ['invariants: [*x]\n', 'own.yaml:1:14: aliases ("*...") are not supported; write the value out'],
  ])('is refused where it stands (%#)', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'config/invalid', message }));
  });

  it('is refused where a statement is about no call at all, and so could not be broken', () => {
    const text = file('for: {window: closed}', 'expect: {outcome: deny}');
    expect(() => prove(matrix, read(text))).toThrow(
      expect.objectContaining({
        code: 'config/invalid',
        message: 'own.yaml:2: one: the matrix has no call that this is about',
      }),
    );
  });
});

describe('a proof', () => {
  it('counts what was held against it', () => {
    const [proof] = prove(
      matrix,
      read(file('for: {act: discovery, freeze: none, grant: covers, service: normal}', 'expect: {outcome: deny}')),
    );
    expect(proof).toMatchObject({ checked: 24, broken: 0, counterexample: undefined });
  });

  it('takes what is denied to need people and obligations enough', () => {
    const [proof] = prove(
      matrix,
      read(file('for: {act: discovery}', 'expect: {people: {at_least: 2}, obligations: [verify]}')),
    );
    expect(proof?.broken).toBe(0);
  });
});
