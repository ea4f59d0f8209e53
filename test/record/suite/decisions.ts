import { expect, it } from 'vitest';
import type { Store } from '../../../src/record/store.ts';
import { decided, event, TIME } from '../events.ts';

/** What is found of decisions. */
export function decisionSuite(fresh: () => Promise<Store>): void {
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
