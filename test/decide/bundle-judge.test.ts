import { describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { createBundleJudge, identityOf } from '../../src/decide/bundle-judge.ts';
import { readSiteBundle } from '../../src/decide/site-bundle.ts';
import { packTar } from '../../src/review/pack-tar.ts';
import { inputFor } from './rego-lab.ts';
import { buildLibrary, buildSite, membersOf, pack, packSettings } from './site-lab.ts';

const ACTIONS = ['read', 'restart', 'scale', 'delete', 'forbidden'];
const ALONE = { read: 'allow', restart: 'allow', scale: 'hold', delete: 'deny', forbidden: 'deny' };

async function outcomes(site: Uint8Array, trust: readonly string[]) {
  const { library, bundle } = await membersOf(site);
  const { judge, warnings } = await createBundleJudge({ library, site: { bundle, trust } }, {});
  const judged = ACTIONS.map((name) => [name, judge.judge(inputFor(name)).verdict.outcome]);
  return { outcomes: Object.fromEntries(judged), warnings };
}

describe('the settings of a site', () => {
  const settings = packSettings({ allowed: ['read', 'delete', 'forbidden'], held: [] });

  it('only tighten where they are not trusted', async () => {
    expect(await outcomes(settings, [])).toEqual({
      outcomes: { ...ALONE, restart: 'deny', scale: 'deny' },
      warnings: [],
    });
  });

  it('grant where they are trusted, one by one', async () => {
    expect((await outcomes(settings, ['allowed'])).outcomes).toEqual({
      ...ALONE,
      ...{ restart: 'deny', delete: 'allow', scale: 'deny' },
    });
    const freed = packSettings({ allowed: ['read', 'scale'], held: [] });
    expect((await outcomes(freed, ['allowed'])).outcomes).toMatchObject({ scale: 'hold' });
    expect((await outcomes(freed, ['allowed', 'held'])).outcomes).toMatchObject({ scale: 'allow' });
  });

  it('that are all trusted cost one evaluation, as without a site', async () => {
    const { library, bundle } = await membersOf(settings);
    const fuelOf = async (trust?: readonly string[]) => {
      const pair = trust === undefined ? { library } : { library, site: { bundle, trust } };
      return (await createBundleJudge(pair, {})).judge.judge(inputFor('forbidden')).fuel;
    };
    expect(await fuelOf(['allowed', 'held'])).toBe(await fuelOf());
    expect(await fuelOf(['allowed'])).toBeGreaterThan(await fuelOf());
  });

  it('that the library does not have, and trust in such, are refused', async () => {
    await expect(outcomes(packSettings({ alowed: [] }), [])).rejects.toMatchObject(
      invalid('it brings the setting "alowed", which the library does not have'),
    );
    await expect(outcomes(settings, ['alowed'])).rejects.toMatchObject(
      invalid('the configuration trusts it with the setting "alowed"'),
    );
    await expect(outcomes(settings, ['manifest'])).rejects.toMatchObject(invalid('with the setting "manifest"'));
  });
});

describe('the rules of a site', () => {
  it('grant nothing where they are not trusted', async () => {
    expect(await outcomes(await buildSite(['delete']), [])).toEqual({ outcomes: ALONE, warnings: [] });
  });

  it('grant what no rule of the library objects to where they are trusted', async () => {
    const site = await buildSite(['delete', 'scale', 'forbidden']);
    expect((await outcomes(site, ['rules'])).outcomes).toEqual({ ...ALONE, delete: 'allow' });
  });

  it('of a module that was tampered with lift nothing that the library denies or holds, trusted or not', async () => {
    const site = await buildSite(ACTIONS, { tampered: true });
    expect((await outcomes(site, [])).outcomes).toEqual(ALONE);
    expect((await outcomes(site, ['rules'])).outcomes).toEqual({ ...ALONE, delete: 'allow' });
  });

  it('that are trusted do not bring in settings that are not', async () => {
    const site = await buildSite([], { settings: { allowed: ['read', 'delete'] } });
    expect((await outcomes(site, ['rules'])).outcomes).toEqual({ ...ALONE, restart: 'deny' });
    expect((await outcomes(site, ['rules', 'allowed'])).outcomes).toEqual({
      ...ALONE,
      ...{ restart: 'deny', delete: 'allow' },
    });
  });

  it('that were compiled with another library go on tightening and grant no more', async () => {
    const site = await buildSite(['delete'], { library: 'sha256:other', settings: { allowed: ['read'] } });
    expect(await outcomes(site, ['rules'])).toEqual({
      outcomes: { ...ALONE, restart: 'deny' },
      warnings: [expect.stringContaining('was built with another library than the one in force')],
    });
  });
});

describe('a pair', () => {
  it('has a digest of its own that names both and the trust, not how either was packed', async () => {
    const library = readBundle(await buildLibrary());
    const digestOf = (site: Uint8Array, trust: readonly string[]) =>
      identityOf({ library, site: { bundle: readSiteBundle(site), trust } }).bundleDigest;
    const settings = { allowed: ['read'] };
    const one = digestOf(packSettings(settings), ['allowed', 'held']);
    expect(digestOf(packSettings(settings, { revision: 'other', serial: 9 }), ['held', 'allowed', 'held'])).toBe(one);
    const others = [digestOf(packSettings(settings), ['held']), digestOf(packSettings({}), ['allowed', 'held'])];
    expect(new Set([one, ...others, library.contentDigest]).size).toBe(4);
  });

  it('whose roots overlap is refused', async () => {
    const manifest = { roots: ['sallyport', 'settings', 'site/settings'] };
    const wasm = [{ entrypoint: 'sallyport/decision', module: 'policy.wasm' }];
    const { wasm: module } = readBundle(await buildLibrary());
    const library = readBundle(pack({ '.manifest': { ...manifest, wasm }, 'data.json': {} }, module));
    const bundle = readSiteBundle(packSettings({}));
    await expect(createBundleJudge({ library, site: { bundle, trust: [] } }, {})).rejects.toMatchObject(
      invalid(`the library's root "site/settings" and the site's root "site" overlap`),
    );
  });
});

describe("a site's archive is refused", () => {
  const good = { '.manifest': { roots: ['site'] }, 'data.json': { site: { settings: {} } } };
  const wasm = [{ entrypoint: 'site/decision', module: 'policy.wasm' }];
  const withRules = (site: object) =>
    pack({ '.manifest': { roots: ['site'], wasm }, 'data.json': { site } }, new Uint8Array(8));

  it.each([
    [
      'with a root of the library',
      pack({ ...good, '.manifest': { roots: ['site', 'settings'] } }),
      'the root "settings"',
    ],
    ['with the root of everything', pack({ ...good, '.manifest': {} }), 'it claims the root ""'],
    ['with no root', pack({ '.manifest': { roots: [] } }), 'it claims no root'],
    ['with data of the library', pack({ ...good, 'data.json': { settings: {} } }), 'data.json has data at "settings"'],
    ['with a rule as data', pack({ ...good, 'data.json': { site: { rules: {} } } }), 'data.site.rules: it may hold'],
    ['with a manifest as data', pack({ ...good, 'data.json': { site: { manifest: {} } } }), 'data.site.manifest: it'],
    [
      "with the library's manifest as a setting",
      pack({ ...good, 'data.json': { site: { settings: { manifest: {} } } } }),
      "data.site.settings.manifest is the library's own",
    ],
    ['with settings that are a list', pack({ ...good, 'data.json': { site: { settings: [] } } }), 'is not an object'],
    ['with a module that answers nothing', pack(good, new Uint8Array(8)), 'names no entrypoint site/decision'],
    [
      "with the library's entrypoint",
      pack({ ...good, '.manifest': { roots: ['site'], wasm: [{ ...wasm[0], entrypoint: 'sallyport/decision' }] } }),
      'the entrypoint sallyport/decision is outside its roots',
    ],
    ['with a module that is not there', pack({ ...good, '.manifest': { roots: ['site'], wasm } }), 'is not in it'],
    [
      'with an entrypoint twice',
      pack({ ...good, '.manifest': { roots: ['site'], wasm: [...wasm, ...wasm] } }),
      'twice',
    ],
    ['with rules and no library', withRules({}), 'data.site.library.digest is missing'],
    ['with rules and no settings', withRules({ library: { digest: 'x' } }), 'data.site.library.settings is missing'],
    [
      'with rules and no manifest',
      withRules({ library: { digest: 'x', settings: { a: {} } } }),
      'data.site.manifest has no index',
    ],
    [
      'with a serial that JSON does not keep',
      pack({ ...good, '.manifest': { roots: ['site'], metadata: { sallyport: { serial: 2 ** 53 } } } }),
      'serial is not a whole number',
    ],
    ["with Rego of the library's", withSource('package sallyport.level'), 'x.rego is of package sallyport.level'],
    ['with Rego behind a comment', withSource('# package site\npackage sallyport'), 'is of package sallyport,'],
    ['with Rego of a bracketed package', withSource('package sallyport["site"]'), 'is of package sallyport.site'],
    ['with Rego of no package', withSource('# package site'), 'x.rego has no package'],
  ])('%s', (_, archive, why) => {
    expect(() => readSiteBundle(archive)).toThrow(expect.objectContaining(invalid(why)));
  });

  function withSource(rego: string): Uint8Array {
    return packTar(
      new Map([
        ['.manifest', Buffer.from(JSON.stringify(good['.manifest']))],
        ['site/x.rego', Buffer.from(rego)],
      ]),
    );
  }
});

function invalid(why: string): object {
  return { code: 'bundle/invalid', message: expect.stringContaining(why) };
}
