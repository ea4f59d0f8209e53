import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonicalJson, type JsonObject } from '../../src/json.ts';
import type { Reservation } from '../../src/record/reservation.ts';
import type { LogEvent, Put, Store } from '../../src/record/store.ts';
import { decided, endOf, event, TIME } from './events.ts';

const LATER = '2026-11-20T21:00:00.000Z';

/** A store in a place of its own, and how to open the same place again once it was closed. */
export interface StorePlace {
  open(): Promise<Store>;
}

/** What every implementation of `Store` must do. `create` makes a new, empty place. */
export function describeStore(name: string, create: () => Promise<StorePlace>): void {
  async function fresh(): Promise<Store> {
    const store = await (await create()).open();
    onTestFinished(() => store.close());
    return store;
  }

  describe(`${name}: the log`, () => logSuite(fresh));
  describe(`${name}: documents`, () => documentSuite(fresh));
  describe(`${name}: decisions`, () => decisionSuite(fresh));
  describe(`${name}: calls without an end`, () => lostSuite(fresh, create));
  describe(`${name}: reservations`, () => reservationSuite(fresh, create));
  describe(`${name}: sealed blobs`, () => sealedSuite(fresh));
  describe(`${name}: closing`, () => closingSuite(create));
}

/** The leaf of an event and its RFC 6962 hash, made without the code under test. */
export function expectedLeaf(seq: number, { kind, id, time, body }: LogEvent) {
  const leaf = canonicalJson({ ...body, v: 1, kind, id, time });
  const hash = createHash('sha256').update(Buffer.of(0)).update(leaf, 'utf8').digest();
  return { seq, kind, id, time, leaf, hash: new Uint8Array(hash) };
}

function logSuite(fresh: () => Promise<Store>): void {
  it('keeps each event as canonical JSON with its leaf hash, numbered from 0', async () => {
    const store = await fresh();
    const events = [
      event('gate', 'start-1', { z: 1, a: { y: 0.1, x: ['é', '𝄞', '"', '\u0000'] } }),
      event('asked', 'call-1', { call: { route: 'staging' } }),
      decided('call-1'),
      event('outcome', 'call-1', { state: 'answered', status: 200 }),
      event('changed', 'change-1', { what: 'agent.added' }),
    ];
    const numbers: number[] = [];
    for (const each of events) numbers.push(await store.append(each));
    expect(numbers).toEqual([0, 1, 2, 3, 4]);
    expect(await store.size()).toBe(5);
    expect(await store.leaves(0, 10)).toEqual(events.map((each, i) => expectedLeaf(i, each)));
    expect(await store.leaves(3, 1)).toEqual([expectedLeaf(3, events[3] ?? decided('missing'))]);
    expect(await store.leaves(5, 10)).toEqual([]);
  });

  it('gives 1,000 concurrent appends one number each, in the order in which they were made', async () => {
    const store = await fresh();
    const events = Array.from({ length: 1_000 }, (_, i) => decided(`call-${i}`));
    expect(await Promise.all(events.map((each) => store.append(each)))).toEqual(events.map((_, i) => i));
    expect(await store.leaves(0, 2_000)).toEqual(events.map((each, i) => expectedLeaf(i, each)));
  });

  it('records nothing twice, and lets the neighbours of a conflict through', async () => {
    const store = await fresh();
    await store.append(decided('call-1'));
    const ends = await Promise.all([
      endOf(store.append(decided('call-2'))),
      endOf(store.append(decided('call-1', { did: 'deny' }))),
      endOf(store.append(event('outcome', 'call-1'))),
      endOf(store.append(decided('call-2', { did: 'deny' }))),
      endOf(store.append(decided('call-3'))),
    ]);
    expect(ends).toEqual([
      1,
      { code: 'record/conflict', message: 'already recorded: decided call-1' },
      2,
      { code: 'record/conflict', message: 'already recorded: decided call-2' },
      3,
    ]);
    expect((await store.leaves(0, 10)).map(({ seq, kind, id }) => [seq, kind, id])).toEqual([
      [0, 'decided', 'call-1'],
      [1, 'decided', 'call-2'],
      [2, 'outcome', 'call-1'],
      [3, 'decided', 'call-3'],
    ]);
  });

  it('keeps what was handed in, even when it is changed before it is written', async () => {
    const store = await fresh();
    const body = { who: 'alice' };
    const written = store.append(event('changed', 'change-1', body));
    body.who = 'mallory';
    await written;
    expect(await store.leaves(0, 1)).toEqual([expectedLeaf(0, event('changed', 'change-1', { who: 'alice' }))]);
  });

  it.each([
    ['a name of the envelope', { kind: 'gate' }, `its body uses the envelope's name "kind"`],
    ['a lone surrogate', { path: '/\ud800' }, 'a lone surrogate has no JSON form'],
    ['NaN', { ms: Number.NaN }, 'NaN has no JSON form'],
  ])('refuses an event with %s, and goes on', async (_, body, why) => {
    const store = await fresh();
    const [refused, next] = await Promise.all([
      endOf(store.append(event('changed', 'change-1', body))),
      store.append(event('changed', 'change-2')),
    ]);
    expect(refused).toEqual({
      code: 'record/unavailable',
      message: `the changed event change-1 cannot be recorded: ${why}`,
    });
    expect(next).toBe(0);
    expect(await store.leaves(0, 9)).toEqual([expectedLeaf(0, event('changed', 'change-2'))]);
  });
}

