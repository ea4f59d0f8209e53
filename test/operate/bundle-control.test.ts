import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packageBundle } from '../../src/config/file.ts';
import { type BundleArchive, Bundles } from '../../src/decide/bundles.ts';
import { SallyportError } from '../../src/errors.ts';
import { type RecordedBundles, recordBundles } from '../../src/operate/bundle-control.ts';
import type { BundleState } from '../../src/operate/endpoints/bundle.ts';
import { MemoryStore } from '../identify/memory-store.ts';

let folder: string;
let store: MemoryStore;
let bundles: Bundles;
let recorded: RecordedBundles;
let library: BundleArchive;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'));
  library = { archive: await readFile(packageBundle()), from: 'here' };
  store = new MemoryStore();
  bundles = new Bundles({ keys: [], archive: join(folder, 'archive') });
  const sources = { now: () => new Date('2030-01-15T12:00:00.000Z'), newId: () => 'e1' };
  recorded = recordBundles({ bundles, store, sources });
});

afterEach(() => rm(folder, { recursive: true }));

const reason = { by: 'op1', why: 'new rules', about: { from: 'here' } };
const leaf = async (at: number) => JSON.parse((await store.leaves(at, 1))[0]?.leaf ?? '');
const told = ({ digest, revision, archive }: BundleState) => ({ digest, revision, archive });
const EVENT = { v: 1, kind: 'changed', id: 'e1', time: '2030-01-15T12:00:00.000Z', ...{ by: 'op1', why: 'new rules' } };

it('a load is on the record: who, why, from where, what judged before and what judges now', async () => {
  expect(recorded.inForce()).toBeUndefined();
  const state = await recorded.load({ library }, reason);
  expect(recorded.inForce()).toEqual(state);
  expect(await leaf(0)).toEqual({ ...EVENT, what: 'bundle.loaded', from: 'here', before: null, after: told(state) });
});

it('a load without a reason is left to the event of the start', async () => {
  await recorded.load({ library }, undefined);
  expect(await store.size()).toBe(0);
});

it('a bundle that is refused leaves the one before in force; what is recorded of it is bounded', async () => {
  const before = await recorded.load({ library }, undefined);
  const broken = { archive: new TextEncoder().encode('no bundle'), from: 'there' };
  await expect(recorded.load({ library: broken }, reason)).rejects.toMatchObject({ code: 'bundle/invalid' });
  expect(recorded.inForce()).toEqual(before);
  expect(await store.size()).toBe(0);
  await recorded.refused({ library: 'sha256:1' }, new SallyportError('bundle/invalid', 'x'.repeat(2_000)), reason);
  expect(await leaf(0)).toEqual({
    ...{ ...EVENT, what: 'bundle.refused', from: 'here', before: told(before), after: null },
    refused: { archives: { library: 'sha256:1' }, code: 'bundle/invalid', message: 'x'.repeat(1_000) },
  });
});

it('what cannot be recorded does not judge', async () => {
  const before = await recorded.load({ library }, undefined);
  const inForce = bundles.current;
  store.break();
  await expect(recorded.load({ library }, reason)).rejects.toThrow();
  expect([recorded.inForce(), bundles.current]).toEqual([before, inForce]);
});
