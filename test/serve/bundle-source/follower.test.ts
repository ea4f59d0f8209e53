import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BundleServer } from '../../../src/config.ts';
import { Bundles } from '../../../src/decide/bundles.ts';
import { type RecordedBundles, recordBundles } from '../../../src/operate/bundle-control.ts';
import { BundleFollower } from '../../../src/serve/bundle-source/follower.ts';
import { LastGood } from '../../../src/serve/bundle-source/last-good.ts';
import { FollowedMember } from '../../../src/serve/bundle-source/member.ts';
import { UrlSource } from '../../../src/serve/bundle-source/poll-url.ts';
import { FileSource } from '../../../src/serve/bundle-source/watch-file.ts';
import { ALLOW, buildBundle, DENY, inputFor } from '../../decide/rego-lab.ts';
import { MemoryStore } from '../../identify/memory-store.ts';
import { type BundleServerLab, startBundleServer } from './bundle-server.ts';
import { StepClock } from './step-clock.ts';

const TOKEN = 'hunter2-hunter2';
const NOW = '2030-01-15T12:00:00.000Z';

let strict: Uint8Array;
let lax: Uint8Array;
beforeAll(async () => {
  strict = await policy('strict', '');
  lax = await policy('lax', `decision := ${ALLOW} if input.action.name == "good"`);
});

function policy(revision: string, rules: string): Promise<Uint8Array> {
  return buildBundle({
    '.manifest': JSON.stringify({ revision, roots: [''] }),
    'main.rego': `package sallyport\n\nimport rego.v1\n\ndefault decision := ${DENY}\n\n${rules}\n`,
  });
}

let folder: string;
let server: BundleServerLab;
let store: MemoryStore;
let clock: StepClock;
let logged: string[];
let following: BundleFollower[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-follow-'));
  server = await startBundleServer({ waits: false });
  store = new MemoryStore();
  clock = new StepClock();
  logged = [];
  following = [];
});

afterEach(async () => {
  for (const each of following) await each.stop();
  await server.close();
  await rm(folder, { recursive: true });
});

/** As a gate starts: bundles of its own over the state folder of before. */
function open(
  kind: 'file' | 'url',
  changed: Partial<BundleServer> = {},
  wrap: (bundles: RecordedBundles) => RecordedBundles = (bundles) => bundles,
) {
  const bundles = new Bundles({ keys: [], archive: join(folder, 'archive') });
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `e${ids}-${following.length}`;
  };
  const recorded = recordBundles({ bundles, store, sources: { now: clock.now, newId } });
  const from: BundleServer = {
    ...{ kind: 'url', url: `${server.url}?key=${TOKEN}`, token: TOKEN, headers: {}, ca: undefined, client: undefined },
    poll: { every: { min: 60_000, max: 60_000 }, wait: undefined, timeout: 5_000, limit: 2 ** 24 },
    ...changed,
  };
  const source = kind === 'url' ? new UrlSource(from, clock) : new FileSource(join(folder, 'bundle'), true, clock);
  const lastGood = kind === 'url' ? new LastGood(join(folder, 'last-good')) : undefined;
  const library = new FollowedMember('library', source, lastGood, clock.now);
  const follower = new BundleFollower({
    members: [library],
    bundles: wrap(recorded),
    logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
  });
  following.push(follower);
  const judges = () => bundles.current.judge.judge(inputFor('good')).verdict.outcome;
  return { bundles, follower, judges, library };
}

/** What the record says of bundles, without what every event has. */
async function recorded() {
  const leaves = await store.leaves(0, 100);
  return leaves.map(({ leaf }) => {
    const { v, kind, id, time, by, before, after, ...rest } = JSON.parse(leaf);
    expect([v, kind, time, by]).toEqual([1, 'changed', NOW, 'sallyport:bundle-source']);
    return { ...rest, before: before?.revision ?? null, after: after?.revision ?? null };
  });
}
const messages = () => logged.splice(0).map((line): string => JSON.parse(line).msg);