function documentSuite(fresh: () => Promise<Store>): void {
  const put = (id: string, expected: number, body: Put['body']): Put => ({
    collection: 'agents',
    id,
    expect: expected,
    body,
  });

  it('writes, changes and removes documents, each with its event', async () => {
    const store = await fresh();
    expect(await store.get('agents', 'a')).toBeUndefined();
    expect(await store.list('agents')).toEqual([]);
    expect(await store.transact([put('b', 0, { level: 1 }), put('a', 0, { level: 2 })], [])).toEqual([]);
    expect(
      await store.transact([put('a', 1, { level: 3 })], [event('changed', 'c-1'), event('changed', 'c-2')]),
    ).toEqual([0, 1]);
    expect(await store.get('agents', 'a')).toEqual({ collection: 'agents', id: 'a', version: 2, body: { level: 3 } });
    expect(await store.list('agents')).toEqual([
      { collection: 'agents', id: 'a', version: 2, body: { level: 3 } },
      { collection: 'agents', id: 'b', version: 1, body: { level: 1 } },
    ]);
    expect(await store.get('operators', 'a')).toBeUndefined();
    expect(await store.transact([put('a', 2, null)], [event('changed', 'c-3')])).toEqual([2]);
    expect(await store.get('agents', 'a')).toBeUndefined();
  });

  it.each<[string, Put, string]>([
    [
      'adds what is there',
      put('a', 0, { level: 9 }),
      'agents/a was changed meanwhile: expected version 0, found version 1',
    ],
    [
      'changes an older version',
      put('a', 7, { level: 9 }),
      'agents/a was changed meanwhile: expected version 7, found version 1',
    ],
    [
      'changes what is not there',
      put('x', 1, { level: 9 }),
      'agents/x was changed meanwhile: expected version 1, found version 0',
    ],
    [
      'removes an older version',
      put('a', 2, null),
      'agents/a was changed meanwhile: expected version 2, found version 1',
    ],
    [
      'removes what is not there',
      put('x', 0, null),
      'agents/x was changed meanwhile: expected version 0, found version 0',
    ],
  ])('writes nothing at all when one put %s', async (_, wrong, message) => {
    const store = await fresh();
    await store.transact([put('a', 0, { level: 1 })], [event('changed', 'c-1')]);
    const end = await endOf(store.transact([put('b', 0, { level: 1 }), wrong], [event('changed', 'c-2')]));
    expect(end).toEqual({ code: 'record/conflict', message });
    expect(await store.list('agents')).toEqual([{ collection: 'agents', id: 'a', version: 1, body: { level: 1 } }]);
    expect(await store.size()).toBe(1);
  });

  it('changes no document when an event was recorded before', async () => {
    const store = await fresh();
    await store.append(event('changed', 'c-1'));
    const end = await endOf(store.transact([put('a', 0, {})], [event('changed', 'c-2'), event('changed', 'c-1')]));
    expect(end).toEqual({ code: 'record/conflict', message: 'already recorded: changed c-2, changed c-1' });
    expect(await store.list('agents')).toEqual([]);
    expect(await store.size()).toBe(1);
  });

  it('lets exactly one of many concurrent changes win, and leaves no gap for the others', async () => {
    const store = await fresh();
    await store.transact([put('a', 0, { level: 0 })], []);
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        endOf(store.transact([put('a', 1, { level: i })], [event('changed', `c-${i}`)])),
      ),
    );
    const conflict = {
      code: 'record/conflict',
      message: 'agents/a was changed meanwhile: expected version 1, found version 2',
    };
    expect(ends).toEqual([[0], ...Array.from({ length: 19 }, () => conflict)]);
    expect(await store.get('agents', 'a')).toEqual({ collection: 'agents', id: 'a', version: 2, body: { level: 0 } });
    expect(await store.append(event('changed', 'next'))).toBe(1);
  });
}

