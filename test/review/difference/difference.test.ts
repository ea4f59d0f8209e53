import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { authorityOf, type Judged, judgedBundle } from '../../../src/review/authority/authority.ts';
import { type Difference, differenceOf } from '../../../src/review/difference/difference.ts';
import { buildPolicy } from '../../decide/rego-lab.ts';
import { FIRST_TIME } from '../library.ts';

const AT = '2026-11-20T10:00:00.000Z';
const RULES = `
answered(outcome, holds) := {
  "outcome": outcome, "tier": "B", "environment": input.target.labels.namespace.environment, "warnings": [],
  "obligations": [], "holds": holds, "reasons": [{"rule": "tiny/fine", "message": "this is fine", "fix": ""}],
}

hold(people) := {"kind": "people", "key": "people", "groups": ["ops"], "quorum": people, "until": ""}

within if input.blast.objects <= data.settings.limits.tier_b[input.target.labels.namespace.environment].objects

decision := answered("allow", []) if {
  input.action.class == "write"
  within
}

decision := answered("hold", [hold(data.settings.people)]) if {
  input.action.class == "delete"
  within
}`;

function settings(objects: number, people: number, more: JsonObject = {}): JsonObject {
  const manifest = { rules: { 'tiny/fine': { title: 'Fine', needs: 'facts', effect: 'grant', classes: ['write'] } } };
  return {
    levels: { 3: {} },
    environments: { names: { dev: { production: false } } },
    limits: { tier_b: { dev: { objects, namespaces: 1, replicas: 1, pods: 1, share: 1 } } },
    ...{ people, manifest, ...more },
  };
}

async function bundle(data: JsonObject): Promise<Judged> {
  return judgedBundle(await buildPolicy(RULES, JSON.stringify({ settings: data })));
}

function shown({ rows }: Difference): readonly string[] {
  return rows.map(({ direction, drawn, cells, says }) => `${direction} (${drawn}, ${cells}): ${says}`);
}

describe('the difference between two bundles', () => {
  let old: Judged;
  beforeAll(async () => {
    old = await bundle(settings(3, 2));
  }, FIRST_TIME);

  it(
    'is nothing where they say the same',
    async () => {
      const difference = await differenceOf(old, await bundle(settings(3, 2)), { at: AT });
      expect(difference).toEqual({ rows: [], compared: expect.any(Number), rules: [], settings: [] });
      expect(difference.compared).toBeGreaterThan(1_000);
    },
    FIRST_TIME,
  );

  it(
    'is told by the calls of both: a limit that was widened lets through what is just beyond the old one',
    async () => {
      const difference = await differenceOf(old, await bundle(settings(5, 2)), { at: AT });
      expect(shown(difference)).toMatchInlineSnapshot(`
        [
          "more permissive (after, 24): dry_run, write · reach limit: runs alone, where before it is denied",
          "more permissive (before, 24): dry_run, write · dev · reach over: runs alone, where before it is denied",
          "more permissive (after, 16): delete · reach limit: waits for 2 people of ops, where before it is denied",
          "more permissive (before, 16): delete · dev · reach over: waits for 2 people of ops, where before it is denied",
          "more permissive (after, 4): dry_run, write · way back not_needed, inexact, none · reach limit: runs alone, where before it is denied",
          "more permissive (after, 4): write · reach limit · the gate unable: runs alone, where before it is denied",
          "more permissive (after, 4): delete · reach limit · the gate unable: waits for 2 people of ops, where before it is denied",
          "more permissive (before, 4): dry_run, write · dev · way back not_needed, inexact, none · reach over: runs alone, where before it is denied",
          "more permissive (before, 4): write · dev · reach over · the gate unable: runs alone, where before it is denied",
          "more permissive (before, 4): delete · dev · reach over · the gate unable: waits for 2 people of ops, where before it is denied",
          "more permissive (after, 1): delete · way back none · reach limit: waits for 2 people of ops, where before it is denied",
          "more permissive (before, 1): delete · dev · way back none · reach over: waits for 2 people of ops, where before it is denied",
        ]
      `);
      expect(difference.settings).toEqual([{ path: 'limits.tier_b.dev.objects', before: 3, after: 5 }]);
    },
    FIRST_TIME,
  );

  it(
    'has what is more permissive first',
    async () => {
      const difference = await differenceOf(old, await bundle(settings(2, 1)), { at: AT });
      expect(difference.rows.map(({ direction }) => direction)).toEqual(
        difference.rows.map(({ direction }) => direction).toSorted(),
      );
      expect(difference.rows[0]).toMatchObject({
        direction: 'more permissive',
        before: { outcome: 'hold' },
        after: { outcome: 'hold' },
      });
      expect(difference.rows.at(-1)).toMatchObject({ direction: 'stricter', after: { outcome: 'deny' } });
    },
    FIRST_TIME,
  );

  it(
    'judges an environment that only one of them names by both',
    async () => {
      const names = { dev: { production: false }, qa: { production: false } };
      const limits = { tier_b: { dev: { objects: 3 }, qa: { objects: 3 } } };
      const difference = await differenceOf(old, await bundle(settings(3, 2, { environments: { names }, limits })), {
        at: AT,
      });
      const added = difference.rows.filter(({ where }) => where.environment?.includes('qa') === true);
      expect(new Set(added.map(({ direction }) => direction))).toEqual(new Set(['more permissive']));
    },
    FIRST_TIME,
  );

  it(
    'names rules that came, went and say otherwise of themselves',
    async () => {
      const rule = { title: 'Fine', needs: 'facts', effect: 'hold', classes: ['write'] };
      const other = { title: 'Other', needs: 'request', effect: 'deny', classes: ['delete'] };
      const manifest = { rules: { 'tiny/fine': rule, 'tiny/other': other } };
      const next = await bundle(settings(3, 2, { manifest }));
      expect((await differenceOf(old, next, { at: AT })).rules).toEqual([
        {
          ...{ id: 'tiny/fine', change: 'changed', title: 'Fine' },
          fields: [{ path: 'effect', before: 'grant', after: 'hold' }],
        },
        { id: 'tiny/other', change: 'added', title: 'Other', fields: [] },
      ]);
      expect((await differenceOf(next, old, { at: AT })).rules.map(({ id, change }) => `${id} ${change}`)).toEqual([
        'tiny/fine changed',
        'tiny/other removed',
      ]);
    },
    FIRST_TIME,
  );

  it(
    'takes the matrix of the new one that is at hand',
    async () => {
      const next = await bundle(settings(3, 2));
      const known = await authorityOf(next, { at: AT });
      const results = known.results.map((result) => ({ ...result, outcome: 'deny' as const, holds: [] }));
      const { rows } = await differenceOf(old, next, { at: AT, known: { ...known, results } });
      expect(new Set(rows.map(({ direction }) => direction))).toEqual(new Set(['stricter']));
    },
    FIRST_TIME,
  );
});
