import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOpa, OPA_VERSION } from '../../src/review/opa.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-opa-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that says it is OPA of some version. */
async function program(path: string, version: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho "Version: ${version}"\n`);
  await chmod(file, 0o755);
  return file;
}

const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: join(folder, 'path'),
  XDG_CACHE_HOME: join(folder, 'cache'),
  HOME: folder,
  ...more,
});

describe('OPA is found', () => {
  it('where OPA names it, before anything else', async () => {
    await program('path/opa', '1.30.0');
    const named = await program('named/opa', OPA_VERSION);
    expect(await findOpa({ env: env({ OPA: named }) })).toBe(named);
  });

  it('on PATH when it is new enough', async () => {
    const newer = await program('path/opa', '1.30.1');
    expect(await findOpa({ env: env() })).toBe(newer);
  });

  it.each([
    ['too old', '1.21.9', false],
    ['newer than the very version that is asked for', '1.30.0', true],
  ])('in the cache when the one on PATH is %s', async (_, version, exact) => {
    await program('path/opa', version);
    const cached = await program(`cache/sallyport/opa/${OPA_VERSION}/opa`, OPA_VERSION);
    expect(await findOpa({ env: env(), exact })).toBe(cached);
  });
});

describe('OPA is not found', () => {
  const fix = expect.stringContaining(`install OPA ${OPA_VERSION}`);

  it('where OPA names nothing that runs', async () => {
    const named = join(folder, 'nothing');
    await expect(findOpa({ env: env({ OPA: named }) })).rejects.toMatchObject({
      code: 'usage/invalid',
      message: `OPA names ${named}, which is not an OPA that can be run`,
      fix,
    });
  });

  it.each([
    ['1.21.0', false, `at least ${OPA_VERSION}`],
    ['2.0.0', true, `exactly ${OPA_VERSION}`],
  ])('where OPA names version %s', async (version, exact, wanted) => {
    const named = await program('named/opa', version);
    await expect(findOpa({ env: env({ OPA: named }), exact })).rejects.toMatchObject({
      code: 'usage/invalid',
      message: `OPA names ${named}, which is version ${version}; it must be ${wanted}`,
      fix,
    });
  });

  it('without Go to build it, and says what to do', async () => {
    const lines: string[] = [];
    await expect(findOpa({ env: env(), announce: (line) => lines.push(line) })).rejects.toMatchObject({
      code: 'usage/invalid',
      message: 'there is no OPA here, and no Go to build it with',
      fix,
    });
    expect(lines).toEqual([`building OPA ${OPA_VERSION} once, which takes about a minute`]);
  });

  it('when Go cannot build it', async () => {
    const go = join(folder, 'path/go');
    await mkdir(dirname(go), { recursive: true });
    await writeFile(go, '#!/bin/sh\necho "no network" >&2\nexit 1\n');
    await chmod(go, 0o755);
    await expect(findOpa({ env: env(), announce: () => undefined })).rejects.toMatchObject({
      message: 'OPA could not be built: no network',
      fix,
    });
  });
});
