import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTarGz } from '../../../src/decide/tar.ts';
import { run } from '../../../src/review/opa.ts';
import { readKeyFiles } from '../../../src/review/provenance/key-files.ts';
import { checkSignature } from '../../../src/review/provenance/signature-check.ts';
import { FIRST_TIME, pinnedOpa } from '../library.ts';
import { COMMITTED } from '../review-lab.ts';

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

let folder: string;
let opa: string;

beforeAll(async () => {
  opa = await pinnedOpa();
  folder = await mkdtemp(join(tmpdir(), 'sallyport-keys-'));
  await writeKeys('rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }));
  await writeKeys('ec', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  await writeKeys('ed', generateKeyPairSync('ed25519'));
  await writeKeys('x', generateKeyPairSync('x25519'));
}, FIRST_TIME);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeKeys(name: string, { publicKey, privateKey }: Pair): Promise<void> {
  await writeFile(join(folder, `${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(join(folder, `${name}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** The files of the committed bundle, signed by the real OPA. */
async function signed(key: string, algorithm: string, scope = ''): Promise<ReadonlyMap<string, Uint8Array>> {
  const out = await mkdtemp(join(folder, 'signed-'));
  const claims = join(out, 'claims.json');
  await writeFile(claims, JSON.stringify({ keyid: 'ci', ...(scope === '' ? {} : { scope }) }));
  const args = [
    'sign',
    '--signing-key',
    join(folder, `${key}.key`),
    '--signing-alg',
    algorithm,
    '-o',
    out,
    '--claims-file',
    claims,
  ];
  const ended = await run(opa, [...args, '--bundle', COMMITTED], {});
  if (ended.status !== 0) throw new Error(ended.stderr);
  return new Map(readTarGz(await readFile(COMMITTED))).set(
    '.signatures.json',
    await readFile(join(out, '.signatures.json')),
  );
}

const keyFiles = (...names: readonly string[]) => names.map((name) => join(folder, `${name}.pub`));

describe('a signature', () => {
  it.each([
    ['rsa', 'RS256'],
    ['rsa', 'PS384'],
    ['ec', 'ES256'],
  ])('with %s and %s is verified with the public key in a file, among others', async (key, algorithm) => {
    const files = await signed(key, algorithm);
    const keys = await readKeyFiles(keyFiles('ed', 'rsa', 'ec'), files, '');
    expect(await checkSignature(files, keys)).toEqual({
      state: 'verified',
      keyId: 'ci',
      algorithm,
      scope: '',
    });
  });

  it('by another key is refused', async () => {
    const files = await signed('rsa', 'RS256');
    expect(await checkSignature(files, await readKeyFiles(keyFiles('ec'), files, ''))).toMatchObject({
      state: 'refused',
    });
  });

  it('of other contents is refused', async () => {
    const files = new Map(await signed('rsa', 'RS256')).set('data.json', Buffer.from('{}'));
    expect(await checkSignature(files, await readKeyFiles(keyFiles('rsa'), files, ''))).toEqual({
      state: 'refused',
      why: 'the bundle is refused: data.json is not what was signed',
    });
  });

  it('with the public key as an HMAC secret is refused', async () => {
    await writeFile(join(folder, 'hs.key'), await readFile(join(folder, 'rsa.pub')));
    const files = await signed('hs', 'HS256');
    expect(await checkSignature(files, await readKeyFiles(keyFiles('rsa'), files, ''))).toMatchObject({
      state: 'refused',
    });
  });

  it('for another scope is refused', async () => {
    const files = await signed('rsa', 'RS256', 'site');
    expect(await checkSignature(files, await readKeyFiles(keyFiles('rsa'), files, ''))).toMatchObject({
      state: 'refused',
    });
    expect(await checkSignature(files, await readKeyFiles(keyFiles('rsa'), files, 'site'))).toMatchObject({
      state: 'verified',
      scope: 'site',
    });
  });

  it('that there is none is refused where there are keys, and said where there are none', async () => {
    const files = readTarGz(await readFile(COMMITTED));
    expect(await checkSignature(files, [])).toEqual({ state: 'unsigned' });
    expect(await checkSignature(files, await readKeyFiles(keyFiles('rsa'), files, ''))).toMatchObject({
      state: 'refused',
    });
  });

  it('is not called verified without a key', async () => {
    const files = await signed('rsa', 'RS256');
    expect(await checkSignature(files, [])).toEqual({ state: 'unchecked', claimedKey: 'ci' });
    const broken = new Map(files).set('.signatures.json', Buffer.from('{'));
    expect(await checkSignature(broken, [])).toEqual({ state: 'unchecked', claimedKey: 'unreadable' });
  });
});

describe('a key file', () => {
  it.each([
    ['missing.pub', /missing\.pub cannot be read/],
    ['rsa.key', /rsa\.key: it holds a private key/],
    ['x.pub', /x\.pub: bundles are not signed with keys of type x25519/],
  ])('%s is refused by name', async (name, message) => {
    await expect(readKeyFiles([join(folder, name)], new Map(), '')).rejects.toMatchObject({ code: 'config/invalid' });
    await expect(readKeyFiles([join(folder, name)], new Map(), '')).rejects.toThrow(message);
  });
});
