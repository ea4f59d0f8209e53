import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Admitted } from '../../../src/identify/operator-access.ts';
import { carriesCsrf, Sessions } from '../../../src/operate/sessions/sessions.ts';
import { everythingIn, MINUTE, refusalOf, START, TestSources } from '../../identify/fixtures.ts';
import { MemoryStore } from '../../identify/memory-store.ts';

const ADA: Admitted = { id: 'ada', name: 'Ada', role: 'approver', groups: ['sre'] };
const BEN: Admitted = { ...ADA, id: 'ben', name: 'Ben' };
const HOUR = 60 * MINUTE;
const NEVER = Number.POSITIVE_INFINITY;

async function open(store = new MemoryStore()) {
  const sources = new TestSources();
  const people = new Map<string, Admitted>([ADA, BEN].map((each) => [each.id, each]));
  const access = { find: (id: string) => people.get(id) };
  const reopen = () => Sessions.open({ store, sources, random: randomBytes, access, longest: 8 * HOUR });
  const sessions = await reopen();
  const begin = async (who: Admitted = ADA, until = NEVER, before?: string) =>
    (await sessions.begin(who, { kind: 'token', until, before })).secret;
  return { store, sources, people, sessions, reopen, begin };
}

describe('a session', () => {
  it('is its operator until its time is over, after a restart too', async () => {
    const { sources, sessions, reopen, begin } = await open();
    const secret = await begin();
    const expected = {
      id: expect.any(String),
      caller: ADA,
      csrf: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expires: '2026-06-01T20:00:00.000Z',
    };
    expect(sessions.find(secret)).toEqual(expected);
    expect((await reopen()).find(secret)).toEqual(expected);
    sources.advance(8 * HOUR - 1);
    expect(sessions.find(secret)).toEqual(expected);
    sources.advance(1);
    expect(sessions.find(secret)).toBeUndefined();
  });

  it('is over when the token is that opened it', async () => {
    const { sources, sessions, begin } = await open();
    const secret = await begin(ADA, START.getTime() + MINUTE);
    expect(sessions.find(secret)?.expires).toBe('2026-06-01T12:01:00.000Z');
    sources.advance(MINUTE);
    expect(sessions.find(secret)).toBeUndefined();
  });

  it('ends with its operator, and follows what they may', async () => {
    const { people, sessions, begin } = await open();
    const secret = await begin();
    people.set('ada', { ...ADA, role: 'viewer', groups: [] });
    expect(sessions.find(secret)?.caller.role).toBe('viewer');
    people.delete('ada');
    expect(sessions.find(secret)).toBeUndefined();
  });

  it('leaves neither its secret nor what its forms carry in the store or the record', async () => {
    const { store, sessions, begin } = await open();
    const secret = await begin();
    const session = sessions.find(secret);
    const kept = `${await everythingIn(store)}${JSON.stringify(await store.list('sessions'))}`;
    expect(kept).toContain(session?.id);
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(session?.csrf);
  });

  it('is recorded when it begins and when somebody logs out', async () => {
    const { store, sessions, begin } = await open();
    const session = sessions.find(await begin());
    if (session === undefined) throw new Error('no session');
    await sessions.end(session);
    await sessions.end(session);
    const kept = { id: session.id, operator: 'ada', kind: 'token', openedAt: START.toISOString() };
    const about = { session: session.id, operator: 'ada', by: 'ada' };
    expect((await store.leaves(0, 9)).map(({ leaf }) => JSON.parse(leaf))).toMatchObject([
      { what: 'session.opened', ...about, before: null, after: { ...kept, expires: session.expires } },
      { what: 'session.ended', ...about, why: 'logged out', before: kept, after: null },
    ]);
    expect(await store.list('sessions')).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['an empty cookie', ''],
    ['the hash of it', 'hash'],
    ['another secret', 'A'.repeat(43)],
    ['a secret with something behind it', 'more'],
  ])('is not opened by %s', async (_name, given) => {
    const { store, sessions, begin } = await open();
    const secret = await begin();
    const [document] = await store.list('sessions');
    const shown = given === 'hash' ? document?.id : given === 'more' ? `${secret}A` : given;
    expect(sessions.find(shown)).toBeUndefined();
  });

  it('that could not be recorded has not begun', async () => {
    const { store, begin } = await open();
    store.break();
    expect(await refusalOf(() => begin())).toEqual(['record/unavailable', 'the store cannot be written']);
  });
});

describe('logging in', () => {
  it('never takes up a secret that was there before, and ends the session of it', async () => {
    const { sessions, begin } = await open();
    const before = await begin();
    const after = await begin(BEN, NEVER, before);
    expect(after).not.toBe(before);
    expect([sessions.find(before), sessions.find(after)?.caller]).toEqual([undefined, BEN]);
  });

  it('twice at once is two sessions, and what was over is forgotten once', async () => {
    const { store, sources, sessions, begin } = await open();
    await begin(BEN, START.getTime() + 1);
    sources.advance(1);
    const secrets = await Promise.all([begin(), begin(), begin(BEN)]);
    expect(secrets.map((secret) => sessions.find(secret)?.caller.id)).toEqual(['ada', 'ada', 'ben']);
    expect(await store.list('sessions')).toHaveLength(3);
  });

  it('that could not be recorded leaves the session before as it was', async () => {
    const { store, sessions, begin } = await open();
    const before = await begin();
    store.break();
    expect((await refusalOf(() => begin(ADA, NEVER, before)))[0]).toBe('record/unavailable');
    expect(sessions.find(before)?.caller).toEqual(ADA);
  });

  it('forgets sessions that are over, and the oldest beyond ten of one operator', async () => {
    const { store, sources, sessions, begin } = await open();
    const short = await begin(BEN, START.getTime() + 1);
    const all: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      sources.advance(1000);
      all.push(await begin());
    }
    expect(all.map((secret) => sessions.find(secret) !== undefined)).toEqual([
      false,
      false,
      ...new Array<boolean>(10).fill(true),
    ]);
    expect(sessions.find(short)).toBeUndefined();
    expect(await store.list('sessions')).toHaveLength(10);
  });
});

it('a form carries what its own session does, and nothing else will do', async () => {
  const { sessions, begin } = await open();
  const [ada, ben] = [sessions.find(await begin()), sessions.find(await begin(BEN))];
  if (ada === undefined || ben === undefined) throw new Error('no session');
  const given = [ada.csrf, ben.csrf, '', undefined, `${ada.csrf}A`, ada.csrf.slice(1), `é${ada.csrf.slice(2)}`];
  expect(given.map((each) => carriesCsrf(ada, each))).toEqual([true, false, false, false, false, false, false]);
});

it('a gate does not start on a session that it cannot read', async () => {
  const store = new MemoryStore();
  await store.transact([{ collection: 'sessions', id: 'odd', expect: 0, body: { operator: 'root' } }], []);
  expect(await refusalOf(() => open(store))).toEqual(['record/unavailable', 'session odd in the store cannot be read']);
});
