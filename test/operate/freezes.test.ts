import { beforeEach, describe, expect, it } from 'vitest';
import type { FreezeSubject } from '../../src/decide/freeze-subject.ts';
import { freezeToJson } from '../../src/operate/freeze.ts';
import { type FreezeChange, type FreezeOrder, Freezes } from '../../src/operate/freezes.ts';
import { MemoryStore } from '../identify/memory-store.ts';

const START = new Date('2030-01-15T12:00:00.000Z');
const ORDER: FreezeOrder = { scope: { kind: 'everything' }, reads: false, by: 'op1', why: 'incident 7', until: null };
const CALL: FreezeSubject = {
  agent: 'fixer',
  route: 'staging',
  environments: ['staging'],
  services: ['web'],
  teams: ['shop'],
  runbook: 'restart-stateless',
  reading: false,
};

let store: MemoryStore;
let now: Date;
let freezes: Freezes;

async function open(): Promise<Freezes> {
  let ids = 0;
  const opened = Math.random().toString(36).slice(2, 8);
  return Freezes.open(store, {
    now: () => now,
    newId: () => {
      ids += 1;
      return `${opened}-${ids}`;
    },
  });
}

function later(seconds: number): Date {
  return new Date(START.getTime() + seconds * 1000);
}

async function changes(): Promise<readonly unknown[]> {
  return (await store.leaves(0, 100)).map((leaf) => JSON.parse(leaf.leaf));
}

beforeEach(async () => {
  store = new MemoryStore();
  now = START;
  freezes = await open();
});

describe('a freeze covers', () => {
  const everything = { kind: 'everything' } as const;
  const route = { kind: 'route', route: 'staging' } as const;
  const agent = { kind: 'agent', agent: 'fixer' } as const;
  const environment = { kind: 'environment', environment: 'staging' } as const;
  const service = { kind: 'service', service: 'web' } as const;
  const team = { kind: 'team', team: 'shop' } as const;
  const runbook = { kind: 'runbook', runbook: 'restart-stateless' } as const;
  it.each([
    ['everything: any change', everything, false, {}, true],
    ['everything: no read', everything, false, { reading: true }, false],
    ['everything with reads: a read', everything, true, { reading: true }, true],
    ['everything with reads: a change', everything, true, {}, true],
    ['a route: its calls', route, false, {}, true],
    ['a route: not those of another', route, false, { route: 'prod' }, false],
    ['a route: none by a prefix of its name', route, false, { route: 'staging-2' }, false],
    ['a route: no read', route, false, { reading: true }, false],
    ['an agent: its calls', agent, false, {}, true],
    ['an agent: not those of another', agent, false, { agent: 'other' }, false],
    ['an agent with reads: its reads', agent, true, { reading: true }, true],
    ['an environment: a call there', environment, false, {}, true],
    ['an environment: not one elsewhere', environment, false, { environments: ['prod'] }, false],
    [
      'an environment: a call that one of several facts puts there',
      environment,
      false,
      { environments: ['prod', 'staging'] },
      true,
    ],
    ['an environment: a call of which nothing is known', environment, false, { environments: [] }, true],
    ['an environment: a call that no label places', environment, false, { environments: ['none', 'none'] }, true],
    [
      'an environment: a call with a fact that could not be had',
      environment,
      false,
      { environments: ['prod', 'unknown'] },
      true,
    ],
    [
      'an environment: not one elsewhere with a label missing',
      environment,
      false,
      { environments: ['none', 'prod'] },
      false,
    ],
    ['an environment: no read', environment, false, { reading: true }, false],
    ['an environment with reads: a read there', environment, true, { reading: true }, true],
    [
      'an environment with reads: no read elsewhere',
      environment,
      true,
      { reading: true, environments: ['prod'] },
      false,
    ],
    ['a service: a call that touches it', service, false, {}, true],
    ['a service: one that one of several labels gives it', service, false, { services: ['cart', 'web'] }, true],
    ['a service: not one of another', service, false, { services: ['cart'] }, false],
    ['a service: not what no label gives to one', service, false, { services: [] }, false],
    ['a service: a call with a label that could not be read', service, false, { services: ['cart', 'unknown'] }, true],
    ['a service: no read', service, false, { reading: true }, false],
    ['a service with reads: a read of it', service, true, { reading: true }, true],
    ['a team: a call that touches what it owns', team, false, {}, true],
    ['a team: not what another owns', team, false, { teams: ['search'] }, false],
    ['a team: not what no label gives to one', team, false, { teams: [] }, false],
    ['a team: a call with a label that could not be read', team, false, { teams: ['unknown'] }, true],
    ['a team: no service of its name', team, false, { teams: [], services: ['shop'] }, false],
    ['a runbook: a call that claims it', runbook, false, {}, true],
    ['a runbook: not one that claims another', runbook, false, { runbook: 'scale-within-limits' }, false],
    ['a runbook: not one that claims none', runbook, false, { runbook: 'unknown' }, false],
  ] as const)('%s', async (_name, scope, reads, differs, covered) => {
    const freeze = await freezes.set({ ...ORDER, scope, reads });
    expect(freezes.covering(now, { ...CALL, ...differs })).toEqual(covered ? [freeze] : []);
  });
});