function decisionSuite(fresh: () => Promise<Store>): void {
  const at = (minute: number) => `2026-11-20T20:${String(minute).padStart(2, '0')}:00.000Z`;

  async function withDecisions(): Promise<Store> {
    const store = await fresh();
    for (let i = 0; i < 12; i++) {
      const [agent, route] = [i % 2 === 0 ? 'even' : 'odd', i < 6 ? 'staging' : 'prod'];
      const did = ['allow', 'hold', 'deny'][i % 3] ?? 'deny';
      await store.append(event('changed', `between-${i}`));
      await store.append(decided(`call-${i}`, { agent, route, did, time: at(i) }));
    }
    await store.append(decided('nobody', { agent: null, did: 'deny', time: at(12) }));
    return store;
  }

  it.each<[string, Parameters<Store['decisions']>[0], string[]]>([
    ['all, newest first', { limit: 4 }, ['nobody', 'call-11', 'call-10', 'call-9']],
    ['by agent', { limit: 3, agent: 'even' }, ['call-10', 'call-8', 'call-6']],
    ['by route', { limit: 9, route: 'prod' }, ['call-11', 'call-10', 'call-9', 'call-8', 'call-7', 'call-6']],
    ['by what the gate did', { limit: 9, outcome: 'hold' }, ['call-10', 'call-7', 'call-4', 'call-1']],
    ['by time', { limit: 9, since: '2026-11-20T20:10:00Z' }, ['nobody', 'call-11', 'call-10']],
    ['by all of these', { limit: 9, agent: 'even', route: 'staging', outcome: 'allow', since: at(0) }, ['call-0']],
    ['before a number', { limit: 2, before: 7 }, ['call-2', 'call-1']],
    ['of an agent that never asked', { limit: 9, agent: 'stranger' }, []],
  ])('lists %s', async (_, query, ids) => {
    const store = await withDecisions();
    expect((await store.decisions(query)).map(({ id }) => id)).toEqual(ids);
  });

  it('pages without overlap or gap', async () => {
    const store = await withDecisions();
    const pages: string[][] = [];
    for (let before: number | undefined; ; ) {
      const page = await store.decisions({ limit: 5, agent: 'odd', ...(before === undefined ? {} : { before }) });
      if (page.length === 0) break;
      pages.push(page.map(({ id }) => id));
      before = page.at(-1)?.seq;
    }
    expect(pages).toEqual([['call-11', 'call-9', 'call-7', 'call-5', 'call-3'], ['call-1']]);
  });

  it('shows a decision with what was asked before and how it ended', async () => {
    const store = await fresh();
    const envelope = { v: 1, id: 'call-1', time: TIME };
    await store.append(event('asked', 'call-1', { pass: 'request' }));
    expect(await store.decision('call-1')).toBeUndefined();
    await store.append(event('gate', 'between'));
    await store.append(event('decided', 'call-1', { did: 'allow' }));
    const open = {
      id: 'call-1',
      seq: 2,
      asked: { ...envelope, kind: 'asked', pass: 'request' },
      decided: { ...envelope, kind: 'decided', did: 'allow' },
      outcome: undefined,
    };
    expect(await store.decision('call-1')).toEqual(open);
    await store.append(event('outcome', 'call-1', { state: 'answered' }));
    const ended = { ...open, outcome: { ...envelope, kind: 'outcome', state: 'answered' } };
    expect(await store.decision('call-1')).toEqual(ended);
    expect(await store.decisions({ limit: 1 })).toEqual([ended]);
    expect(await store.decision('call-2')).toBeUndefined();
  });
}