describe('a bundle on a server', () => {
  const from = () => server.url;

  it('is loaded at the start and whenever there is another one, each time on the record', async () => {
    const { follower, judges, library } = open('url');
    server.put(strict);
    expect(await follower.start()).toEqual([]);
    expect(judges()).toBe('deny');
    follower.follow();
    server.put(lax);
    await clock.step(2);
    expect(judges()).toBe('allow');
    expect(await recorded()).toEqual([
      { what: 'bundle.loaded', why: 'the gate started', from: from(), before: null, after: 'strict' },
      { what: 'bundle.loaded', why: 'the server has another bundle', from: from(), before: 'strict', after: 'lax' },
    ]);
    expect([messages(), follower.current()]).toEqual([
      ['another bundle judges now', 'another bundle judges now'],
      {
        digest: expect.stringMatching(/^sha256:/),
        archive: expect.stringMatching(/^sha256:/),
        ...{ revision: 'lax', library: expect.objectContaining({ revision: 'lax' }), site: null, warnings: [] },
        sources: {
          library: {
            ...{ from: from(), follows: 'url', lastAttempt: NOW, lastSuccess: NOW, lastError: null, lastGood: false },
          },
        },
      },
    ]);
    expect(library.status.attempts).toEqual(
      new Map([
        ['loaded', 2],
        ['unchanged', 1],
      ]),
    );
  });

  it('the same under another ETag is neither loaded nor recorded', async () => {
    const { follower, bundles } = open('url');
    server.put(strict, '"one"');
    await follower.start();
    const swaps: unknown[] = [];
    bundles.onSwap((loaded) => swaps.push(loaded));
    follower.follow();
    server.put(strict, '"two"');
    await clock.step(2);
    expect([swaps, (await recorded()).length, server.asked.map(({ headers }) => headers['if-none-match'])]).toEqual([
      ...[[], 1],
      [undefined, '"one"', '"two"'],
    ]);
  });

  it('that is refused leaves the one before, says so and records it once for each that differs', async () => {
    const { follower, judges, library } = open('url');
    server.put(lax);
    await follower.start();
    follower.follow();
    const cut = lax.subarray(0, 500);
    for (const each of [cut, cut, lax.subarray(0, 400), cut]) {
      server.put(each);
      await clock.step();
    }
    expect(judges()).toBe('allow');
    const refused = (archive: unknown) => ({
      ...{ what: 'bundle.refused', why: 'the server has another bundle', from: from(), before: 'lax', after: null },
      refused: {
        archives: { library: archive },
        code: 'bundle/invalid',
        message: expect.stringMatching(/not a gzip archive: unexpected end/),
      },
    });
    const [, one, two, ...more] = await recorded();
    expect([one, two, more]).toEqual([refused(expect.any(String)), refused(expect.any(String)), []]);
    expect(one.refused.archives).not.toEqual(two.refused.archives);
    expect(follower.current()).toMatchObject({
      revision: 'lax',
      sources: {
        library: {
          lastSuccess: NOW,
          lastError: { at: NOW, code: 'bundle/invalid', archive: one.refused.archives.library },
        },
      },
    });
    server.put(lax);
    await clock.step();
    expect(follower.current().sources.library.lastError).toBeNull();
    expect(library.status.attempts).toEqual(
      new Map([
        ['loaded', 1],
        ['refused', 4],
        ['unchanged', 1],
      ]),
    );
  });

  it('that could not be recorded does not judge, and is tried again', async () => {
    const { follower, judges } = open('url');
    server.put(strict);
    await follower.start();
    follower.follow();
    server.put(lax);
    const { append } = store;
    store.append = () => Promise.reject(new Error('the disk is full'));
    await clock.step(2);
    expect(judges()).toBe('deny');
    store.append = append;
    await clock.step();
    expect(judges()).toBe('allow');
    expect((await recorded()).map(({ what }) => what)).toEqual(['bundle.loaded', 'bundle.loaded']);
  });

  it('what goes wrong with the gate itself does not end the polling', async () => {
    let broken = true;
    const { follower, judges } = open('url', {}, (bundles) => ({
      ...bundles,
      inForce: () => {
        if (broken && following.length > 0 && server.asked.length > 1) throw new TypeError('a fault');
        return bundles.inForce();
      },
    }));
    server.put(strict);
    await follower.start();
    follower.follow();
    server.put(lax);
    await clock.step(2);
    expect([judges(), messages().slice(1)]).toEqual(['deny', Array(2).fill('a bundle could not be looked at')]);
    broken = false;
    await clock.step();
    expect(judges()).toBe('allow');
  });

  it('a server that is away is said once, however long it is', async () => {
    const { follower, judges, library } = open('url');
    server.put(lax);
    await follower.start();
    messages();
    follower.follow();
    server.answer = (_, response) => response.writeHead(503).end();
    await clock.step(5);
    server.answer = undefined;
    await clock.step();
    expect([judges(), messages(), library.status.attempts.get('failed')]).toEqual([
      ...['allow', ['no bundle is to be had; the one before stays'], 5],
    ]);
    expect(follower.current().sources.library.lastError).toBeNull();
  });

  it('an operator has it fetched and tried at once, also what was refused before', async () => {
    const { follower } = open('url');
    server.put(strict);
    await follower.start();
    follower.follow();
    server.put(lax.subarray(0, 500));
    await clock.step();
    await expect(follower.reload('op1', 'see why', false)).rejects.toMatchObject({ code: 'bundle/invalid' });
    server.put(lax);
    expect(await follower.reload('op1', 'now', false)).toMatchObject({ revision: 'lax' });
    server.answer = (_, response) => response.writeHead(503).end();
    await expect(follower.reload('op1', 'again', false)).rejects.toMatchObject({ code: 'bundle/unavailable' });
    const last = (await store.leaves(0, 100)).at(-1);
    expect(JSON.parse(last?.leaf ?? '')).toMatchObject({ what: 'bundle.loaded', by: 'op1', why: 'now' });
  });

  it('no log, state or record shows the token or the query of the address', async () => {
    const { follower } = open('url');
    server.answer = (_, response) => response.writeHead(302, { location: `/x?key=${TOKEN}` }).end();
    await follower.start();
    server.answer = undefined;
    server.put(strict.subarray(0, 99));
    follower.follow();
    await clock.step();
    server.put(strict);
    await clock.step();
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill(`Bearer ${TOKEN}`));
    const leaves = (await store.leaves(0, 100)).map(({ leaf }) => leaf);
    expect(leaves).toHaveLength(2);
    const kept = await readFile(join(folder, 'last-good', 'last-good.json'), 'utf8');
    expect([logged, follower.current(), leaves, kept].map((each) => JSON.stringify(each)).join()).not.toContain(TOKEN);
  });
});

