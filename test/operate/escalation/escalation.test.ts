import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { escalateHolds, holdTasks } from '../../../src/operate/escalation/escalation.ts';
import { turnsOf } from '../../../src/operate/escalation/turns.ts';
import type { HeldCall } from '../../../src/settle/hold/held-call.ts';
import { Holds } from '../../../src/settle/hold/holds.ts';
import { MemoryStore } from '../../identify/memory-store.ts';
import { type LabGate, ScheduleLab, START } from '../schedule/schedule-lab.ts';
import { ANA, GRAPH, heldCall } from './held.ts';

let lab: ScheduleLab;
let serial = 0;

interface Escalating extends LabGate {
  readonly holds: Holds;
  hold(held: HeldCall): Promise<void>;
}

/** A gate that escalates what it holds. */
async function escalating(name: string): Promise<Escalating> {
  const gate = await lab.gate(name);
  const sources = {
    now: lab.clock.now,
    newId: () => {
      serial += 1;
      return `e${serial}`;
    },
  };
  const { store, schedule } = gate;
  const holds = await Holds.open({ store, sources, planned: (held) => holdTasks(held).map(schedule.plan) });
  escalateHolds({ store, sources, holds, schedule });
  schedule.start();
  return {
    ...gate,
    holds,
    hold: async (held) => {
      const { puts, events, done } = holds.opening(held);
      await store.transact(puts, events);
      done();
    },
  };
}

/** What the record says of a kind of event, with the minute in which it says so. */
async function said(what: string): Promise<readonly unknown[]> {
  const leaves: readonly JsonObject[] = (await lab.store.leaves(0, 1000)).map(({ leaf }) => JSON.parse(leaf));
  return leaves
    .filter((leaf) => leaf.what === what)
    .map(({ time, hold, why, after }) => ({
      ...{ hold, why, after },
      minute: (Date.parse(String(time)) - Date.parse(START)) / 60_000,
    }));
}

const minutes = async () => (await said('hold.escalated')).map((each) => (each as JsonObject).minute);

beforeEach(() => {
  lab = new ScheduleLab(new MemoryStore());
});

describe('a graph', () => {
  it('is a turn for each step of each round, but for what the opening has said, and the fallback', () => {
    const turns = turnsOf(GRAPH, START).map(({ at, loop, step }) => [at.slice(11, 16), loop, step]);
    expect(turns).toEqual([
      ['12:10', 1, 2],
      ['12:30', 2, 1],
      ['12:40', 2, 2],
      ['13:00', 0, 0],
    ]);
  });

  it('has a first turn at once where its first step asks or tells others', () => {
    const told = { ...GRAPH, steps: [{ after: 0, ask: [], tell: ['support'], notify: [] }], loops: 1 };
    expect(turnsOf(told, START).map(({ at, tell }) => [at, tell])).toEqual([
      [START, ['support']],
      ['2030-01-15T12:30:00.000Z', ['directors']],
    ]);
  });
});

describe('a held call that nobody decides about', () => {
  it('is brought before whom policy names, at its times, round by round, and then before the fallback', async () => {
    const gate = await escalating('one');
    await gate.hold(heldCall());
    await lab.move(7000);

    const due = { decideBy: '2030-01-15T14:00:00.000Z' };
    const step = (minute: number, loop: number, number: number, who: object) => ({
      ...{ hold: 'h1', minute, why: `nobody has decided yet: step ${number} of round ${loop} of 2` },
      after: { loop, step: number, last: false, ...who, ...due },
    });
    const leads = { ask: ['leads'], tell: ['support'], groups: ['leads', 'support'], notify: ['pager'] };
    const needed = { ask: ['platform', 'security'], tell: [], groups: ['platform', 'security'], notify: [] };
    expect(await said('hold.escalated')).toEqual([
      step(10, 1, 2, leads),
      step(30, 2, 1, needed),
      step(40, 2, 2, leads),
      {
        ...{ hold: 'h1', minute: 60 },
        why: 'all rounds are over and nobody has decided: without a decision it is denied at 2030-01-15T14:00:00.000Z',
        after: {
          loop: 0,
          step: 0,
          last: true,
          ask: [],
          tell: ['directors'],
          groups: ['directors'],
          notify: [],
          ...due,
        },
      },
    ]);
    expect([await lab.stored(), gate.reports]).toEqual([{}, []]);
  });

  it('is found by its hold, agent and intent', async () => {
    const gate = await escalating('one');
    await gate.hold(heldCall());
    await lab.move(600);
    for (const link of ['hold:h1', 'agent:fixer', 'intent:i1']) {
      const leaves = await lab.store.related(link, 0, 10);
      expect(leaves.map(({ leaf }) => JSON.parse(leaf).what)).toEqual(['hold.opened', 'hold.escalated']);
    }
  });

  it('ends when its time to decide is over, and silence is a no', async () => {
    const gate = await escalating('one');
    await gate.hold(heldCall());
    await lab.move(7200);
    await gate.holds.sweep();
    expect((await gate.holds.get('h1')).ended).toEqual({
      ...{ by: 'gate', at: '2030-01-15T14:00:00.000Z' },
      why: 'nobody decided in time, and silence is a no',
    });
  });
});

