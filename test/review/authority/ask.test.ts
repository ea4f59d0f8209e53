import { beforeAll, describe, expect, it } from 'vitest';
import { askRecipe } from '../../../src/review/authority/authority.ts';
import { groundOf } from '../../../src/review/authority/ground.ts';
import { layOut } from '../../../src/review/authority/layout.ts';
import type { Recipe } from '../../../src/review/authority/recipe.ts';
import { buildMutant } from '../invariants/mutants.ts';
import { FIRST_TIME } from '../library.ts';

/** A Friday. */
const AT = '2026-11-20T10:00:00.000Z';
const weekly = (days: readonly string[], from: string, to: string) => [{ days, from, to, zone: 'UTC' }];

describe('what the calls of a matrix are made of', () => {
  let recipe: Recipe;
  beforeAll(async () => {
    const judged = await buildMutant({
      settings: {
        'windows.default': 'closed',
        'windows.environments': {
          dev: { outside: 'hold', weekly: weekly(['mon', 'fri'], '09:00', '17:00') },
          test: { outside: 'deny' },
          prod: { outside: 'deny', weekly: weekly(['tue'], '12:15', '12:45') },
        },
        'runbooks.restart-stateless.environments': { dev: true, test: true, prod: true },
        'runbooks.restart-stateless.actions': {
          'kubernetes:configmaps:patch': { way_back: ['inverse'], places: ['/data'] },
        },
      },
    });
    recipe = await askRecipe(judged, AT);
  }, FIRST_TIME);

  it('is when its windows are open and closed, by the bundle itself', () => {
    const tuesday = '2026-11-24T12:15:00.000Z';
    expect(recipe.times).toEqual({
      dev: { open: AT, closed: '2026-11-20T17:00:00.000Z', blackout: false },
      // Never closed by the data, so that a blackout is added for the question.
      test: { open: AT, closed: AT, blackout: true },
      // No window, and closed by default.
      staging: { open: undefined, closed: AT, blackout: false },
      prod: { open: tuesday, closed: AT, blackout: false },
      undeclared: { open: tuesday, closed: AT, blackout: false },
      // It may be anywhere, and so in the one that never opens.
      unknown: { open: undefined, closed: AT, blackout: false },
    });
  });

  it('is what its runbooks cover, and where', () => {
    const covered = (act: string) =>
      Object.entries(recipe.plays[act] ?? {}).map(([place, { runbook, action }]) => [place, runbook, action.name]);
    const patched = 'kubernetes:configmaps:patch';
    expect(covered('write')).toEqual([
      ['dev', 'restart-stateless', patched],
      ['test', 'restart-stateless', patched],
      ['staging', undefined, 'kubernetes:deployments.apps:patch'],
      ['prod', 'restart-stateless', patched],
      ['undeclared', 'restart-stateless', patched],
      ['unknown', undefined, 'kubernetes:deployments.apps:patch'],
    ]);
    expect(new Set(covered('delete').map(([, runbook]) => runbook))).toEqual(new Set([undefined]));
  });

  it('leaves out what there is not: a window that never opens, a runbook that covers nothing', () => {
    const space = layOut(recipe);
    const at = {
      ...{ level: '2', act: 'write', environment: 'staging', window: 'closed', way_back: 'exact', blast: 'small' },
      ...{ service: 'normal', runbook: 'none', gate: 'able', freeze: 'none', spent: 'little', gives: 'nothing' },
      ...{ stake: 'ordinary', evidence: 'brought', grant: 'covers', body: 'readable' },
    };
    expect(space.find(at)).toEqual(expect.any(Number));
    expect(space.find({ ...at, window: 'open' })).toBeUndefined();
    expect(space.find({ ...at, runbook: 'covering' })).toBeUndefined();
    expect(space.find({ ...at, environment: 'prod', runbook: 'covering' })).toEqual(expect.any(Number));
  });
});

describe('the settings of a bundle', () => {
  it('need not be there', () => {
    const { places, levels, home } = groundOf({});
    expect([levels, home, places.map(({ name, production }) => [name, production])]).toEqual([
      [0, 1, 2, 3, 4, 5],
      'undeclared',
      [
        ['undeclared', true],
        ['unknown', true],
      ],
    ]);
  });

  it.each([
    [{ settings: 3 }],
    [{ settings: { levels: [], environments: { names: 'prod' }, limits: { tier_b: null }, risk: true } }],
    [JSON.parse('{"settings": {"environments": {"names": {"__proto__": {}, "unknown": {}, "none": {}}}}}')],
  ])('may be of any shape (%#)', (data) => {
    expect(
      groundOf(data)
        .places.map(({ name }) => name)
        .filter((name) => name !== '__proto__'),
    ).toEqual(['undeclared', 'unknown']);
  });

  it('with more environments than can be reviewed are refused', () => {
    const names = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`e${index}`, {}]));
    expect(() => groundOf({ settings: { environments: { names } } })).toThrow(
      expect.objectContaining({ code: 'bundle/invalid' }),
    );
  });
});