describe('a start without the server', () => {
  const away: NonNullable<BundleServerLab['answer']> = (_, response) => response.writeHead(503).end();
  const run = async () => {
    const { follower } = open('url');
    await follower.start();
    await follower.stop();
    messages();
    server.answer = away;
  };

  it('goes on with the last good bundle, and says so; the server has the word again when it is back', async () => {
    server.put(lax);
    await run();
    const { follower, judges } = open('url');
    const problem = `no bundle from ${server.url}: it answers 503`;
    expect(await follower.start()).toEqual([`${problem}; the last good bundle judges, revision "lax"`]);
    expect([judges(), messages()]).toEqual(['allow', ['the last good bundle judges, revision "lax"']]);
    expect(follower.current()).toMatchObject({
      revision: 'lax',
      sources: {
        library: { lastSuccess: null, lastError: { code: 'bundle/unavailable', message: problem }, lastGood: true },
      },
    });
    expect((await recorded()).at(-1)).toEqual({
      ...{ what: 'bundle.loaded', why: `the gate started without its bundle server: ${problem}`, from: server.url },
      ...{ before: null, after: 'lax' },
    });
    server.answer = undefined;
    server.put(strict);
    follower.follow();
    await clock.step();
    expect([judges(), follower.current().sources.library.lastGood]).toEqual(['deny', false]);
  });

  it('goes on with the last good bundle too when the server has one that is refused', async () => {
    server.put(lax);
    await run();
    server.answer = undefined;
    server.put(lax.subarray(0, 300));
    const { follower, judges } = open('url');
    expect(await follower.start()).toEqual([
      expect.stringMatching(/gzip.*; the last good bundle judges, revision "lax"$/),
    ]);
    expect(judges()).toBe('allow');
    expect((await recorded()).map(({ what }) => what)).toEqual(['bundle.loaded', 'bundle.refused', 'bundle.loaded']);
  });

  it('keeps the last good bundle for its owner alone, and no older one', async () => {
    server.put(strict);
    await run();
    server.answer = undefined;
    server.put(lax);
    await run();
    const kept = join(folder, 'last-good');
    const names = await readdir(kept);
    expect(names.sort()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.tar\.gz$/), 'last-good.json']);
    const modes = await Promise.all(['', ...names].map(async (name) => (await stat(join(kept, name))).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ['nothing was kept', () => rm(join(folder, 'last-good'), { recursive: true }), /none was kept of an earlier run/],
    ['its archive is gone', () => spoil((name) => rm(name)), /is damaged: ENOENT/],
    ['its archive was changed', () => spoil((name) => writeFile(name, lax)), /is damaged: its digest differs/],
    [
      'its pointer leads elsewhere',
      () => writeFile(join(folder, 'last-good', 'last-good.json'), '{"from": "x", "sha256": "../../../etc/passwd"}'),
      /is damaged: last-good.json names no archive/,
    ],
    ['its pointer is no JSON', () => writeFile(join(folder, 'last-good', 'last-good.json'), '{'), /is damaged/],
  ])('and without a last good bundle (%s) goes on without any, and tries on', async (_why, lose, why) => {
    server.put(strict);
    await run();
    await lose();
    const { follower, bundles, judges } = open('url');
    expect(await follower.start()).toEqual([expect.stringMatching(/every call is refused until its server has one/)]);
    expect(messages().at(-1)).toMatch(why);
    expect(() => bundles.current).toThrow('no bundle is loaded yet');
    expect(follower.current()).toMatchObject({ digest: null, archive: null, revision: null });
    server.answer = undefined;
    follower.follow();
    await clock.step();
    expect(judges()).toBe('deny');
  });

  async function spoil(how: (file: string) => Promise<void>): Promise<void> {
    const kept = join(folder, 'last-good');
    for (const name of await readdir(kept)) if (name.endsWith('.tar.gz')) await how(join(kept, name));
  }

  it('does not go on with the last good bundle of another server', async () => {
    server.put(lax);
    await run();
    const { follower } = open('url', { url: `${server.origin}/other.tar.gz` });
    expect(await follower.start()).toEqual([expect.stringMatching(/every call is refused .*none was kept/)]);
  });
});

describe('a bundle in a file', () => {
  it('is loaded at the start, by whose event it is recorded, and whenever it changes', async () => {
    await writeFile(join(folder, 'bundle'), strict);
    const { follower, judges } = open('file');
    expect(await follower.start()).toEqual([]);
    expect([judges(), await recorded()]).toEqual(['deny', []]);
    follower.follow();
    await clock.step();
    await writeFile(join(folder, 'bundle'), lax);
    await clock.step(3);
    expect(judges()).toBe('allow');
    expect(await recorded()).toEqual([
      {
        ...{ what: 'bundle.loaded', why: 'the file has changed', from: join(folder, 'bundle') },
        ...{ before: 'strict', after: 'lax' },
      },
    ]);
    expect(follower.current().sources.library).toMatchObject({ follows: 'file', lastError: null });
  });

  it('must be a good one at the start', async () => {
    const { follower } = open('file');
    await expect(follower.start()).rejects.toMatchObject({ code: 'bundle/unavailable' });
    await writeFile(join(folder, 'bundle'), 'no bundle');
    await expect(follower.start()).rejects.toMatchObject({ code: 'bundle/invalid' });
  });
});
