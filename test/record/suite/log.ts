import { expect, it } from 'vitest';
import type { Store } from '../../../src/record/store.ts';
import { decided, endOf, event, expectedLeaf } from '../events.ts';

/** The log: events become leaves, in order, once. */
export function logSuite(fresh: () => Promise<Store>): void {
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

  it('finds what concerns something by its link, in order, a page at a time', async () => {
    const store = await fresh();
    const opened = { ...event('changed', 'change-1', { what: 'hold.opened' }), links: ['hold:h1', 'agent:a1'] };
    const held = decided('call-1');
    const other = { ...decided('call-2'), links: ['agent:a1', 'agent:a1'] };
    await store.transact([], [opened, held, other]);
    const told = { ...event('outcome', 'call-2'), links: ['agent:a1'] };
    await store.append(told);
    expect(await store.related('agent:a1', 0, 10)).toEqual([
      expectedLeaf(0, opened),
      expectedLeaf(2, other),
      expectedLeaf(3, told),
    ]);
    expect(await store.related('agent:a1', 1, 1)).toEqual([expectedLeaf(2, other)]);
    expect(await store.related('hold:h1', 0, 10)).toEqual([expectedLeaf(0, opened)]);
    expect(await store.related('hold:h2', 0, 10)).toEqual([]);
  });

  it('finds nothing by the link of what was not written', async () => {
    const store = await fresh();
    await store.append(decided('call-1'));
    const again = { ...decided('call-1'), links: ['agent:a1'] };
    expect(await endOf(store.append(again))).toMatchObject({ code: 'record/conflict' });
    expect(await store.related('agent:a1', 0, 10)).toEqual([]);
  });
}
