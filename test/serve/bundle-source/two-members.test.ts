import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bundles } from '../../../src/decide/bundles.ts';
import { readTarGz } from '../../../src/decide/tar.ts';
import { recordBundles } from '../../../src/operate/bundle-control.ts';
import { packTar } from '../../../src/review/pack-tar.ts';
import { BundleFollower } from '../../../src/serve/bundle-source/follower.ts';
import { LastGood } from '../../../src/serve/bundle-source/last-good.ts';
import { FollowedMember } from '../../../src/serve/bundle-source/member.ts';
import { UrlSource } from '../../../src/serve/bundle-source/poll-url.ts';
import { FileSource } from '../../../src/serve/bundle-source/watch-file.ts';
import { inputFor } from '../../decide/rego-lab.ts';
import { buildLibrary, packSettings, SETTINGS } from '../../decide/site-lab.ts';
import { MemoryStore } from '../../identify/memory-store.ts';
import { type BundleServerLab, startBundleServer } from './bundle-server.ts';
import { StepClock } from './step-clock.ts';

let one: Uint8Array;
let two: Uint8Array;
/** Sets what only the second library knows. */
let siteOfTwo: Uint8Array;
beforeAll(async () => {
  one = await buildLibrary('library one');
  const more: [string, Uint8Array] = [
    'data.json',
    Buffer.from(JSON.stringify({ settings: { ...SETTINGS, fresh: [] } })),
  ];
  two = packTar(new Map([...readTarGz(await buildLibrary('library two')), more]));
  siteOfTwo = packSettings({ fresh: ['read'] }, { revision: 'site of two' });
});

let folder: string;
let store: MemoryStore;
let clocks: StepClock[];
let server: BundleServerLab;
let following: BundleFollower | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-members-'));
  store = new MemoryStore();
  clocks = [new StepClock(), new StepClock()];
  server = await startBundleServer({ waits: false });
});

afterEach(async () => {
  await following?.stop();
  await server.close();
  await rm(folder, { recursive: true });
});

const put = async (name: string, archive: Uint8Array) => {
  await writeFile(join(folder, `${name}.new`), archive);
  await rename(join(folder, `${name}.new`), join(folder, name));
};

/** A library from a file or the server, and a site from a file. */
function open(kind: 'file' | 'url', watched = true) {
  const [clock, other] = clocks as [StepClock, StepClock];
  const bundles = new Bundles({ keys: [], site: { keys: [], trust: ['rules'] }, archive: join(folder, 'archive') });
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `e${ids}-${Math.random()}`;
  };
  const poll = { every: { min: 60_000, max: 60_000 }, wait: undefined, timeout: 5_000, limit: 2 ** 24 };
  const from = {
    kind: 'url',
    url: server.url,
    token: undefined,
    headers: {},
    ca: undefined,
    client: undefined,
  } as const;
  const library =
    kind === 'file' ? new FileSource(join(folder, 'library'), true, clock) : new UrlSource({ ...from, poll }, clock);
  const lastGood = kind === 'file' ? undefined : new LastGood(join(folder, 'last-good'));
  const site = new FileSource(join(folder, 'site'), watched, other);
  const now = clock.now;
  following = new BundleFollower({
    members: [new FollowedMember('library', library, lastGood, now), new FollowedMember('site', site, undefined, now)],
    bundles: recordBundles({ bundles, store, sources: { now, newId } }),
    logger: pino({ level: 'silent' }),
  });
  const swaps: string[] = [];
  bundles.onSwap(({ bundle, site: own }) => swaps.push(`${bundle.revision} + ${own?.revision}`));
  const outcome = (name: string) => bundles.current.judge.judge(inputFor(name)).verdict.outcome;
  return { follower: following, bundles, swaps, outcome };
}

const recorded = async () =>
  (await store.leaves(0, 100)).map(({ leaf }) => {
    const { what, from, refused } = JSON.parse(leaf);
    return {
      what,
      from: from.replaceAll(`${folder}/`, ''),
      ...(refused && { refused: Object.keys(refused.archives) }),
    };
  });

