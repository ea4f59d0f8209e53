import { beforeEach, describe, expect, it } from 'vitest';
import type { FreezeScope } from '../../src/operate/freeze-scope.ts';
import { Freezes } from '../../src/operate/freezes.ts';
import { endFrozenHolds } from '../../src/operate/frozen-holds.ts';
import type { HeldCall, HeldSubject } from '../../src/settle/hold/held-call.ts';
import { Holds } from '../../src/settle/hold/holds.ts';
import { MemoryStore } from '../identify/memory-store.ts';
import { ANA, heldCall } from './escalation/held.ts';

const NOW = new Date('2030-01-15T12:00:00.000Z');
const WHY = 'the shop is on fire';

let store: MemoryStore;
let freezes: Freezes;
let holds: Holds;
let stall: ((what: string, id: string) => Promise<void>) | undefined;
let ids = 0;
const sources = {
  now: () => NOW,
  newId: () => {
    ids += 1;
    return `id-${ids}`;
  },
};

/** Loses what was in memory, and begins again from the store. */
async function open(): Promise<() => Promise<void>> {
  freezes = await Freezes.open(store, sources);
  holds = await Holds.open({ store, sources, stall: async (what, id) => stall?.(what, id) });
  return endFrozenHolds({ freezes, holds, now: sources.now });
}

beforeEach(async () => {
  stall = undefined;
  store = new MemoryStore();
  await open();
});

const PEOPLE = [{ kind: 'people', key: 'people', groups: ['platform'], quorum: 1, until: '' }] as const;

async function hold(id: string, subject: Partial<HeldSubject> = {}, more: Partial<HeldCall> = {}): Promise<void> {
  const ordinary = heldCall({ id, holds: PEOPLE, ...more });
  const held = { ...ordinary, subject: { ...ordinary.subject, services: ['web'], teams: ['shop'], ...subject } };
  const writes = holds.opening(held);
  await store.transact(writes.puts, writes.events);
  writes.done();
}
const freeze = (scope: FreezeScope, reads = false) => freezes.set({ scope, reads, by: 'ana', why: WHY, until: null });
const stateOf = async (id: string) => (await holds.get(id)).state;
/** All that was begun by now is over. */
const settled = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
};

describe('a freeze of', () => {
  it.each<[string, FreezeScope, Partial<HeldSubject>, boolean]>([
    ['everything', { kind: 'everything' }, {}, true],
    ['its agent', { kind: 'agent', agent: 'fixer' }, {}, true],
    ['another agent', { kind: 'agent', agent: 'twin' }, {}, false],
    ['its route', { kind: 'route', route: 'demo' }, {}, true],
    ['another route', { kind: 'route', route: 'prod' }, {}, false],
    ['its environment', { kind: 'environment', environment: 'prod' }, {}, true],
    ['another environment', { kind: 'environment', environment: 'dev' }, {}, false],
    [
      'any environment, where nobody knows its own',
      { kind: 'environment', environment: 'dev' },
      { environments: ['unknown'] },
      true,
    ],
    ['its service', { kind: 'service', service: 'web' }, {}, true],
    ['one of its services', { kind: 'service', service: 'web' }, { services: ['cart', 'web'] }, true],
    ['another service', { kind: 'service', service: 'cart' }, {}, false],
    ['the team that owns it', { kind: 'team', team: 'shop' }, {}, true],
    ['another team', { kind: 'team', team: 'search' }, {}, false],
    ['its runbook', { kind: 'runbook', runbook: 'restart' }, { runbook: 'restart' }, true],
    ['a runbook, where it claims none', { kind: 'runbook', runbook: 'restart' }, {}, false],
    ['everything but reads, where it reads a secret', { kind: 'everything' }, { class: 'sensitive_read' }, false],
  ])('%s', async (_what, scope, subject, ends) => {
    await hold('h1', subject);
    const { id } = await freeze(scope);
    await settled();
    const held = await holds.get('h1');
    const { kind, ...named } = scope;
    const what = [kind, ...Object.values(named)].join(' ');
    expect([held.state, held.ended?.by, held.ended?.why]).toEqual(
      ends ? ['voided', 'ana', `${what} was frozen: ${WHY} (${id}, by ana)`] : ['waiting', undefined, undefined],
    );
  });

  it('everything ends what was approved and has not run, and what waits for a window', async () => {
    await hold('h1');
    await holds.approve('h1', ANA, 'looks right');
    await hold('h2', {}, { state: 'approved', holds: [], runBy: '2030-01-16T00:00:00.000Z' });
    await freeze({ kind: 'everything' });
    await settled();
    expect([await stateOf('h1'), await stateOf('h2'), holds.waiting()]).toEqual(['voided', 'voided', []]);
  });
});