it('a freeze is recorded with who, why, until when, and is the same after a restart', async () => {
  const freeze = await freezes.set({ ...ORDER, until: '2030-01-15T18:00:00+01:00' });
  expect(freeze).toEqual({
    ...ORDER,
    id: freeze.id,
    since: START.toISOString(),
    until: '2030-01-15T17:00:00.000Z',
    lifted: null,
  });
  expect(await changes()).toEqual([
    {
      v: 1,
      kind: 'changed',
      id: expect.any(String),
      time: START.toISOString(),
      what: 'freeze.set',
      by: 'op1',
      why: 'incident 7',
      freeze: freeze.id,
      before: null,
      after: freezeToJson(freeze),
    },
  ]);
  expect((await open()).active(now)).toEqual([freeze]);
});

it.each([
  ['agent', { kind: 'agent', agent: 'fixer' } as const],
  ['runbook', { kind: 'runbook', runbook: 'restart' } as const],
])('a freeze of an %s is found by it', async (kind, scope) => {
  const freeze = await freezes.set({ ...ORDER, scope });
  await freezes.lift(freeze.id, 'op2', 'over');
  const [, name = ''] = Object.values(scope);
  const found = (await store.related(`${kind}:${name}`, 0, 10)).map(({ leaf }) => JSON.parse(leaf).what);
  expect(found).toEqual(['freeze.set', 'freeze.lifted']);
});

it('a freeze ends at its time, by the clock alone, and stays over after a restart', async () => {
  const freeze = await freezes.set({ ...ORDER, until: later(60).toISOString() });
  expect(freezes.active(later(59.999))).toEqual([freeze]);
  expect(freezes.active(later(60))).toEqual([]);
  now = later(61);
  const reopened = await open();
  expect(reopened.active(now)).toEqual([]);
  expect(await reopened.list()).toEqual([freeze]);
});

it('a lifted freeze covers nothing, now or after a restart, and both ends of it are on the record', async () => {
  const freeze = await freezes.set(ORDER);
  now = later(30);
  const lifted = await freezes.lift(freeze.id, 'op2', 'over');
  expect(lifted).toEqual({ ...freeze, lifted: { by: 'op2', why: 'over', at: later(30).toISOString() } });
  expect(freezes.covering(now, CALL)).toEqual([]);
  expect((await open()).active(now)).toEqual([]);
  expect((await changes())[1]).toMatchObject({
    what: 'freeze.lifted',
    by: 'op2',
    why: 'over',
    before: freezeToJson(freeze),
    after: freezeToJson(lifted),
  });
});

it('two freezes hold until both are lifted', async () => {
  const first = await freezes.set(ORDER);
  const second = await freezes.set({ ...ORDER, scope: { kind: 'agent', agent: 'fixer' } });
  await freezes.lift(first.id, 'op1', 'over');
  expect(freezes.covering(now, CALL)).toEqual([second]);
});

it('of two who lift the same freeze at once, one succeeds', async () => {
  const freeze = await freezes.set(ORDER);
  const results = await Promise.allSettled([
    freezes.lift(freeze.id, 'a', 'over'),
    freezes.lift(freeze.id, 'b', 'over'),
  ]);
  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await changes()).toHaveLength(2);
  await expect(freezes.lift(freeze.id, 'c', 'over')).rejects.toMatchObject({ code: 'record/conflict' });
});

it('a freeze that is not there cannot be lifted', async () => {
  await expect(freezes.lift('nope', 'op1', 'over')).rejects.toMatchObject({ code: 'request/not-found' });
});

it('what could not be recorded is not in force, and the error says so loudly', async () => {
  store.break();
  await expect(freezes.set(ORDER)).rejects.toMatchObject({
    code: 'record/unavailable',
    message: expect.stringContaining('NOT in force'),
  });
  expect(freezes.active(now)).toEqual([]);
});

it.each([
  ['no reason', { why: '  ' }],
  ['a reason with an escape sequence', { why: '\u001b[2J' }],
  ['a reason too long to read', { why: 'x'.repeat(1001) }],
  ['a name of several lines', { scope: { kind: 'service', service: 'web\nfixed' } as const }],
  ['a name with an escape sequence', { scope: { kind: 'team', team: '\u001b[2J' } as const }],
  ['an end that has been', { until: START.toISOString() }],
  ['an end without an offset', { until: '2030-01-15T13:00:00' }],
  ['an end that is no time', { until: 'soon' }],
])('%s is refused, and nothing is recorded', async (_name, wrong) => {
  await expect(freezes.set({ ...ORDER, ...wrong })).rejects.toMatchObject({ code: 'request/invalid' });
  expect(await store.size()).toBe(0);
  expect(freezes.active(now)).toEqual([]);
});

it('listeners hear of a change when it is in force, and no more once they have left', async () => {
  const heard: (FreezeChange & { active: number })[] = [];
  const leave = freezes.subscribe((change) => heard.push({ ...change, active: freezes.active(now).length }));
  const freeze = await freezes.set(ORDER);
  const lifted = await freezes.lift(freeze.id, 'op1', 'over');
  leave();
  await freezes.set(ORDER);
  expect(heard).toEqual([
    { what: 'set', freeze, active: 1 },
    { what: 'lifted', freeze: lifted, active: 0 },
  ]);
});

it('a stored freeze that cannot be read stops the start: it may be one that has to hold', async () => {
  await store.transact([{ collection: 'freezes', id: 'f', expect: 0, body: { id: 'f', scope: 'everything' } }], []);
  await expect(open()).rejects.toMatchObject({ code: 'record/unavailable' });
});
