import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyBundle } from '../../src/decide/signature.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { run } from '../../src/review/opa.ts';
import { signArchive } from '../../src/review/sign.ts';
import { readSigner } from '../../src/review/signing-key.ts';
import { buildPolicy, inFolder } from '../decide/rego-lab.ts';
import { createAuthority } from '../lab/certificates.ts';
import { pinnedOpa } from './library.ts';

// OPA compiles a whole library, which takes a while where much else is going on.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const SECRET = 'a secret that two parties share, '.repeat(2);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const [p256, p384, p521] = ['P-256', 'P-384', 'P-521'].map((namedCurve) => generateKeyPairSync('ec', { namedCurve }));

const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const texts = (pair: { privateKey: KeyObject; publicKey: KeyObject } | undefined) =>
  pair === undefined ? ([SECRET, SECRET] as const) : ([pkcs8(pair.privateKey), spki(pair.publicKey)] as const);

let opa: string;
let archive: Uint8Array;
beforeAll(async () => {
  opa = await pinnedOpa();
  archive = await buildPolicy('', '{"settings": {"a": 1.0, "b": ["<&>", "\\u2028"]}}');
});

/** Whether the real OPA takes a bundle as signed by a key. */
async function opaVerifies(bundle: string, key: string, algorithm: string, more: readonly string[] = []) {
  const args = ['build', '--bundle', bundle, '--verification-key', key, '--signing-alg', algorithm, ...more];
  const { status, stdout, stderr } = await run(opa, [...args, '-o', `${bundle}.out`], {});
  return { status, said: (stdout + stderr).trim() };
}

describe('a bundle that is signed here', () => {
  it.each([
    ['RS256', texts(rsa)],
    ['RS384', texts(rsa)],
    ['RS512', texts(rsa)],
    ['PS256', texts(rsa)],
    ['PS384', texts(rsa)],
    ['PS512', texts(rsa)],
    ['ES256', texts(p256)],
    ['ES384', texts(p384)],
    ['ES512', texts(p521)],
    ['EdDSA', texts(ed)],
    ['HS256', texts(undefined)],
    ['HS384', texts(undefined)],
    ['HS512', texts(undefined)],
  ])('%s verifies here and in OPA', async (algorithm, [key, verifier]) => {
    await inFolder({ 'key.pem': key, 'public.pem': verifier }, async (folder) => {
      await chmod(join(folder, 'key.pem'), 0o600);
      const signer = await readSigner({ key: join(folder, 'key.pem'), algorithm, keyId: 'k1', scope: 'library' });
      const signed = await signArchive(archive, signer);
      const keys = [{ id: 'k1', key: verifier, algorithm, scope: 'library' }];
      expect(await verifyBundle(readTarGz(signed), keys)).toEqual({ keyId: 'k1', algorithm, scope: 'library' });
      const file = join(folder, 'signed.tar.gz');
      await writeFile(file, signed);
      const named = algorithm.startsWith('HS') ? verifier : join(folder, 'public.pem');
      const known = ['--verification-key-id', 'k1', '--scope', 'library'];
      expect(await opaVerifies(file, named, algorithm, known)).toEqual({ status: 0, said: '' });
      const foreign = await opaVerifies(file, named, algorithm, ['--verification-key-id', 'k1', '--scope', 'site']);
      expect(foreign).toEqual({ status: 1, said: expect.stringContaining('scope mismatch') });
    });
  });

  it('verifies by a certificate of the key', async () => {
    const { certificate, key } = createAuthority(new Date()).server(['signer.example'], []);
    const type = createPublicKey(certificate).asymmetricKeyType;
    const algorithm = type === 'rsa' ? 'RS256' : 'ES256';
    await inFolder({ 'key.pem': key, 'cert.pem': certificate }, async (folder) => {
      await chmod(join(folder, 'key.pem'), 0o600);
      const signer = await readSigner({ key: join(folder, 'key.pem'), algorithm, keyId: 'k1' });
      const signed = await signArchive(archive, signer);
      const keys = [{ id: 'k1', key: certificate, algorithm, scope: '' }];
      expect(await verifyBundle(readTarGz(signed), keys)).toMatchObject({ keyId: 'k1' });
      await writeFile(join(folder, 'signed.tar.gz'), signed);
      const verified = await opaVerifies(join(folder, 'signed.tar.gz'), join(folder, 'cert.pem'), algorithm);
      expect(verified).toEqual({ status: 0, said: '' });
    });
  });

  it('has one signature, however often it is signed', async () => {
    const signer = { key: createPrivateKey(pkcs8(ed.privateKey)), algorithm: 'EdDSA', keyId: 'k1' };
    const once = await signArchive(archive, signer);
    expect(await signArchive(once, signer)).toEqual(once);
  });
});

