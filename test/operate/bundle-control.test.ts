import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packageBundle } from '../../src/config/file.ts';
import { Bundles } from '../../src/decide/bundles.ts';
import { createBundleControl } from '../../src/operate/bundle-control.ts';
import type { BundleControl } from '../../src/operate/endpoints/bundle.ts';
import { MemoryStore } from '../identify/memory-store.ts';

let folder: string;
let path: string;
let store: MemoryStore;
let control: BundleControl;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'));
  path = join(folder, 'bundle.tar.gz');
  await copyFile(packageBundle(), path);
  store = new MemoryStore();
  const bundles = new Bundles({ keys: [], archive: join(folder, 'archive') });
  await bundles.load(path);
  const sources = { now: () => new Date('2030-01-15T12:00:00.000Z'), newId: () => 'e1' };
  control = createBundleControl({ bundles, path, store, sources });
});

afterEach(() => rm(folder, { recursive: true }));

it('a reload is on the record: who, why, what judged before and what judges now', async () => {
  const state = control.current();
  expect(await control.reload('op1', 'new rules')).toEqual(state);
  const [leaf] = await store.leaves(0, 1);
  expect(JSON.parse(leaf?.leaf ?? '')).toEqual({
    v: 1,
    kind: 'changed',
    id: 'e1',
    time: '2030-01-15T12:00:00.000Z',
    what: 'bundle.loaded',
    by: 'op1',
    why: 'new rules',
    before: { ...state },
    after: { ...state },
  });
});

it('a bundle that is refused leaves the one before in force, and nothing is recorded', async () => {
  const before = control.current();
  await writeFile(path, 'no bundle');
  await expect(control.reload('op1', 'new rules')).rejects.toMatchObject({ code: 'bundle/invalid' });
  expect(control.current()).toEqual(before);
  expect(await store.size()).toBe(0);
});

it('a reload that could not be recorded says what judges now', async () => {
  store.break();
  await expect(control.reload('op1', 'new rules')).rejects.toMatchObject({
    code: 'record/unavailable',
    message: expect.stringContaining('judges now, but that could not be recorded'),
  });
});
