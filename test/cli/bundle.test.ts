import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packageBundle } from '../../src/config/file.ts';
import { packTar } from '../../src/review/pack-tar.ts';
import { signArchive } from '../../src/review/sign.ts';
import { FIRST_TIME, pinnedOpa, ROOT } from '../review/library.ts';
import { type CliLab, openCliLab, runCli } from './cli-lab.ts';

// OPA compiles a whole library, which takes a while where much else is going on.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    key: privateKey,
  };
};
const [library, site] = [pair(), pair()];
let folder: string;
let opa: string;

beforeAll(async () => {
  opa = await pinnedOpa();
  folder = await mkdtemp(join(tmpdir(), 'sallyport-build-cli-'));
  await cp(join(ROOT, 'rego'), join(folder, 'rego'), { recursive: true });
  for (const [name, { privatePem, publicPem }] of [['library', library] as const, ['site', site] as const]) {
    await writeFile(join(folder, `${name}.pem`), privatePem, { mode: 0o600 });
    await writeFile(join(folder, `${name}.pub.pem`), publicPem);
  }
  await mkdir(join(folder, 'site', 'data'), { recursive: true });
  await writeFile(join(folder, 'site', 'data', 'approvers.yaml'), 'approvers: {default: [lead], environments: {}}\n');
}, FIRST_TIME);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]) => runCli(folder, { OPA: opa, SOURCE_DATE_EPOCH: '1000000000' }, args);
const sign = (name: string) => ['--signing-key', `${name}.pem`, '--signing-alg', 'EdDSA', '--key-id', name];

