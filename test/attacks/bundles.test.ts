import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTarGz } from '../../src/decide/tar.ts';
import { packTar } from '../../src/review/pack-tar.ts';
import { type BundleSigner, signArchive } from '../../src/review/sign.ts';
import { buildLibrary, buildSite, packSettings } from '../decide/site-lab.ts';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { startRecordingUpstream } from '../gate/recording-upstream.ts';

/** Whoever can put a file where the gate looks for its bundles, and has old ones, others' ones or the site's key. */
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [own, theirs] = [pair(), pair()];
const LIBRARY: BundleSigner = { key: own.privateKey, algorithm: 'ES256', keyId: 'library' };
const SITE: BundleSigner = { key: theirs.privateKey, algorithm: 'ES256', keyId: 'site', scope: 'site' };

let folder: string;
let lab: GateLab;
let closeUpstream: () => Promise<void>;
let library: Uint8Array;
let site: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-bundles-'));
  library = await signArchive(await buildLibrary('new', 20), LIBRARY);
  site = await signArchive(packSettings({ allowed: ['read'] }, { serial: 20 }), SITE);
  const pem = async (name: string, { publicKey }: typeof own) => {
    await writeFile(join(folder, name), publicKey.export({ type: 'spki', format: 'pem' }));
    return { id: name, key: join(folder, name), algorithm: 'ES256' };
  };
  await put('library', library);
  await put('site', site);
  const upstream = await startRecordingUpstream();
  closeUpstream = () => upstream.close();
  lab = await startGateLab({
    upstream: { url: upstream.url },
    config: {
      bundle: {
        ...{ path: join(folder, 'library.tar.gz'), watch: false, keys: [await pem('library', own)] },
        site: {
          ...{ path: join(folder, 'site.tar.gz'), trust: ['allowed'] },
          keys: [{ ...(await pem('site', theirs)), scope: 'site' }],
        },
      },
    },
  });
});
afterAll(async () => {
  await lab.close();
  await closeUpstream();
  await rm(folder, { recursive: true });
});

const put = (name: string, archive: Uint8Array) => writeFile(join(folder, `${name}.tar.gz`), archive);

/** An archive with some of its files replaced, or taken out, and its signature as it was. */
function changed(archive: Uint8Array, files: Readonly<Record<string, string | undefined>>): Uint8Array {
  const copy = new Map(readTarGz(archive));
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) copy.delete(name);
    else copy.set(name, Buffer.from(text));
  }
  return packTar(copy);
}

const textOf = (archive: Uint8Array, name: string) => Buffer.from(readTarGz(archive).get(name) ?? []).toString();

/** Signed with a payload and header of one's own. */
async function forged(archive: Uint8Array, by: BundleSigner, header: object, over: object): Promise<Uint8Array> {
  const { signatures } = JSON.parse(textOf(await signArchive(archive, by), '.signatures.json'));
  const payload = JSON.parse(Buffer.from(String(signatures[0]).split('.')[1] ?? '', 'base64url').toString());
  const token = await new CompactSign(Buffer.from(JSON.stringify({ ...payload, ...over })))
    .setProtectedHeader({ alg: by.algorithm, kid: by.keyId, ...header })
    .sign(by.key);
  return changed(archive, { '.signatures.json': JSON.stringify({ signatures: [token] }) });
}

