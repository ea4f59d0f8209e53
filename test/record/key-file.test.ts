import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKeyFile } from '../../src/record/key-file.ts';
import { endOf } from './events.ts';
import { temporaryFolder } from './places.ts';

describe('a key file', () => {
  it('is made at first start, for its owner only, and read ever after', async () => {
    const path = join(await temporaryFolder(), 'seal.key');
    const key = await openKeyFile(path);
    expect(key.length).toBe(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe(`${Buffer.from(key).toString('base64url')}\n`);
    expect(await openKeyFile(path)).toEqual(key);
  });

  it('is a new one each time it is made', async () => {
    const folder = await temporaryFolder();
    expect(await openKeyFile(join(folder, 'a'))).not.toEqual(await openKeyFile(join(folder, 'b')));
  });

  it('is one and the same for all that start at once', async () => {
    const path = join(await temporaryFolder(), 'seal.key');
    const keys = await Promise.all(Array.from({ length: 8 }, () => openKeyFile(path)));
    expect(keys).toEqual(keys.map(() => keys[0]));
  });

  it.each([0o640, 0o604, 0o620, 0o666])('is refused when its mode is %o', async (mode) => {
    const path = join(await temporaryFolder(), 'seal.key');
    await openKeyFile(path);
    await chmod(path, mode);
    expect(await endOf(openKeyFile(path))).toEqual({
      code: 'config/invalid',
      message: `${path} may be read or written by others than its owner`,
    });
  });

  it('is not followed where it is a link', async () => {
    const folder = await temporaryFolder();
    await openKeyFile(join(folder, 'real.key'));
    await symlink(join(folder, 'real.key'), join(folder, 'seal.key'));
    expect(await endOf(openKeyFile(join(folder, 'seal.key')))).toMatchObject({ code: 'config/invalid' });
  });

  it.each([
    ['empty', ''],
    ['too short', Buffer.alloc(31).toString('base64url')],
    ['too long', Buffer.alloc(33).toString('base64url')],
    ['no base64url', '*'.repeat(43)],
    ['sloppy base64url', `${'A'.repeat(42)}B`],
  ])('is refused when its text is %s, and left as it is', async (_, text) => {
    const path = join(await temporaryFolder(), 'seal.key');
    await writeFile(path, text, { mode: 0o600 });
    expect(await endOf(openKeyFile(path))).toEqual({
      code: 'config/invalid',
      message: `${path} holds no key: expected 32 bytes in base64url`,
    });
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});