it('what is held after the freeze, though it was judged before, is ended too', async () => {
  await freeze({ kind: 'service', service: 'web' });
  await hold('h1');
  await hold('h2', { services: ['cart'] });
  await settled();
  expect([await stateOf('h1'), await stateOf('h2')]).toEqual(['voided', 'waiting']);
});

it('what a gate that was killed left waiting is ended at the next start', async () => {
  await hold('h1');
  // Written by a gate that did nothing more.
  await (await Freezes.open(store, sources)).set({
    scope: { kind: 'everything' },
    reads: false,
    by: 'ana',
    why: WHY,
    until: null,
  });
  await open();
  await settled();
  expect(await stateOf('h1')).toBe('voided');
});

it('what could not be written is ended as soon as it can be', async () => {
  const lookAgain = await open();
  await hold('h1');
  stall = async () => {
    throw new Error('the disk is full');
  };
  await freeze({ kind: 'everything' });
  await settled();
  expect(await stateOf('h1')).toBe('waiting');
  stall = undefined;
  await lookAgain();
  expect(await stateOf('h1')).toBe('voided');
});

it('a thousand end, in slices between which the loop runs, and each once', async () => {
  for (let count = 0; count < 1_000; count += 1) await hold(`h${count}`);
  let turns = 0;
  const beat = setInterval(() => {
    turns += 1;
  }, 0);
  await freeze({ kind: 'agent', agent: 'fixer' });
  await expect.poll(() => holds.waiting().length, { timeout: 10_000, interval: 5 }).toBe(0);
  clearInterval(beat);
  expect(turns).toBeGreaterThan(5);
  const leaves = await store.leaves(0, 10_000);
  expect(leaves.filter(({ leaf }) => leaf.includes('"what":"hold.voided"'))).toHaveLength(1_000);
});

describe('of a person and a freeze at the same instant one is first, and the other is told', () => {
  it('a denial between two slices stays a denial', async () => {
    for (let count = 0; count < 60; count += 1)
      await hold(`h${count}`, {}, { openedAt: `2030-01-15T11:00:00.${100 + count}Z` });
    stall = async (_what, id) => {
      if (id !== 'h0') return;
      stall = undefined;
      await holds.deny('h59', ANA, 'certainly not');
    };
    await freeze({ kind: 'everything' });
    await settled();
    expect(await holds.get('h59')).toMatchObject({ state: 'denied', ended: { by: 'ana', why: 'certainly not' } });
    expect(await stateOf('h58')).toBe('voided');
    expect(
      await store.leaves(0, 1_000).then((all) => all.filter(({ leaf }) => leaf.includes('"hold":"h59"')).length),
    ).toBe(2);
  });

  it('an approval between two slices is kept with what ended it', async () => {
    for (let count = 0; count < 60; count += 1)
      await hold(`h${count}`, {}, { openedAt: `2030-01-15T11:00:00.${100 + count}Z` });
    stall = async (_what, id) => {
      if (id !== 'h0') return;
      stall = undefined;
      await holds.approve('h59', ANA, 'looks right');
    };
    await freeze({ kind: 'everything' });
    await settled();
    expect(await holds.get('h59')).toMatchObject({ state: 'voided', approvals: [{ by: 'ana' }] });
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['approves', (id) => holds.approve(id, ANA, 'looks right')],
    ['denies', (id) => holds.deny(id, ANA, 'no')],
    ['cancels', (id) => holds.cancel(id, 'ana', 'no')],
  ])('whoever %s while it is being ended is told that it is over, or was first', async (_what, act) => {
    await hold('h1');
    let acted: Promise<unknown> = Promise.resolve();
    stall = async (what) => {
      if (what !== 'end') return;
      stall = undefined;
      acted = act('h1').then(
        (held) => held,
        (thrown: { readonly code: string }) => thrown.code,
      );
      await acted;
    };
    await freeze({ kind: 'everything' });
    await settled();
    const { state, approvals } = await holds.get('h1');
    const ended = { approves: 'voided', denies: 'denied', cancels: 'cancelled' }[_what];
    expect([state, approvals.length]).toEqual([ended, _what === 'approves' ? 1 : 0]);
    expect(await acted).toMatchObject({ id: 'h1' });
  });
});
