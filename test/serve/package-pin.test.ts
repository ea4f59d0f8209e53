import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packageBundle } from '../../src/config/file.ts';
import { contentDigest } from '../../src/decide/bundle-digest.ts';
import { Bundles } from '../../src/decide/bundles.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { packTar } from '../../src/review/pack-tar.ts';
import { pinOf } from '../../src/serve/package-pin.ts';

let folder: string;
let packaged: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-pin-'));
  packaged = join(folder, 'sallyport.tar.gz');
  await cp(packageBundle(), packaged);
  await cp(packageBundle().replace('.tar.gz', '.digest'), join(folder, 'sallyport.digest'));
});
afterEach(() => rm(folder, { recursive: true }));

const from = (path: string) => ({ kind: 'file', path, watch: false }) as const;
const load = () =>
  new Bundles({ keys: [], archive: join(folder, 'kept'), ...pinOf(from(packaged), packaged) }).load(packaged);

it('the bundle of the package loads as it was published, and is pinned where it really is', async () => {
  const { bundle } = await load();
  expect(pinOf(from(packageBundle()))).toEqual({ pinned: bundle.contentDigest });
});

it.each([
  ['a setting', 'data.json', (text: string) => text.replace(/\d+/, (digits) => `1${digits}`)],
  ['a rule that people read', 'sallyport/main.rego', (text: string) => `${text}\n# changed`],
])('one in which %s was changed is refused', async (_, name, change) => {
  const files = new Map(readTarGz(await readFile(packaged)));
  const before = contentDigest(files);
  files.set(name, Buffer.from(change(Buffer.from(files.get(name) ?? []).toString())));
  expect(contentDigest(files)).not.toBe(before);
  await writeFile(packaged, packTar(files));
  await expect(load()).rejects.toMatchObject({
    code: 'bundle/invalid',
    message: expect.stringMatching(/is not the one it was published with: it is sha256:/),
  });
});

it.each([
  ['is gone', undefined],
  ['says nothing', 'sha256:hello\n'],
])('nothing judges when the digest that pins it %s', async (_, text) => {
  const file = join(folder, 'sallyport.digest');
  await (text === undefined ? rm(file) : writeFile(file, text));
  expect(() => pinOf(from(packaged), packaged)).toThrow(/which pins the bundle of the package/);
});

it('another bundle is not pinned, wherever it lies', () => {
  expect(pinOf(from(join(folder, 'own.tar.gz')), packaged)).toEqual({});
  const poll = { every: { min: 1, max: 1 }, wait: undefined, timeout: 1, limit: 1 };
  const server = {
    kind: 'url',
    url: 'https://a',
    token: undefined,
    headers: {},
    ca: undefined,
    client: undefined,
    poll,
  };
  expect(pinOf({ ...server, kind: 'url' }, packaged)).toEqual({});
});