describe('sallyport build and verify', () => {
  it('a library: built, signed, verified, and what it says of itself', async () => {
    const built = await run('build', '--out', 'own.tar.gz', '--by', 'Ada', ...sign('library'), '--json');
    expect([built.code, built.err]).toEqual([0, '']);
    const { digest, revision, signed } = JSON.parse(built.out);
    expect(signed).toBe(true);
    const verified = await run('verify', 'own.tar.gz', '--key', 'library.pub.pem', '--json');
    expect([verified.code, verified.err]).toEqual([0, '']);
    expect(JSON.parse(verified.out)).toMatchObject({
      ...{ kind: 'library', verified: true, refused: null, digest, revision, serial: 1_000_000_000_000 },
      signature: { keyId: 'library', algorithm: 'EdDSA', scope: '' },
      built: { by: 'Ada', at: '2001-09-09T01:46:40.000Z', opa: '1.22.0' },
    });
    const shown = await run('verify', 'own.tar.gz', '--key', 'library.pub.pem');
    expect(shown.out).toMatch(/signature: +holds: key library, EdDSA, scope none\n[\s\S]*FILE +BYTES +SHA-256/);
  });

  it("a site's settings: built without OPA, signed, verified by the configuration", async () => {
    const args = ['build', '--site', 'site', '--data-only', '--out', 'site.tar.gz', ...sign('site'), '--scope', 'site'];
    const built = await runCli(folder, { OPA: '/nowhere', PATH: '' }, args);
    expect([built.code, built.err]).toEqual([0, '']);
    const key = (name: string) => ({ id: name, key: `${name}.pub.pem`, algorithm: 'EdDSA' });
    const own = { path: 'site.tar.gz', keys: [{ ...key('site'), scope: 'site' }] };
    const config = {
      routes: [{ name: 'a', surface: 'kubernetes', at: '/kube/a', upstream: { url: 'http://127.0.0.1:1' } }],
      bundle: { path: packageBundle(), keys: [key('library')], site: own },
    };
    await writeFile(join(folder, 'sallyport.yaml'), JSON.stringify(config));
    const verified = await run('verify', 'site.tar.gz', '--json');
    expect([verified.code, verified.err]).toEqual([0, '']);
    expect(JSON.parse(verified.out)).toMatchObject({
      ...{ kind: 'site', verified: true, library: null, roots: ['site'] },
      signature: { keyId: 'site', scope: 'site' },
      files: [{ name: '.manifest' }, { name: '.signatures.json' }, { name: 'data.json' }],
    });
  });

  it('a bundle that is refused ends with 1 and says why', async () => {
    await writeFile(join(folder, 'unsigned.tar.gz'), await readFile(packageBundle()));
    const other = await signArchive(await readFile(packageBundle()), { ...site, algorithm: 'EdDSA', keyId: 'library' });
    await writeFile(join(folder, 'foreign.tar.gz'), other);
    for (const [name, why] of [
      ['unsigned', 'it is not signed'],
      ['foreign', 'its signature does not hold under key library'],
    ]) {
      const { code, out } = await run('verify', `${name}.tar.gz`, '--key', 'library.pub.pem', '--json');
      expect([code, JSON.parse(out)]).toMatchObject([
        1,
        { verified: false, refused: expect.stringContaining(why ?? '') },
      ]);
    }
  });

  it.each([
    ['an archive that is none', ['verify', 'library.pem', '--key', 'library.pub.pem'], /not a gzip archive/],
    [
      'an archive that is not there',
      ['verify', 'none.tar.gz', '--key', 'library.pub.pem'],
      /none\.tar\.gz cannot be read/,
    ],
    [
      'an archive that climbs out',
      ['verify', 'climbing.tar.gz', '--key', 'library.pub.pem'],
      /leads out of the archive/,
    ],
    ['a key that is not there', ['verify', 'site.tar.gz', '--key', 'none.pem'], /--key none\.pem cannot be read/],
    ['a private key', ['verify', 'site.tar.gz', '--key', 'site.pem'], /holds a private key/],
    [
      'another algorithm',
      ['verify', 'site.tar.gz', '--key', 'site.pub.pem', '--alg', 'RS256'],
      /needs a key of type rsa/,
    ],
    ['a key that others may read', ['build', '--signing-key', 'site.pub.pem'], /may be read or written by others/],
    ['a key of another algorithm', ['build', '--signing-key', 'site.pem'], /RS256 needs a key of type rsa/],
    ['a key as an argument', ['build', '--signing-key', '-----BEGIN PRIVATE KEY-----'], /is a file, not the key/],
    ['a serial that is none', ['build', '--serial', '-1'], /--serial is "-1"/],
    ['--data-only without a site', ['build', '--data-only'], /--data-only belongs to --site/],
    ['a site that is not there', ['build', '--site', 'nowhere', '--data-only'], /nowhere holds no settings/],
    [
      'settings that are wrong',
      ['build', '--site', 'wrong', '--data-only'],
      /data\/a\.yaml:1:1: aprovers: unknown key/,
    ],
    ['Rego that is wrong', ['build', '--site', 'broken'], /site\/x\.rego:1: rego_parse_error/],
  ])('%s ends with 2 and says where', async (_, args, why) => {
    await mkdir(join(folder, 'wrong', 'data'), { recursive: true });
    await writeFile(join(folder, 'wrong', 'data', 'a.yaml'), 'aprovers: {}\n');
    await mkdir(join(folder, 'broken'), { recursive: true });
    await writeFile(join(folder, 'broken', 'x.rego'), 'package site.x :=');
    await writeFile(join(folder, 'climbing.tar.gz'), packTar(new Map([['../evil', Buffer.from('')]])));
    const { code, out, err } = await run(...args);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(why) });
  });
});

describe('sallyport bundle', () => {
  let lab: CliLab;
  beforeAll(async () => {
    lab = await openCliLab();
  });
  afterAll(() => lab.close());

  it('shows what judges', async () => {
    const { code, out } = await lab.run('viewer', 'bundle', 'show');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^revision: +test-1\n[\s\S]*library: +revision test-1, serial 1, /),
    ]);
  });

  it('reloads for administrators alone, back to an older one only when told so', async () => {
    expect(await lab.run('operator', 'bundle', 'reload', '--why', 'new')).toMatchObject({ code: 1 });
    const { code, out } = await lab.run('administrator', 'bundle', 'reload', '--why', 'new', '--rollback', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([0, { revision: 'test-2' }]);
    expect(await lab.run('administrator', 'bundle', 'reload')).toMatchObject({ code: 2 });
  });
});
