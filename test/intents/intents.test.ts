import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Intent } from '../../src/intents/intent.ts';
import { attachBody, cleanWith, openBody } from '../../src/intents/intent-order.ts';
import { Intents, MOST_OPEN, MOST_SIGNALS, MOST_SOURCES } from '../../src/intents/intents.ts';
import { signalsInput } from '../../src/intents/signals-input.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Store } from '../../src/record/store.ts';
import { TestSources } from '../identify/fixtures.ts';

let folder: string;
let store: Store;
const sources = new TestSources();
const clean = cleanWith((text) => text.replaceAll('hunter2', '[secret]'));
let intents: Intents;
let serial = 0;
const nobody = () => {
  serial += 1;
  return `agent-${serial}`;
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-intents-'));
  store = await openSqliteStore({ path: join(folder, 'sallyport.db') });
  intents = await Intents.open({ store, sources, clean });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const openFor = (agent: string, more: object = {}): Promise<Intent> =>
  intents.openFor(agent, openBody.parse({ reason: 'it is slow', ...more }), `agent:${agent}`);
const signal = (source: string, more: object = {}) => ({
  ...{ source, observedAt: sources.now().toISOString(), stance: 'supports', says: 'it is so' },
  ...more,
});
const attaching = (...signals: readonly object[]) => attachBody.parse({ signals });
const attach = (id: string, ...signals: readonly object[]) => intents.attach(id, attaching(...signals), 'agent:a');

describe('an intent', () => {
  it('is kept with what was said, without secrets, controls and excess, and is the same after a restart', async () => {
    const agent = nobody();
    const intent = await openFor(agent, {
      reason: 'the password\u202e is hunter2\u0007',
      plan: `<script>alert(1)</script>${'x'.repeat(9000)}`,
      links: ['https://evidence.example/1'],
      confidence: 0.5,
    });
    expect(intent).toEqual({
      ...{ id: expect.any(String), agent, openedBy: `agent:${agent}`, signals: [], closed: null },
      openedAt: sources.now().toISOString(),
      until: new Date(sources.now().getTime() + 86_400_000).toISOString(),
      statement: {
        ...{ reason: 'the password  is [secret]', incident: null, incidentClass: null, alert: null, hypothesis: null },
        ...{
          confidence: 0.5,
          links: ['https://evidence.example/1'],
          runbook: null,
          successSignal: null,
          wayBack: null,
        },
        plan: `<script>alert(1)</script>${'x'.repeat(4096 - 25)}`,
      },
    });
    const again = await Intents.open({ store, sources, clean });
    expect(again.current(intent.id)).toEqual(intent);
  });

  it('ends by itself, on the record, and is found by its id for ever', async () => {
    const agent = nobody();
    const intent = await openFor(agent, { ttlSeconds: 60 });
    sources.advance(61_000);
    expect([intents.current(intent.id), intents.listOpen(agent)]).toEqual([undefined, []]);
    await expect(attach(intent.id, signal('logs'))).rejects.toMatchObject({ code: 'record/conflict' });
    await intents.sweep();
    const closed = { at: sources.now().toISOString(), by: 'gate', outcome: 'expired' };
    expect((await intents.find(intent.id))?.closed).toMatchObject(closed);
    expect(await store.get('intents', intent.id)).toBeUndefined();
    await expect(openFor(agent, { ttlSeconds: 8 * 86_400 })).rejects.toMatchObject({ code: 'request/invalid' });
  });

  it('is closed once, whoever tries at the same time', async () => {
    const { id } = await openFor(nobody());
    const order = { outcome: 'done', summary: 'over' } as const;
    const tries = await Promise.allSettled([1, 2, 3].map((n) => intents.close(id, order, `agent:${n}`)));
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const steps = (await store.related(`intent:${id}`, 0, 10)).map(({ leaf }) => JSON.parse(leaf).what);
    expect(steps).toEqual(['intent.opened', 'intent.closed']);
  });

  it('loses nothing of what is attached at the same time', async () => {
    const { id } = await openFor(nobody());
    await Promise.all(['a', 'b', 'c', 'd'].map((source) => attach(id, signal(source))));
    expect(
      intents
        .current(id)
        ?.signals.map(({ source }) => source)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('bounds', () => {
  it('an agent has so many open, however fast it opens them', async () => {
    const agent = nobody();
    const tries = await Promise.allSettled(Array.from({ length: MOST_OPEN + 5 }, () => openFor(agent)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(MOST_OPEN);
    expect(intents.listOpen(agent)).toHaveLength(MOST_OPEN);
    const [first] = intents.listOpen(agent);
    await intents.close(first?.id ?? '', { outcome: 'abandoned', summary: 'too many' }, 'ada');
    expect((await openFor(agent)).agent).toBe(agent);
  });

  it('an intent holds so many signals of so many sources, and what is too much is not attached in part', async () => {
    const { id } = await openFor(nobody());
    const names = Array.from({ length: MOST_SOURCES }, (_, n) => `s${n}`);
    await attach(id, ...names.map((name) => signal(name)));
    await expect(attach(id, signal('s1'), signal('one-more'))).rejects.toMatchObject({ code: 'request/too-many' });
    const many = Array.from({ length: 14 }, () => signal('s1'));
    for (let left = MOST_SIGNALS - MOST_SOURCES; left > 0; left -= 14) await attach(id, ...many.slice(0, left));
    await expect(attach(id, signal('s1'))).rejects.toMatchObject({ code: 'request/too-many' });
    expect(intents.current(id)?.signals).toHaveLength(MOST_SIGNALS);
  });

  it('nobody has observed what is still to be', async () => {
    const { id } = await openFor(nobody());
    const observedAt = new Date(sources.now().getTime() + 61_000).toISOString();
    await expect(attach(id, signal('logs', { observedAt }))).rejects.toMatchObject({ code: 'request/invalid' });
  });

  it.each<[string, object]>([
    ['no reason', { reason: '' }],
    ['too much confidence', { reason: 'x', confidence: 1.01 }],
    ['less than none', { reason: 'x', confidence: -0.5 }],
    ['a confidence that is no number', { reason: 'x', confidence: Number.NaN }],
    ['a confidence in words', { reason: 'x', confidence: '0.9' }],
    ['a link that is a script', { reason: 'x', links: ['javascript:alert(1)'] }],
    ['too many links', { reason: 'x', links: Array.from({ length: 17 }, () => 'https://a.example/') }],
    ['a book for a reason', { reason: 'x'.repeat(20_000) }],
    ['another agent', { reason: 'x', agent: 'another' }],
    ['another opener', { reason: 'x', openedBy: 'ada' }],
  ])('%s opens none', (_what, body) => {
    expect(openBody.safeParse(body).success).toBe(false);
  });
});

describe('what policy is told of the evidence', () => {
  it('is the newest word of each source for and against, as old as the agent says and no younger than the gate knows', async () => {
    const { id } = await openFor(nobody());
    const ago = (seconds: number) => ({ observedAt: new Date(sources.now().getTime() - seconds * 1000).toISOString() });
    await attach(id, signal('prometheus', ago(600)), signal('logs', { ...ago(0), stance: 'contradicts' }));
    sources.advance(30_000);
    await attach(id, signal('prometheus', { ...ago(5), pattern: 'crash-loop' }), signal('logs', ago(7)));
    sources.advance(10_000);
    expect(signalsInput(intents.current(id), sources.now())).toEqual({
      attached: [
        { source: 'logs', stance: 'contradicts', pattern: 'none', age: 40, told: 40 },
        { source: 'logs', stance: 'supports', pattern: 'none', age: 17, told: 10 },
        { source: 'prometheus', stance: 'supports', pattern: 'crash-loop', age: 15, told: 10 },
      ],
    });
  });

  it('is nothing where there is no intent', () => {
    expect(signalsInput(undefined, sources.now())).toEqual({ attached: [] });
  });
});
