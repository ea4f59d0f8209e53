import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Bundle, readBundle } from '../../src/decide/bundle.ts';
import { createBundleJudge } from '../../src/decide/bundle-judge.ts';
import { loadPolicy, settingsProblems } from '../../src/decide/policy.ts';
import { readSettingsProblems } from '../../src/decide/settings/settings-problems.ts';
import { readSiteBundle } from '../../src/decide/site-bundle.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import { ROOT } from '../review/library.ts';
import { packSettings } from './site-lab.ts';

let bundle: Bundle;
beforeAll(async () => {
  bundle = readBundle(await readFile(join(ROOT, 'bundles/sallyport.tar.gz')));
});

/** The shipped policy with other settings, as a site's data come in place of the library's. */
function withSettings(change: (settings: JsonObject) => JsonObject): Pick<Bundle, 'wasm' | 'data'> {
  const settings = isObject(bundle.data.settings) ? bundle.data.settings : {};
  return { wasm: bundle.wasm, data: { ...bundle.data, settings: { ...settings, ...change(settings) } } };
}

const NOWHERE = { approvers: { default: ['platform'], environments: { mars: ['martians'] } } };

describe("a site's settings, which may have been built anywhere, in place of the library's", () => {
  const judgeWith = (settings: object, trust: readonly string[]) =>
    createBundleJudge({ library: bundle, site: { bundle: readSiteBundle(packSettings(settings)), trust } }, {});

  it.each([
    [
      'of another form',
      { windows: { default: 'shut', environments: {}, services: {} } },
      'data.site.settings.windows.default: expected one of open, closed, got "shut"',
    ],
    ['with a hole', { levels: { '0': { title: 'none', cells: {} } } }, 'data.site.settings.levels.1: missing'],
    ['that mean nothing', NOWHERE, 'approvers.environments.mars: there is no environment mars'],
    [
      'that let a higher level do less',
      { levels: undoneLevels() },
      'levels.4.cells.c: level 4 may do less here than level 3',
    ],
  ])('%s are refused, trusted or not', async (_, settings, why) => {
    for (const trust of [[], Object.keys(settings)])
      await expect(judgeWith(settings, trust)).rejects.toMatchObject({
        code: 'bundle/invalid',
        message: expect.stringContaining(why),
      });
  });

  it('are used where nothing is wrong with them', async () => {
    const site = { approvers: { default: ['ours'], environments: {} } };
    expect((await judgeWith(site, ['approvers'])).warnings).toEqual([]);
  });
});

/** The level table, but for a cell of level 4 that asks for one more person than level 3. */
function undoneLevels(): object {
  const text = readFileSync(join(ROOT, 'rego/data/levels.yaml'), 'utf8');
  const { levels } = parse(text);
  levels['4'].cells.c.people = 2;
  return levels;
}

describe('settings that mean something else than they say', () => {
  it('are none of those that come with the gate', async () => {
    expect(await settingsProblems(bundle)).toEqual([]);
  });

  it('are told with the path of the setting', async () => {
    expect(await settingsProblems(withSettings(() => NOWHERE))).toEqual([
      {
        level: 'error',
        path: ['approvers', 'environments', 'mars'],
        at: 'value',
        message: 'there is no environment mars; there are dev, prod, staging, test',
      },
    ]);
  });

  it('keep a bundle from being loaded', async () => {
    await expect(loadPolicy(withSettings(() => NOWHERE))).rejects.toMatchObject({
      code: 'bundle/invalid',
      message:
        'the settings of the bundle cannot be used: approvers.environments.mars: there is no environment mars; there are dev, prod, staging, test',
    });
  });

  it('but for warnings, with which it is loaded', async () => {
    const source = withSettings(({ limits }) => ({
      limits: { ...(isObject(limits) ? limits : {}), refuse: { staging: { pods: 1 } } },
    }));
    expect(await settingsProblems(source)).toEqual([
      {
        level: 'warning',
        path: ['limits', 'refuse', 'staging', 'pods'],
        at: 'value',
        message: 'prod, which is stricter than staging, has no such limit or a wider one',
      },
    ]);
    expect((await loadPolicy(source)).evaluate('{}').fuel).toBe(0);
  });

  it('are found among many entries', async () => {
    const services = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, { outside: 'deny' }]));
    const weekly = [{ days: ['mon'], from: '09:00', to: '17:00', zone: 'Mars/North' }];
    const source = withSettings(({ windows }) => ({
      windows: {
        ...(isObject(windows) ? windows : {}),
        services: { prod: { ...services, s9999: { outside: 'deny', weekly } } },
      },
    }));
    expect((await settingsProblems(source)).map(({ path }) => path)).toEqual([
      ['windows', 'services', 'prod', 's9999', 'weekly', 0, 'zone'],
    ]);
  });

  it('are errors where their level is another one', () => {
    expect(readSettingsProblems([{ result: [{ level: 'odd', path: ['a', 1], message: 'm' }] }])).toEqual([
      { level: 'error', path: ['a', 1], at: 'value', message: 'm' },
    ]);
  });

  it.each([
    undefined,
    [],
    [{ result: {} }],
    [{ result: ['text'] }],
    [{ result: [{ path: [] }] }],
    [{ result: [{ message: '' }] }],
  ])('cannot be told by an answer of another shape (%#)', (result) => {
    expect(() => readSettingsProblems(result)).toThrow('did not answer with a list of problems');
  });
});