describe('a key to sign with', () => {
  const pem = pkcs8(ed.privateKey);
  const passphrase = 'correct horse';
  const locked = rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
  const files = {
    'key.pem': pem,
    'locked.pem': locked,
    'passphrase.txt': `${passphrase}\n`,
    'wrong.txt': 'wrong',
    'text.pem': 'hello',
    'public.pem': spki(ed.publicKey),
    'short.txt': 'short',
    'empty.pem': '',
    'small.pem': pkcs8(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    'p384.pem': texts(p384)[0],
  };
  const withFiles = <T>(work: (at: (name: string) => string) => Promise<T>) =>
    inFolder(files, async (folder) => {
      for (const name of Object.keys(files)) await chmod(join(folder, name), 0o600);
      return await work((name) => join(folder, name));
    });

  it('may have a passphrase, in a file', async () => {
    await withFiles(async (at) => {
      const options = { key: at('locked.pem'), algorithm: 'PS256', keyId: 'k1' };
      const signer = await readSigner({ ...options, passphraseFile: at('passphrase.txt') });
      expect(signer.key.asymmetricKeyType).toBe('rsa');
      await expect(readSigner(options)).rejects.toThrow(/it needs a passphrase/);
      await expect(readSigner({ ...options, passphraseFile: at('wrong.txt') })).rejects.toThrow(/is another one/);
    });
  });

  it.each([
    ['that is not there', 'none.pem', 'EdDSA', 'config/invalid', /no such file/],
    ['that is empty', 'empty.pem', 'EdDSA', 'config/invalid', /it is empty/],
    ['that is no key', 'text.pem', 'EdDSA', 'config/invalid', /it is no PEM private key/],
    ['that is public', 'public.pem', 'EdDSA', 'config/invalid', /it is no PEM private key/],
    ['of another type', 'key.pem', 'RS256', 'usage/invalid', /RS256 needs a key of type rsa, this one is ed25519/],
    [
      'on another curve',
      'p384.pem',
      'ES256',
      'usage/invalid',
      /ES256 needs a key on prime256v1, this one is on secp384r1/,
    ],
    ['that is too small', 'small.pem', 'RS256', 'usage/invalid', /at least 2048 bits \(RFC 7518\), this one has 1024/],
    ['that is too short', 'short.txt', 'HS256', 'usage/invalid', /HS256 needs a secret of at least 32 bytes/],
    ['of an algorithm that is none', 'key.pem', 'none', 'usage/invalid', /none is not an algorithm; expected RS256/],
  ])('%s is refused', async (_, name, algorithm, code, message) => {
    await withFiles(async (at) => {
      const refused = readSigner({ key: at(name), algorithm, keyId: 'k1' });
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    });
  });

  it('that others may read, or that a link leads to, is refused', async () => {
    await withFiles(async (at) => {
      await chmod(at('key.pem'), 0o644);
      await symlink(at('locked.pem'), at('link.pem'));
      for (const name of ['key.pem', 'link.pem']) {
        const refused = readSigner({ key: at(name), algorithm: 'EdDSA', keyId: 'k1' });
        await expect(refused).rejects.toMatchObject({ code: 'config/invalid' });
      }
    });
  });

  it('is never an argument, and never repeated', async () => {
    const refused = readSigner({ key: pem, algorithm: 'EdDSA', keyId: 'k1' });
    await expect(refused).rejects.toMatchObject({ code: 'usage/invalid', message: expect.not.stringContaining(pem) });
  });
});
