import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSigningKey } from '../../src/identify/signing-key.ts';
import { refusalOf, temporaryFolder } from './fixtures.ts';

const NOT_A_KEY = 'is not an Ed25519 private key in PEM form';

describe('the signing key', () => {
  it('is made once, 0600, and found again', async () => {
    const path = join(await temporaryFolder(), 'key.pem');
    const first = await openSigningKey(path);
    const pem = await readFile(path, 'utf8');
    expect((await openSigningKey(path)).kid).toBe(first.kid);
    expect(first.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await readFile(path, 'utf8')).toBe(pem);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is one and the same for gates that start at once, and nothing is left over', async () => {
    const folder = await temporaryFolder();
    const keys = await Promise.all(Array.from({ length: 8 }, () => openSigningKey(join(folder, 'key.pem'))));
    expect(new Set(keys.map((key) => key.kid)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['key.pem']);
  });

  it.each([0o640, 0o604, 0o620, 0o666])('is refused with mode %o', async (mode) => {
    const path = join(await temporaryFolder(), 'key.pem');
    await openSigningKey(path);
    await chmod(path, mode);
    expect(await refusalOf(() => openSigningKey(path))).toEqual([
      'config/invalid',
      `${path} may be read or written by others than its owner`,
    ]);
  });

  it.each<[string, (path: string) => Promise<void>, string]>([
    ['an empty file', (path) => writeFile(path, '', { mode: 0o600 }), NOT_A_KEY],
    ['something else', (path) => writeFile(path, 'secret words', { mode: 0o600 }), NOT_A_KEY],
    [
      'a key of another kind',
      (path) => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      },
      NOT_A_KEY,
    ],
    ['a folder', async (path) => void (await mkdir(path)), 'is not a plain file of at most 65536 bytes'],
  ])('is refused when it is %s', async (_case, put, message) => {
    const path = join(await temporaryFolder(), 'key.pem');
    await put(path);
    expect(await refusalOf(() => openSigningKey(path))).toEqual(['config/invalid', `${path} ${message}`]);
  });

  it('is refused when it is a link', async () => {
    const folder = await temporaryFolder();
    await openSigningKey(join(folder, 'real.pem'));
    await symlink(join(folder, 'real.pem'), join(folder, 'key.pem'));
    const [code, message] = await refusalOf(() => openSigningKey(join(folder, 'key.pem')));
    expect([code, message.includes('ELOOP')]).toEqual(['config/invalid', true]);
  });

  it('is refused when its folder is not there', async () => {
    const path = join(await temporaryFolder(), 'missing', 'key.pem');
    const [code, message] = await refusalOf(() => openSigningKey(path));
    expect([code, message.startsWith(`${path} cannot be written: ENOENT`)]).toEqual(['config/invalid', true]);
  });
});