const attacks: readonly (readonly [string, string, () => Promise<Uint8Array> | Uint8Array, RegExp])[] = [
  [
    "the site's key, for the library",
    'library',
    () => buildLibrary('x', 21).then((one) => signArchive(one, SITE)),
    /key "site", which is not configured/,
  ],
  [
    "the site's key under the name of the library's",
    'library',
    () => buildLibrary('x', 21).then((one) => signArchive(one, { ...SITE, keyId: 'library' })),
    /its signature does not hold under key library/,
  ],
  [
    "the library's key, for the site",
    'site',
    () =>
      signArchive(packSettings({ allowed: ['delete'] }, { serial: 21 }), { ...LIBRARY, keyId: 'site', scope: 'site' }),
    /its signature does not hold under key site/,
  ],
  [
    "the site's key, for another scope",
    'site',
    () => signArchive(packSettings({ allowed: ['delete'] }, { serial: 21 }), { ...SITE, scope: 'library' }),
    /it is signed for scope "library", key site signs for "site"/,
  ],
  [
    "the site's key, for no scope",
    'site',
    () => forged(packSettings({}, { serial: 21 }), SITE, {}, { scope: undefined }),
    /signed for scope ""/,
  ],
  [
    "the site's key, for roots of the library",
    'site',
    () => buildLibrary('x', 21).then((one) => signArchive(one, SITE)),
    /it claims the root "sallyport"/,
  ],
  [
    "the site's bundle in the place of the library's",
    'library',
    () => site,
    /names no WASM entrypoint sallyport\/decision/,
  ],
  [
    "the site's key, for rules as data",
    'site',
    () =>
      signArchive(
        changed(packSettings({}, { serial: 21 }), { 'data.json': '{"site": {"rules": {"a": {"answer": [{}]}}}}' }),
        SITE,
      ),
    /data\.site\.rules: it may hold settings/,
  ],
  ['no signature', 'site', () => changed(site, { '.signatures.json': undefined }), /it is not signed/],
  [
    'the signature of another bundle',
    'site',
    () =>
      changed(packSettings({ allowed: ['delete'] }, { serial: 20 }), {
        '.signatures.json': textOf(site, '.signatures.json'),
      }),
    /data\.json is not what was signed/,
  ],
  [
    'a second signature file deeper down',
    'site',
    () => changed(site, { 'site/.signatures.json': textOf(site, '.signatures.json') }),
    /a second signatures file, site\/\.signatures\.json/,
  ],
  [
    'settings in a second form',
    'site',
    () => changed(site, { 'site/data.yaml': 'settings: {held: []}\n' }),
    /site\/data\.yaml is not covered/,
  ],
  [
    'a newer serial on an old bundle',
    'site',
    async () => {
      const old = await signArchive(packSettings({ allowed: ['delete'] }, { serial: 1 }), SITE);
      return changed(old, { '.manifest': textOf(old, '.manifest').replace('"serial":1', '"serial":99') });
    },
    /\.manifest is not what was signed/,
  ],
  [
    'an old bundle, signed as ever',
    'site',
    () => signArchive(packSettings({ allowed: ['delete'] }, { serial: 1 }), SITE),
    /its serial is 1, the newest/,
  ],
  [
    'an old library',
    'library',
    () => buildLibrary('old', 1).then((one) => signArchive(one, LIBRARY)),
    /its serial is 1, the newest/,
  ],
  [
    'one from before there were serials',
    'site',
    () => signArchive(packSettings({ allowed: ['delete'] }), SITE),
    /it has no serial/,
  ],
  [
    'another one with the same serial',
    'site',
    () => signArchive(packSettings({ allowed: ['delete'] }, { serial: 20 }), SITE),
    /both have the serial 20 and are not the same/,
  ],
  [
    'a key of its own in the header',
    'site',
    async () => {
      const stranger = pair();
      const jwk = stranger.publicKey.export({ format: 'jwk' });
      return forged(packSettings({}, { serial: 21 }), { ...SITE, key: stranger.privateKey }, { jwk }, {});
    },
    /its signature does not hold under key site/,
  ],
  [
    'a path as the name of the key',
    'site',
    () => forged(packSettings({}, { serial: 21 }), SITE, { kid: '../site' }, {}),
    /key "\.\.\/site", which is not configured/,
  ],
  [
    'a member of all objects as the name of the key',
    'site',
    () => forged(packSettings({}, { serial: 21 }), SITE, { kid: '__proto__' }, {}),
    /key "__proto__", which is not configured/,
  ],
];

describe('a bundle in the place of a good one is refused, and both that judge go on', () => {
  it.each(attacks)('%s', async (_, member, make, why) => {
    const { sources: _before, ...before } = await lab.admin.get('/v1/bundle');
    await put(member, await make());
    await expect(lab.admin.post('/v1/bundle/reload', { why: 'a test' })).rejects.toMatchObject({
      code: expect.stringMatching(/^bundle\//),
      message: expect.stringMatching(why),
    });
    await put('library', library);
    await put('site', site);
    const { sources: _after, ...after } = await lab.admin.get('/v1/bundle');
    expect(after).toEqual(before);
  });

  it("rules that the site's key signed and the configuration does not trust grant nothing", async () => {
    const { digest } = JSON.parse(JSON.stringify(await lab.admin.get('/v1/bundle')));
    const tampered = await buildSite(['delete', 'forbidden'], { tampered: true });
    const files = new Map(readTarGz(tampered));
    const manifest = JSON.parse(Buffer.from(files.get('.manifest') ?? []).toString());
    files.set('.manifest', Buffer.from(JSON.stringify({ ...manifest, metadata: { sallyport: { serial: 30 } } })));
    await put('site', await signArchive(packTar(files), SITE));
    const loaded = await lab.admin.post('/v1/bundle/reload', { why: 'a test' });
    expect(loaded.digest).not.toBe(digest);
    const { token } = await lab.agent({ level: 4 });
    const answer = await lab.call('DELETE', '/kube/demo/api/v1/namespaces/shop-dev/configmaps/one', { token });
    expect(answer.status).toBe(403);
  });
});