function lostSuite(fresh: () => Promise<Store>, create: () => Promise<StorePlace>): void {
  const lost = (id: string, after: 'asked' | 'decided') =>
    event(
      'outcome',
      id,
      {
        state: 'lost',
        after,
        sent: after === 'asked' ? false : 'unknown',
        end: 'unknown',
        status: null,
        bytes: null,
        ms: null,
        error: null,
      },
      LATER,
    );

  it('gives an end to what was asked or allowed and has none, and to nothing else', async () => {
    const store = await fresh();
    const before = [
      event('asked', 'only-asked'),
      decided('allowed'),
      event('asked', 'asked-and-allowed'),
      decided('asked-and-allowed'),
      decided('denied', { did: 'deny' }),
      decided('held', { did: 'hold' }),
      event('asked', 'asked-and-denied'),
      decided('asked-and-denied', { did: 'deny' }),
      decided('ended'),
      event('outcome', 'ended', { state: 'answered' }),
      event('asked', 'asked-and-ended'),
      event('outcome', 'asked-and-ended', { state: 'refused' }),
      event('changed', 'change-1'),
    ];
    for (const each of before) await store.append(each);
    expect(await store.closeLost(LATER)).toEqual(['only-asked', 'allowed', 'asked-and-allowed']);
    expect(await store.leaves(before.length, 9)).toEqual([
      expectedLeaf(13, lost('only-asked', 'asked')),
      expectedLeaf(14, lost('allowed', 'decided')),
      expectedLeaf(15, lost('asked-and-allowed', 'decided')),
    ]);
    expect(await store.closeLost(LATER)).toEqual([]);
    expect(await store.size()).toBe(16);
  });

  it('finds them however long ago they were left, over several starts', async () => {
    const place = await create();
    const first = await place.open();
    await first.append(decided('left-open-long-ago'));
    // More than an implementation may look through anew at a start.
    const others = Array.from({ length: 3_000 }, (_, i) => [
      decided(`call-${i}`),
      event('outcome', `call-${i}`),
    ]).flat();
    for (let i = 0; i < others.length; i += 500)
      await Promise.all(others.slice(i, i + 500).map((each) => first.append(each)));
    await first.append(event('asked', 'left-open-lately'));
    await first.close();
    const second = await place.open();
    expect(await second.closeLost(LATER)).toEqual(['left-open-long-ago', 'left-open-lately']);
    await second.close();
    const third = await place.open();
    expect(await third.closeLost(LATER)).toEqual([]);
    await third.close();
  });
}

