import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, readBundle } from '../../src/decide/bundle.ts';
import { loadPolicy, settingsProblems } from '../../src/decide/policy.ts';
import { readSettingsProblems } from '../../src/decide/settings/settings-problems.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import { ROOT } from '../review/library.ts';

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