describe('a library and a site in files', () => {
  beforeEach(async () => {
    await put('library', one);
    await put('site', packSettings({ allowed: ['read'] }, { revision: 'site one' }));
  });

  it('that change at the same time are loaded together: neither judges with what the other was', async () => {
    const { follower, swaps } = open('file');
    await follower.start();
    follower.follow();
    await put('library', two);
    await put('site', packSettings({ allowed: [] }, { revision: 'site two' }));
    await Promise.all(clocks.map((clock) => clock.step(3)));
    expect(swaps).toEqual(['library one + site one', 'library two + site two']);
    expect(await recorded()).toEqual([{ what: 'bundle.loaded', from: 'library, site' }]);
  });

  it('are named in one order, whichever was noticed first', async () => {
    const { follower } = open('file');
    await follower.start();
    follower.follow();
    await put('library', two);
    await put('site', packSettings({ allowed: [] }, { revision: 'site two' }));
    for (const clock of clocks.toReversed()) await clock.step(3);
    expect(await recorded()).toEqual([{ what: 'bundle.loaded', from: 'library, site' }]);
  });

  it('are loaded each when it changes; a site that is refused does not keep the library', async () => {
    const { follower, swaps, outcome } = open('file');
    await follower.start();
    follower.follow();
    await put('site', packSettings({ allowed: [] }, { revision: 'site two' }).subarray(0, 60));
    await clocks[1]?.step(3);
    await put('library', two);
    await clocks[0]?.step(3);
    expect([swaps, outcome('restart')]).toEqual([['library one + site one', 'library two + site one'], 'deny']);
    const { sources } = follower.current();
    expect([sources.library.lastError, sources.site?.lastError?.code]).toEqual([null, 'bundle/invalid']);
    expect(await recorded()).toEqual([
      { what: 'bundle.refused', from: 'site', refused: ['site'] },
      { what: 'bundle.refused', from: 'library, site', refused: ['library', 'site'] },
      { what: 'bundle.loaded', from: 'library' },
    ]);
  });

  it('all must be there at the start', async () => {
    await rm(join(folder, 'site'));
    const { follower, bundles } = open('file');
    await expect(follower.start()).rejects.toMatchObject({ code: 'bundle/unavailable' });
    expect(bundles.isLoaded).toBe(false);
  });
});

describe('a library on a server and a site in a file', () => {
  it('a site that needs another library waits for it, and both judge at once', async () => {
    server.put(one);
    await put('site', packSettings({}, { revision: 'site one' }));
    const { follower, swaps } = open('url');
    await follower.start();
    follower.follow();
    await put('site', siteOfTwo);
    await clocks[1]?.step(3);
    expect(swaps).toHaveLength(1);
    server.put(two);
    await clocks[0]?.step();
    expect(swaps.slice(1)).toEqual(['library two + site of two']);
    expect((await recorded()).map(({ what }) => what)).toEqual(['bundle.loaded', 'bundle.refused', 'bundle.loaded']);
  });

  it('start with the last good library when the server is away, and without any library not at all', async () => {
    server.put(one);
    await put('site', packSettings({}, { revision: 'site one' }));
    await open('url').follower.start();
    server.answer = (_, response) => response.writeHead(503).end();
    await put('site', packSettings({}, { revision: 'site two' }));
    const again = open('url');
    expect(await again.follower.start()).toEqual([expect.stringMatching(/answers 503; the last good bundle judges/)]);
    expect(again.swaps).toEqual(['library one + site two']);
    expect(again.follower.current().sources).toMatchObject({
      library: { lastGood: true, lastSuccess: null },
      site: { lastGood: false, lastError: null },
    });
    await rm(join(folder, 'last-good'), { recursive: true });
    const without = open('url');
    expect(await without.follower.start()).toEqual([expect.stringMatching(/every call is refused/)]);
    server.answer = undefined;
    without.follower.follow();
    await put('site', packSettings({}, { revision: 'site three' }));
    await clocks[1]?.step(3);
    expect(without.swaps).toEqual([]);
    await clocks[0]?.step();
    expect(without.swaps).toEqual(['library one + site three']);
  });

  it('judge as soon as the server has a library, with the site that was there at the start', async () => {
    server.put(one);
    server.answer = (_, response) => response.writeHead(503).end();
    await put('site', packSettings({}, { revision: 'site one' }));
    const { follower, swaps } = open('url', false);
    await follower.start();
    follower.follow();
    await clocks[0]?.step();
    server.answer = undefined;
    await clocks[0]?.step();
    expect([swaps, follower.current().sources.site]).toEqual([
      ['library one + site one'],
      expect.objectContaining({ follows: 'nothing', lastError: null }),
    ]);
  });
});