describe('who is asked', () => {
  it('is nobody any more once it is decided', async () => {
    const gate = await escalating('one');
    await gate.hold(heldCall());
    await gate.hold(heldCall({ id: 'h2', digests: { request: 'r2', change: 'c2' } }));
    await lab.move(700);
    await gate.holds.deny('h1', ANA, 'not now');
    await gate.holds.cancel('h2', 'fixer', 'another way');
    await lab.move(7200);
    expect(await minutes()).toEqual([10, 10]);
    expect(await lab.stored()).toEqual({});
  });

  it('is only whose approval is still missing', async () => {
    const gate = await escalating('one');
    await gate.hold(heldCall());
    await lab.move(700);
    await gate.holds.approve('h1', ANA, 'looks right');
    await lab.move(1200);
    expect((await said('hold.escalated')).at(-1)).toMatchObject({ after: { loop: 2, step: 1, ask: ['security'] } });
  });

  it('is nobody where only a window is waited for', () => {
    const window = { kind: 'window', key: 'window', groups: [], quorum: 0, until: '2030-01-15T13:00:00Z' } as const;
    const { escalation: _, ...plain } = heldCall({ state: 'approved', holds: [window] });
    expect(holdTasks(plain).map(({ id, due }) => [id, due])).toEqual([['hold.window:h1', '2030-01-15T13:00:00.000Z']]);
  });
});

describe('a gate that starts again', () => {
  it('goes on where it was, and asks all at once whom it missed', async () => {
    const before = await escalating('before');
    await before.hold(heldCall());
    await lab.move(600);
    await before.schedule.stop();
    lab.clock.sleep(1900);
    const after = await escalating('after');
    await after.schedule.idle();
    expect((await said('hold.escalated')).slice(1)).toMatchObject([
      { after: { loop: 2, step: 2, ask: ['platform', 'security', 'leads'], tell: ['support'], notify: ['pager'] } },
    ]);
    await lab.move(7200);
    expect(await minutes()).toEqual([10, 2500 / 60, 60]);
  });

  it('asks nobody when the time to decide is over', async () => {
    const before = await escalating('before');
    await before.hold(heldCall());
    await before.schedule.stop();
    lab.clock.sleep(7200);
    const after = await escalating('after');
    await after.schedule.idle();
    expect([await minutes(), await lab.stored()]).toEqual([[], {}]);
  });

  it('asks once, also of what another gate holds and when both are at it', async () => {
    const one = await escalating('one');
    const two = await escalating('two');
    await one.hold(heldCall());
    two.schedule.written(holdTasks(heldCall()).map(two.schedule.plan));
    await lab.move(600, one, two);
    await Promise.all([one.schedule.idle(), two.schedule.idle()]);
    await lab.move(7000);
    expect(await minutes()).toEqual([10, 30, 40, 60]);
    expect([one.reports, two.reports]).toEqual([[], []]);
  });
});

describe('a window that a held call waits for', () => {
  const window = { kind: 'window', key: 'window', groups: [], quorum: 0, until: '2030-01-15T13:00:00Z' } as const;
  const runBy = '2030-01-15T13:15:00.000Z';

  it('is said to be open when it opens', async () => {
    const gate = await escalating('one');
    await gate.hold(heldCall({ state: 'approved', runBy, holds: [window] }));
    await lab.move(3600);
    expect(await said('hold.ready')).toEqual([
      { hold: 'h1', minute: 60, why: `its change window is open: it may run until ${runBy}`, after: { runBy } },
    ]);
    await lab.move(7200);
    expect([(await said('hold.ready')).length, await lab.stored()]).toEqual([1, {}]);
  });

  it('is said to be open to a call that people approved before', async () => {
    const gate = await escalating('one');
    const [people] = heldCall().holds;
    if (people === undefined) throw new TypeError('nobody is asked');
    await gate.hold(heldCall({ holds: [people, window] }));
    await lab.move(1900);
    await gate.holds.approve('h1', ANA, 'looks right');
    await lab.move(1700);
    expect([await minutes(), await said('hold.ready')]).toEqual([
      [10, 30],
      [expect.objectContaining({ minute: 60, after: { runBy } })],
    ]);
  });

  it.each([
    ['was taken back', 'cancelled'],
    ['was not approved by the people whom it needs too', 'waiting'],
  ])('is nothing to a call that %s', async (_, state) => {
    const gate = await escalating('one');
    const { escalation: __, ...plain } = heldCall();
    const [people] = plain.holds;
    if (people === undefined) throw new TypeError('nobody is asked');
    await gate.hold({ ...plain, holds: [people, window] });
    if (state === 'cancelled') await gate.holds.cancel('h1', 'fixer', 'another way');
    await lab.move(3700);
    expect([await said('hold.ready'), await lab.stored()]).toEqual([[], {}]);
  });
});