function reservationSuite(fresh: () => Promise<Store>, create: () => Promise<StorePlace>): void {
  const taking = (
    decision: string,
    accounts: Readonly<Record<string, string | null>>,
    { time = TIME, body = { took: decision } }: { time?: string; body?: JsonObject } = {},
  ): Reservation => ({
    op: 'reserve',
    decision,
    time,
    accounts: Object.entries(accounts).map(([id, last]) => ({ id, last })),
    body,
  });
  const take = (store: Store, ...args: Parameters<typeof taking>) =>
    store.append(
      decided(args[0], args[2]?.time === undefined ? {} : { time: args[2].time }),
      undefined,
      taking(...args),
    );
  const stale = (account: string) => ({
    code: 'record/conflict',
    message: `something was taken from account ${account} meanwhile`,
  });

  it('are there with their decision, and accounts name who took last', async () => {
    const place = await create();
    const store = await place.open();
    await take(store, 'call-1', { 'agent:a': null, 'service:s': null });
    await store.append(decided('call-2'));
    await take(store, 'call-3', { 'agent:a': 'call-1' }, { time: LATER });
    const stored = [
      { seq: 0, decision: 'call-1', time: TIME, body: { took: 'call-1' } },
      { seq: 2, decision: 'call-3', time: LATER, body: { took: 'call-3' } },
    ];
    const heads = [
      { id: 'agent:a', last: 'call-3', time: LATER },
      { id: 'service:s', last: 'call-1', time: TIME },
    ];
    const found = async (each: Store) => [
      await each.reservations(TIME, 0, 10),
      [...(await each.accounts())].sort((a, b) => (a.id < b.id ? -1 : 1)),
    ];
    expect(await found(store)).toEqual([stored, heads]);
    await store.close();
    const again = await place.open();
    expect(await found(again)).toEqual([stored, heads]);
    await again.close();
  });

  it('are read in pages, from a number and a time on', async () => {
    const store = await fresh();
    for (let i = 0; i < 5; i += 1) await take(store, `call-${i}`, { [`agent:${i}`]: null });
    await take(store, 'call-5', { 'agent:5': null }, { time: LATER });
    const decisions = async (...args: Parameters<Store['reservations']>) =>
      (await store.reservations(...args)).map(({ decision }) => decision);
    expect(await decisions(TIME, 0, 2)).toEqual(['call-0', 'call-1']);
    expect(await decisions(TIME, 3, 10)).toEqual(['call-3', 'call-4', 'call-5']);
    expect(await decisions(LATER, 0, 10)).toEqual(['call-5']);
  });

  it('are refused, and their decision with them, when somebody else took from an account meanwhile', async () => {
    const store = await fresh();
    await take(store, 'call-1', { 'agent:a': null });
    const ends = await Promise.all([
      endOf(take(store, 'call-2', { 'service:s': null, 'agent:a': null })),
      endOf(take(store, 'call-3', { 'agent:a': 'call-0' })),
      endOf(take(store, 'call-4', { 'service:s': 'call-2', 'agent:a': 'call-1' })),
      endOf(take(store, 'call-5', { 'agent:a': 'call-1' })),
      endOf(take(store, 'call-6', { 'agent:a': 'call-5' })),
    ]);
    expect(ends).toEqual([stale('agent:a'), stale('agent:a'), stale('service:s'), 1, 2]);
    expect((await store.leaves(0, 10)).map(({ id }) => id)).toEqual(['call-1', 'call-5', 'call-6']);
    expect((await store.reservations(TIME, 0, 10)).map(({ decision }) => decision)).toEqual([
      'call-1',
      'call-5',
      'call-6',
    ]);
    expect(await store.accounts()).toEqual([{ id: 'agent:a', last: 'call-6', time: TIME }]);
  });

  it('let exactly one of many through that judged by the same state', async () => {
    const store = await fresh();
    const ends = await Promise.all(
      Array.from({ length: 50 }, (_, i) => endOf(take(store, `call-${i}`, { 'agent:a': null }))),
    );
    expect(ends.filter((end) => typeof end === 'number')).toEqual([0]);
    expect(await store.size()).toBe(1);
  });

  it('are settled or removed with the outcome, which is recorded even where there is nothing to settle', async () => {
    const store = await fresh();
    for (const id of ['call-1', 'call-2', 'call-3']) await take(store, id, { [`agent:${id}`]: null });
    const settle = (decision: string, body: JsonObject | null) =>
      store.append(event('outcome', decision), undefined, { op: 'settle', decision, body });
    await Promise.all([settle('call-1', { took: 'nothing' }), settle('call-2', null), settle('call-9', null)]);
    expect((await store.reservations(TIME, 0, 10)).map(({ decision, body }) => [decision, body])).toEqual([
      ['call-1', { took: 'nothing' }],
      ['call-3', { took: 'call-3' }],
    ]);
    expect((await store.leaves(3, 10)).map(({ kind, id }) => [kind, id])).toEqual([
      ['outcome', 'call-1'],
      ['outcome', 'call-2'],
      ['outcome', 'call-9'],
    ]);
  });

  it('are forgotten with their accounts when their time is past', async () => {
    const store = await fresh();
    await take(store, 'call-1', { 'agent:a': null, 'service:s': null });
    await take(store, 'call-2', { 'agent:a': 'call-1' }, { time: LATER });
    expect(await store.forgetReservations(LATER)).toBe(1);
    expect((await store.reservations(TIME, 0, 10)).map(({ decision }) => decision)).toEqual(['call-2']);
    expect(await store.accounts()).toEqual([{ id: 'agent:a', last: 'call-2', time: LATER }]);
    expect(await store.size()).toBe(2);
  });
}

