import { generateKeyPairSync } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BundleKey } from '../../src/config.ts';
import { Bundles } from '../../src/decide/bundles.ts';
import { ALLOW, buildBundle, buildPolicy, inFolder, inputFor } from './rego-lab.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key: BundleKey = {
  id: 'k1',
  key: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  algorithm: 'ES256',
  scope: '',
};

describe('the bundles of a gate', () => {
  let first: Uint8Array;
  let second: Uint8Array;
  beforeAll(async () => {
    first = await buildPolicy('');
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
