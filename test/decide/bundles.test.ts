import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BundleKey } from '../../src/config.ts';
import { readBundle } from '../../src/decide/bundle.ts';
import { createBundleJudge } from '../../src/decide/bundle-judge.ts';
import { StoredBundleOrder } from '../../src/decide/bundle-order.ts';
import { Bundles, type BundlesOptions } from '../../src/decide/bundles.ts';
import { readSiteBundle } from '../../src/decide/site-bundle.ts';
import { signArchive } from '../../src/review/sign.ts';
import { MemoryStore } from '../identify/memory-store.ts';
import { ALLOW, buildBundle, buildPolicy, inFolder, inputFor } from './rego-lab.ts';
import { buildLibrary, packSettings } from './site-lab.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key: BundleKey = {
  id: 'k1',
  key: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  algorithm: 'ES256',
  scope: '',
};

let first: Uint8Array;
beforeAll(async () => {
  first = await buildPolicy('');
});

describe('the bundles of a gate', () => {
  let second: Uint8Array;
  beforeAll(async () => {
    second = await buildPolicy(`decision := ${ALLOW} if input.action.name == "good"`);
  });

  it('swap to another one, tell the listeners and keep both', async () => {
    await inFolder({ 'one.tar.gz': first, 'two.tar.gz': second }, async (folder) => {
      const archive = join(folder, 'kept');
      const bundles = new Bundles({ keys: [], archive });
      expect(() => bundles.current).toThrow('no bundle is loaded yet');
      const swaps: string[] = [];
      const stop = bundles.onSwap(({ judge }) => swaps.push(judge.bundleDigest));

      const one = await bundles.load(join(folder, 'one.tar.gz'));
      expect(bundles.current.judge.judge(inputFor('good')).verdict.outcome).toBe('deny');
      const two = await bundles.load(join(folder, 'two.tar.gz'));
      expect(bundles.current.judge.judge(inputFor('good'))).toMatchObject({
        verdict: { outcome: 'allow' },
        bundleDigest: two.bundle.contentDigest,
        revision: 'test',
      });
      stop();
      await bundles.load(join(folder, 'one.tar.gz'));

      expect(swaps).toEqual([one.bundle.contentDigest, two.bundle.contentDigest]);
      expect(await bundles.archived(one.bundle.contentDigest)).toEqual({ library: Buffer.from(first) });
      expect(await bundles.archived(two.bundle.contentDigest)).toEqual({ library: Buffer.from(second) });
      expect(await bundles.archived(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
      await expect(bundles.archived('../../etc/passwd')).rejects.toMatchObject({ code: 'request/invalid' });
      expect(await readdir(archive)).toHaveLength(2);
    });
  });

  it('a judge that was taken before a swap goes on under its own bundle', async () => {
    await inFolder({ 'one.tar.gz': first, 'two.tar.gz': second }, async (folder) => {
      const bundles = new Bundles({ keys: [], archive: join(folder, 'kept') });
      const { judge } = await bundles.load(join(folder, 'one.tar.gz'));
      await bundles.load(join(folder, 'two.tar.gz'));
      expect(judge.judge(inputFor('good')).verdict.outcome).toBe('deny');
    });
  });

  it('loads that are asked for at once end with the last', async () => {
    await inFolder({ 'one.tar.gz': first, 'two.tar.gz': second }, async (folder) => {
      const bundles = new Bundles({ keys: [], archive: join(folder, 'kept') });
      const names = ['two', 'one', 'missing', 'two'];
      await Promise.allSettled(names.map((name) => bundles.load(join(folder, `${name}.tar.gz`))));
      expect(bundles.current.judge.judge(inputFor('good')).verdict.outcome).toBe('allow');
    });
  });

  it.each([
    ['truncated', 'bundle/invalid', 'not a gzip archive'],
    ['missing', 'bundle/invalid', 'cannot be read'],
    ['builtin', 'bundle/invalid', 'lacks: http.send'],
    ['loop', 'bundle/invalid', 'fails its self-check'],
  ])('one that is refused (%s) changes nothing', async (name, code, message) => {
    const files = {
      'one.tar.gz': second,
      'truncated.tar.gz': first.subarray(0, 1000),
      'builtin.tar.gz': await buildPolicy(
        'decision := 1 if http.send({"url": input.x, "method": "get"}).status_code == 1',
      ),
      'loop.tar.gz': await buildPolicy(
        'decision := 1 if { some x in numbers.range(1, 9999); some y in numbers.range(1, 9999); x * y < 0 }',
      ),
    };
    await inFolder(files, async (folder) => {
      const archive = join(folder, 'kept');
      const bundles = new Bundles({ keys: [], archive });
      const before = await bundles.load(join(folder, 'one.tar.gz'));
      const swaps: unknown[] = [];
      bundles.onSwap((loaded) => swaps.push(loaded));
      await expect(bundles.load(join(folder, `${name}.tar.gz`))).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
      expect(bundles.current).toBe(before);
      expect(bundles.current.judge.judge(inputFor('good')).verdict.outcome).toBe('allow');
      expect(swaps).toEqual([]);
      expect(await readdir(archive)).toHaveLength(1);
    });
  });

  it('bytes that were fetched load as a file does, and a refusal names where they came from', async () => {
    await inFolder({}, async (folder) => {
      const bundles = new Bundles({ keys: [], archive: join(folder, 'kept') });
      const from = 'https://bundles.example/library';
      const loaded = await bundles.loadArchives({ library: { archive: first, from } });
      expect(bundles.current).toBe(loaded);
      const broken = { library: { archive: first.subarray(0, 99), from } };
      await expect(bundles.loadArchives(broken)).rejects.toMatchObject({
        code: 'bundle/invalid',
        message: expect.stringContaining(`${from}: the bundle is not an archive`),
      });
      expect(bundles.current).toBe(loaded);
    });
  });

  it('with keys, only what one of them signed loads', async () => {
    await inFolder({ 'unsigned.tar.gz': first }, async (folder) => {
      const pem = join(folder, 'key.pem');
      const claims = join(folder, 'claims.json');
      await writeFile(pem, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await writeFile(claims, '{"keyid": "k1"}');
      const signed = await buildBundle(
        {
          'main.rego':
            'package sallyport\n\nimport rego.v1\n\ndefault decision := {"outcome": "deny", "tier": "C", "environment": "dev", "reasons": [], "warnings": [], "holds": [], "obligations": []}',
        },
        { args: ['--signing-key', pem, '--signing-alg', 'ES256', '--claims-file', claims] },
      );
      await writeFile(join(folder, 'signed.tar.gz'), signed);
      const bundles = new Bundles({ keys: [key], archive: join(folder, 'kept') });
      await expect(bundles.load(join(folder, 'unsigned.tar.gz'))).rejects.toMatchObject({ code: 'bundle/signature' });
      expect(() => bundles.current).toThrow('no bundle is loaded yet');
      const { bundle } = await bundles.load(join(folder, 'signed.tar.gz'));
      expect(bundle.files.has('.signatures.json')).toBe(true);
    });
  });

  it('one that cannot be kept does not judge', async () => {
    await inFolder({ 'one.tar.gz': first, kept: 'a file where the folder should be' }, async (folder) => {
      const bundles = new Bundles({ keys: [], archive: join(folder, 'kept') });
      await expect(bundles.load(join(folder, 'one.tar.gz'))).rejects.toMatchObject({ code: 'record/unavailable' });
      expect(() => bundles.current).toThrow('no bundle is loaded yet');
    });
  });
});

describe('a library and a site', () => {
  const from = 'here';
  let library: Uint8Array;
  beforeAll(async () => {
    library = await buildLibrary('library', 1);
  });
  const opened = (folder: string, over: Partial<BundlesOptions> = {}) =>
    new Bundles({ keys: [], site: { keys: [], trust: ['allowed'] }, archive: join(folder, 'kept'), ...over });
  const site = (settings: object, serial?: number) => ({
    archive: packSettings(settings, serial === undefined ? {} : { serial }),
    from,
  });

  it('judge together from the first, and each is replaced by itself', async () => {
    await inFolder({}, async (folder) => {
      const bundles = opened(folder);
      const judged = () => bundles.current.judge.judge(inputFor('delete')).verdict.outcome;
      await expect(bundles.loadArchives({ library: { archive: library, from } })).rejects.toMatchObject({
        code: 'bundle/invalid',
        message: 'there is no bundle of the site, and nothing judges without it',
      });
      const both = await bundles.loadArchives({ library: { archive: library, from }, site: site({ allowed: [] }) });
      expect(judged()).toBe('deny');
      await bundles.loadArchives({ site: site({ allowed: ['delete'] }) });
      expect(judged()).toBe('allow');
      const again = await bundles.loadArchives({ library: { archive: await buildLibrary('newer'), from } });
      expect([judged(), again.judge.revision]).toEqual(['allow', 'newer with site site']);
      await expect(bundles.loadArchives({ site: site({ alowed: [] }) })).rejects.toMatchObject({
        code: 'bundle/invalid',
      });
      expect(bundles.current).toBe(again);
      expect(both.judge.judge(inputFor('delete')).verdict.outcome).toBe('deny');
    });
  });

  it('can be judged by again, from the digest that decisions name', async () => {
    await inFolder({}, async (folder) => {
      const bundles = opened(folder);
      const own = site({ allowed: ['delete'] });
      const { judge } = await bundles.loadArchives({ library: { archive: library, from }, site: own });
      await bundles.loadArchives({ site: site({}) });
      const kept = await bundles.archived(judge.bundleDigest);
      expect(kept).toEqual({
        library: Buffer.from(library),
        site: { archive: Buffer.from(own.archive), trust: ['allowed'] },
      });
      if (kept?.site === undefined) throw new TypeError('a pair was kept');
      const pair = {
        library: readBundle(kept.library),
        site: { bundle: readSiteBundle(kept.site.archive), trust: kept.site.trust },
      };
      const again = await createBundleJudge(pair, {});
      expect(again.judge.judge(inputFor('delete'))).toEqual(judge.judge(inputFor('delete')));
      await rm(join(folder, 'kept', `${pair.site.bundle.contentDigest.slice(7)}.tar.gz`));
      expect(await bundles.archived(judge.bundleDigest)).toBeUndefined();
    });
  });

  it('a site without a place in the configuration is refused', async () => {
    await inFolder({}, async (folder) => {
      const bundles = opened(folder, { site: undefined });
      const both = { library: { archive: library, from }, site: site({}) };
      await expect(bundles.loadArchives(both)).rejects.toMatchObject({ code: 'bundle/invalid' });
    });
  });

  it("with keys, a site's bundle that its own key did not sign never loads, nor a library that the site's key signed", async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const own: BundleKey = { ...key, key: other.publicKey.export({ type: 'spki', format: 'pem' }).toString() };
    const sign = (archive: Uint8Array, by: KeyObject) =>
      signArchive(archive, { key: by, algorithm: 'ES256', keyId: 'k1' });
    const good = {
      library: { archive: await sign(library, pair.privateKey), from },
      site: { archive: await sign(packSettings({}), other.privateKey), from },
    };
    await inFolder({}, async (folder) => {
      const refused = { code: 'bundle/signature' };
      const bundles = opened(folder, { keys: [key], site: { keys: [own], trust: [] } });
      await expect(bundles.loadArchives({ ...good, site: site({}) })).rejects.toMatchObject(refused);
      const ofLibrary = { archive: await sign(packSettings({}), pair.privateKey), from };
      await expect(bundles.loadArchives({ ...good, site: ofLibrary })).rejects.toMatchObject(refused);
      const ofSite = { archive: await sign(library, other.privateKey), from };
      await expect(bundles.loadArchives({ ...good, library: ofSite })).rejects.toMatchObject(refused);
      await bundles.loadArchives(good);
      const keyless = opened(folder, { keys: [key], site: { keys: [], trust: [] } });
      await expect(keyless.loadArchives({ ...good, site: site({}) })).rejects.toMatchObject(refused);
    });
  });

  it('one that is older than what judged before is refused, with what is in force unmoved', async () => {
    await inFolder({}, async (folder) => {
      const order = new StoredBundleOrder(new MemoryStore(), { now: () => new Date(), newId: () => 'e1' });
      const bundles = opened(folder, { order });
      const before = await bundles.loadArchives({ library: { archive: library, from }, site: site({}, 5) });
      const older = { site: site({ allowed: ['delete'] }, 4) };
      await expect(bundles.loadArchives(older)).rejects.toMatchObject({ code: 'bundle/older' });
      expect(bundles.current).toBe(before);
      const restarted = opened(folder, { order });
      const both = { library: { archive: library, from }, ...older };
      await expect(restarted.loadArchives(both)).rejects.toMatchObject({ code: 'bundle/older' });
      expect(() => restarted.current).toThrow('no bundle is loaded yet');
      await restarted.loadArchives(both, { rollBack: { by: 'op1', why: 'it is meant' } });
      expect(restarted.current.judge.judge(inputFor('delete')).verdict.outcome).toBe('allow');
    });
  });
});

describe('the bundle of the package', () => {
  it('judges only as it was published, whatever its serial', async () => {
    const library = await buildLibrary('packaged', 1);
    const order = new StoredBundleOrder(new MemoryStore(), { now: () => new Date(), newId: () => 'e1' });
    await inFolder({}, async (folder) => {
      const pinned = readBundle(library).contentDigest;
      const bundles = new Bundles({ keys: [], archive: join(folder, 'kept'), pinned, order });
      await bundles.loadArchives({ library: { archive: library, from: 'package' } });
      const changed = { library: { archive: first, from: 'package' } };
      await expect(bundles.loadArchives(changed)).rejects.toMatchObject({
        code: 'bundle/invalid',
        message: expect.stringContaining('is not the one it was published with'),
      });
    });
  });
});
