import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/decide/bundle.ts';
import { isObject, type Json, type JsonObject } from '../../../src/json.ts';
import { environmentFindings } from '../../../src/review/findings/environment-findings.ts';
import { runbookFindings } from '../../../src/review/findings/runbook-findings.ts';
import { settingsOf } from '../../../src/review/provenance/module-check.ts';
import { COMMITTED, TIME } from '../review-lab.ts';

const NAMES = {
  undeclared: 'prod',
  names: { prod: { strictness: 2 }, dev: { strictness: 1 } },
  aliases: { live: 'prod' },
};

let shipped: JsonObject;

beforeAll(async () => {
  shipped = settingsOf(readBundle(await readFile(COMMITTED)).data);
});

describe('runbooks', () => {
  const due = (review_by: Json) => runbookFindings({ runbooks: { restart: { owner: 'ana', review_by } } }, TIME);
  const fix = 'have ana review it and set review_by anew';

  it.each([
    [
      '2026-11-20T09:59:59.000Z',
      'runbook-overdue',
      'its review was due on 2026-11-20; until it is reviewed it covers nothing',
    ],
    [
      '2026-11-20T10:00:00.000Z',
      'runbook-overdue',
      'its review was due on 2026-11-20; until it is reviewed it covers nothing',
    ],
    ['2026-11-20T10:00:01.000Z', 'runbook-due', 'its review is due on 2026-11-20; after that it covers nothing'],
    ['2026-12-20T10:00:00.000Z', 'runbook-due', 'its review is due on 2026-12-20; after that it covers nothing'],
    ['next summer', 'runbook-overdue', 'review_by is no time, so that it covers nothing'],
    [20261120, 'runbook-overdue', 'review_by is no time, so that it covers nothing'],
  ])('to be reviewed by %j', (review_by, rule, message) => {
    expect(due(review_by)).toEqual([{ rule, level: 'warning', message: `runbook restart: ${message}`, fix }]);
  });

  it('are fine for longer than thirty days, and where there are none', () => {
    expect([
      due('2026-12-20T10:00:01.000Z'),
      runbookFindings({}, TIME),
      runbookFindings({ runbooks: [] }, TIME),
    ]).toEqual([[], [], []]);
  });
});

describe('names of environments', () => {
  const unknown = 'so that this is not in force';

  it.each<[string, JsonObject, string, string]>([
    [
      'windows',
      { windows: { environments: { mars: {} } } },
      'windows.environments.mars: there is no environment named mars',
      'correct',
    ],
    [
      'windows of services',
      { windows: { services: { mars: {} } } },
      'windows.services.mars: there is no environment named mars',
      'correct',
    ],
    [
      'limits',
      { limits: { refuse: { live: {} } } },
      'limits.refuse.live: there is no environment named live',
      'write prod',
    ],
    [
      'budgets',
      { limits: { hourly: { agent: { mars: {} } } } },
      'limits.hourly.agent.mars: there is no environment named mars',
      'correct',
    ],
    [
      'runbooks',
      { runbooks: { r: { environments: { mars: true } } } },
      'runbooks.r.environments.mars: there is no environment named mars',
      'correct',
    ],
    [
      'approvers',
      { approvers: { environments: { Prod: [] } } },
      'approvers.environments.Prod: there is no environment named Prod',
      'correct',
    ],
    [
      'aliases',
      { environments: { ...NAMES, aliases: { qa: 'test' } } },
      'environments.aliases.qa: there is no environment named test',
      'correct',
    ],
    [
      'what is undeclared',
      { environments: { ...NAMES, undeclared: 'moon' } },
      'environments.undeclared: there is no environment named moon',
      'correct',
    ],
  ])('in %s', (_, settings, message, fix) => {
    expect(environmentFindings({ environments: NAMES, ...settings })).toEqual([
      {
        rule: 'environment-unknown',
        level: 'warning',
        message: `settings.${message}, ${unknown}`,
        fix: expect.stringMatching(new RegExp(`^${fix}`)),
      },
    ]);
  });

  it('are all known in the shipped settings', () => {
    expect(environmentFindings(shipped)).toEqual([]);
  });

  it('are looked at wherever the shipped settings have one', () => {
    const places = [...namedIn(shipped, [])].filter(([first]) => first !== 'environments' && first !== 'manifest');
    expect(places.length).toBeGreaterThan(5);
    for (const place of places) {
      const wrong = replaced(shipped, place, { 'no-such-environment': {} });
      expect({ place, found: environmentFindings(wrong).length }).toEqual({ place, found: 1 });
    }
  });
});

/** Where members are named after environments. */
function* namedIn(value: Json, path: readonly string[]): Generator<readonly string[]> {
  if (!isObject(value)) return;
  if (Object.hasOwn(value, 'prod') || Object.hasOwn(value, 'dev')) yield path;
  for (const [name, member] of Object.entries(value)) yield* namedIn(member, [...path, name]);
}

function replaced(value: Json, [name, ...rest]: readonly string[], by: JsonObject): JsonObject {
  if (name === undefined || !isObject(value)) return by;
  return { ...value, [name]: replaced(value[name] ?? {}, rest, by) };
}
