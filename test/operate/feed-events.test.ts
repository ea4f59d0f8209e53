import { expect, it } from 'vitest';
import { feedEventsOf } from '../../src/operate/feed-events.ts';
import { watchStore } from '../../src/operate/watched-store.ts';
import type { EventKind, LogEvent } from '../../src/record/store.ts';
import { MemoryStore } from '../identify/memory-store.ts';

const TIME = '2030-01-15T12:00:00.000Z';

function event(kind: EventKind, body: LogEvent['body'] = {}): LogEvent {
  return { kind, id: 'e1', time: TIME, body };
}

function decided(did: string, ...obligations: readonly { name: string; params: Record<string, boolean> }[]) {
  return {
    did,
    agent: { id: 'fixer' },
    call: { route: 'staging' },
    reasons: [],
    judgement: { verdict: { obligations } },
  };
}

it.each([
  ['decided', ['decision']],
  ['outcome', ['outcome']],
  ['changed', ['change']],
  ['asked', []],
  ['gate', []],
] as const)('an event %s is shown as %j', (kind, kinds) => {
  expect(feedEventsOf(event(kind))).toEqual(kinds.map((each) => ({ kind: each, id: 'e1', time: TIME, data: {} })));
});

it.each([
  ['allowed and to notify', decided('allow', { name: 'notify', params: { now: false } }), false],
  ['allowed and to notify now', decided('allow', { name: 'notify', params: { now: true } }), true],
  [
    'asked for by two rules, one of them now',
    decided('allow', { name: 'notify', params: { now: false } }, { name: 'notify', params: { now: true } }),
    true,
  ],
])('a decision %s is notified of', (_name, body, now) => {
  expect(feedEventsOf(event('decided', body))).toEqual([
    { kind: 'decision', id: 'e1', time: TIME, data: body },
    {
      kind: 'notify',
      id: 'e1',
      time: TIME,
      data: { now, did: 'allow', agent: { id: 'fixer' }, call: { route: 'staging' }, reasons: [] },
    },
  ]);
});

it.each([
  ['denied', decided('deny', { name: 'notify', params: { now: true } })],
  ['obliged to something else', decided('allow', { name: 'capture', params: {} })],
  ['of the gate alone, without a judgement', { did: 'allow', judgement: null }],
])('a decision %s is not notified of', (_name, body) => {
  expect(feedEventsOf(event('decided', body)).map((each) => each.kind)).toEqual(['decision']);
});

it('a watched store tells of events once they are durable, and of nothing that was not written', async () => {
  const store = new MemoryStore();
  const told: string[] = [];
  const watched = watchStore(store, (each) => told.push(each.id));
  await watched.append({ ...event('decided'), id: 'a' });
  await watched.transact(
    [],
    [
      { ...event('changed'), id: 'b' },
      { ...event('changed'), id: 'c' },
    ],
  );
  store.break();
  await expect(watched.append({ ...event('decided'), id: 'd' })).rejects.toMatchObject({ code: 'record/unavailable' });
  expect(told).toEqual(['a', 'b', 'c']);
  expect(await watched.size()).toBe(3);
});