function sealedSuite(fresh: () => Promise<Store>): void {
  const blob = (decision: string, name: string, byte: number, until = LATER) => ({
    decision,
    name,
    bytes: Uint8Array.of(byte, 0, 255),
    until,
  });

  it('keeps a blob with its event and erases it when its time has come', async () => {
    const store = await fresh();
    await store.append(decided('call-1'), blob('call-1', 'object-before', 1));
    await store.append(decided('call-2'), blob('call-2', 'object-before', 2, '2026-12-01T00:00:00.000Z'));
    expect(await store.sealed('call-1', 'object-before')).toEqual(Uint8Array.of(1, 0, 255));
    expect(await store.sealed('call-1', 'other')).toBeUndefined();
    expect(await store.eraseSealed(TIME)).toBe(0);
    expect(await store.eraseSealed(LATER)).toBe(1);
    expect(await store.sealed('call-1', 'object-before')).toBeUndefined();
    expect(await store.sealed('call-2', 'object-before')).toEqual(Uint8Array.of(2, 0, 255));
    expect(await store.size()).toBe(2);
  });

  it('keeps neither when one of both cannot be kept', async () => {
    const store = await fresh();
    await store.append(decided('call-1'), blob('call-1', 'object-before', 1));
    const taken = await endOf(store.append(decided('call-2'), blob('call-1', 'object-before', 2)));
    const again = await endOf(store.append(decided('call-1'), blob('call-1', 'object-after', 3)));
    const undated = await endOf(store.append(decided('call-3'), blob('call-3', 'object-before', 4, 'tomorrow')));
    expect([taken, again, undated]).toEqual([
      { code: 'record/conflict', message: 'already recorded: decided call-2' },
      { code: 'record/conflict', message: 'already recorded: decided call-1' },
      { code: 'record/unavailable', message: '"tomorrow" is no RFC 3339 time' },
    ]);
    expect(await store.sealed('call-1', 'object-before')).toEqual(Uint8Array.of(1, 0, 255));
    expect(await store.sealed('call-1', 'object-after')).toBeUndefined();
    expect(await store.decision('call-2')).toBeUndefined();
    expect(await store.append(decided('call-4'))).toBe(1);
  });
}

function closingSuite(create: () => Promise<StorePlace>): void {
  it('writes what is pending before it closes, and then refuses everything', async () => {
    const place = await create();
    const store = await place.open();
    const pending = Array.from({ length: 50 }, (_, i) => store.append(decided(`call-${i}`)));
    await Promise.all([store.close(), store.close()]);
    expect(await Promise.all(pending)).toEqual(pending.map((_, i) => i));
    const closed = { code: 'record/unavailable', message: 'the record is closed' };
    expect(await endOf(store.append(decided('late')))).toEqual(closed);
    expect(await endOf(store.transact([], []))).toEqual(closed);
    expect(await endOf(store.size())).toEqual(closed);
    expect(await endOf(store.decisions({ limit: 1 }))).toEqual(closed);
    const again = await place.open();
    expect(await again.size()).toBe(50);
    expect(await again.append(decided('call-50'))).toBe(50);
    await again.close();
  });
}
