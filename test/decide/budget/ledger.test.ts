import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Amounts } from '../../../src/decide/budget/amounts.ts';
import { type Ending, StoredLedger } from '../../../src/decide/budget/ledger.ts';
import type { Subject } from '../../../src/decide/budget/taken.ts';
import { decideOnRecord } from '../../../src/decide/decide-on-record.ts';
import { isObject } from '../../../src/json.ts';
import type { CaseFile } from '../../../src/record/case-file.ts';
import { openSqliteStore } from '../../../src/record/sqlite.ts';
import type { Store } from '../../../src/record/store.ts';
import { at } from '../../e2e/cluster-gate.ts';
import { decided, endOf, event } from '../../record/events.ts';
import { temporaryFolder } from '../../record/places.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-20T20:00:00.000Z');
const ONE = { objects: 1, pods: 2, share: 0.5 };
const ENDINGS: readonly Ending[] = [
  { kind: 'not-sent' },
  { kind: 'refused', failed: false },
  { kind: 'refused', failed: true },
  { kind: 'done' },
  { kind: 'failed' },
];

const subjectOf = (agent: string, more: Partial<Subject> = {}): Subject => ({
  ...{ agent, intent: undefined, services: ['shop'], digest: 'hmac-sha256:00', fix: 'restart web' },
  ...more,
});

interface Lab {
  readonly store: Store;
  readonly clock: { now: number };
  open(): Promise<StoredLedger>;
}

async function openLab(): Promise<Lab> {
  const store = await openSqliteStore({ path: join(await temporaryFolder(), 'sallyport.db') });
  onTestFinished(() => store.close());
  const clock = { now: START };
  return { store, clock, open: () => StoredLedger.open(store, () => new Date(clock.now)) };
}

/** Reserves and records, as the gate does. */
function take(
  lab: Lab,
  ledger: StoredLedger,
  decision: string,
  subject: Subject,
  place = 'dev',
  amounts: Amounts = ONE,
) {
  const time = new Date(lab.clock.now).toISOString();
  const reservation = ledger.reserve(decision, lab.clock.now, subject, place, amounts);
  return lab.store.append(decided(decision, { time }), undefined, reservation);
}

function end(lab: Lab, ledger: StoredLedger, decision: string, ending: Ending) {
  return lab.store.append(event('outcome', decision), undefined, ledger.settle(decision, ending));
}

const NEVER = { count: 0, calls: [] };

/** Without the names of who spent it: only so many are remembered. */
function unnamed(spent: unknown): unknown {
  return JSON.parse(JSON.stringify(spent, (name, value) => (name === 'calls' ? null : value)));
}

describe('the ledger', () => {
  it('tells of nothing where nothing was spent', async () => {
    const ledger = await (await openLab()).open();
    expect(ledger.view(subjectOf('a', { intent: 'i', services: ['cart', 'shop'] }), START)).toEqual({
      counts: {
        ...{ calls: 0, changes: 0, denied: 0, repeats: NEVER },
        under_way: { agent: 0, services: { cart: 0, shop: 0 }, intent: 0 },
      },
      spent: { agent: {}, services: { cart: {}, shop: {} }, intent: {} },
      failures: NEVER,
    });
    expect(ledger.view(subjectOf('a', { services: 'unknown' }), START)).toMatchObject({
      counts: { under_way: { services: 'unknown', intent: 'none' } },
      spent: { services: 'unknown', intent: 'none' },
    });
  });

  it('counts what is reserved at once, for everybody whom it concerns and nobody else', async () => {
    const lab = await openLab();
    const ledger = await lab.open();
    ledger.came('a', START);
    ledger.denied('a', START);
    await take(lab, ledger, 'd-1', subjectOf('a', { intent: 'i' }));
    await take(lab, ledger, 'd-2', subjectOf('a', { intent: 'i', digest: 'other' }), 'prod');
    const sums = (decision: string) => ({
      ...{ changes: 1, objects: 1, pods: 2, share: 0.5, frees: '2026-11-20T21:01:00.000Z', calls: [decision] },
    });
    const both = { dev: sums('d-1'), prod: sums('d-2') };
    expect(ledger.view(subjectOf('a', { intent: 'i' }), START)).toEqual({
      counts: {
        ...{ calls: 1, changes: 2, denied: 1, repeats: { count: 1, calls: ['d-1'] } },
        under_way: { agent: 2, services: { shop: 2 }, intent: 2 },
      },
      spent: { agent: both, services: { shop: both }, intent: both },
      failures: NEVER,
    });
    expect(ledger.view(subjectOf('b', { services: ['cart'] }), START)).toEqual({
      counts: {
        ...{ calls: 0, changes: 0, denied: 0, repeats: NEVER },
        under_way: { agent: 0, services: { cart: 0 }, intent: 'none' },
      },
      spent: { agent: {}, services: { cart: {} }, intent: 'none' },
      failures: NEVER,
    });
  });

  it.each<[Ending, number, number, number]>([
    // spent, repeats, failures
    [{ kind: 'not-sent' }, 0, 0, 0],
    [{ kind: 'refused', failed: false }, 0, 1, 0],
    [{ kind: 'refused', failed: true }, 0, 1, 1],
    [{ kind: 'done' }, 1, 1, 0],
    [{ kind: 'failed' }, 1, 1, 1],
  ])('settles a change that ended as %o, and knows the same when it is opened again', async (ending, ...expected) => {
    const lab = await openLab();
    const ledger = await lab.open();
    await take(lab, ledger, 'd-1', subjectOf('a'));
    await end(lab, ledger, 'd-1', ending);
    const counted = (each: StoredLedger) => {
      const { counts, spent, failures } = each.view(subjectOf('a'), lab.clock.now);
      const changes = at(spent, 'agent', 'dev', 'changes') ?? 0;
      expect(at(counts, 'under_way')).toEqual({ agent: 0, services: { shop: 0 }, intent: 'none' });
      return [changes, at(counts, 'repeats', 'count'), at(failures, 'count')];
    };
    expect(counted(ledger)).toEqual(expected);
    expect(counted(await lab.open())).toEqual(expected);
    expect(ledger.settle('d-1', ending)).toBeUndefined();
  });

  it('counts what was under way when the process ended as spent, and as failed', async () => {
    const lab = await openLab();
    await take(lab, await lab.open(), 'd-1', subjectOf('a'));
    expect((await lab.open()).view(subjectOf('a'), START)).toMatchObject({
      counts: { repeats: { count: 1 }, under_way: { agent: 0 } },
      spent: { agent: { dev: { changes: 1, objects: 1 } } },
      failures: { count: 1, calls: ['d-1'] },
    });
  });

  it('forgets a reservation that was not written, and goes on where it was', async () => {
    const lab = await openLab();
    const ledger = await lab.open();
    await take(lab, ledger, 'd-1', subjectOf('a'));
    ledger.reserve('d-2', START, subjectOf('a'), 'dev', ONE);
    ledger.drop('d-2');
    ledger.drop('d-2');
    expect(ledger.view(subjectOf('a'), START)).toMatchObject({
      counts: { changes: 1, repeats: { count: 1 }, under_way: { agent: 1, services: { shop: 1 } } },
      spent: { agent: { dev: { changes: 1, calls: ['d-1'] } } },
    });
    expect(await take(lab, ledger, 'd-3', subjectOf('a'))).toBe(1);
  });

  it('makes what nobody could measure unknown, until the hour is over', async () => {
    const lab = await openLab();
    const ledger = await lab.open();
    await take(lab, ledger, 'd-1', subjectOf('a'));
    const reservation = ledger.reserve('d-2', START, subjectOf('a'), 'dev', { ...ONE, pods: 'unknown' });
    await lab.store.append(decided('d-2'), undefined, reservation);
    const expected = { changes: 2, objects: 2, pods: 'unknown', share: 1 };
    for (const each of [ledger, await lab.open()])
      expect(at(each.view(subjectOf('a'), START).spent, 'agent', 'dev')).toMatchObject(expected);
    expect(ledger.view(subjectOf('a'), START + 61 * MINUTE).spent).toEqual({
      agent: {},
      services: { shop: {} },
      intent: 'none',
    });
  });

  it('is the same when it is read again from the store, whatever happened', async () => {
    const act = fc.record({
      wait: fc.oneof(fc.nat(500), fc.nat(9 * MINUTE)),
      agent: fc.constantFrom('a', 'b'),
      intent: fc.constantFrom(undefined, 'i'),
      services: fc.constantFrom([], ['shop'], ['cart', 'shop']),
      digest: fc.constantFrom('x', 'y'),
      fix: fc.constantFrom('f', 'g'),
      place: fc.constantFrom('dev', 'prod'),
      objects: fc.oneof(fc.nat(9), fc.constant('unknown' as const)),
      ending: fc.constantFrom(...ENDINGS, undefined),
      reload: fc.boolean(),
    });
    // One store for all runs: each has names of its own, and begins when the last one is over.
    const lab = await openLab();
    const ledger = await lab.open();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        runs += 1;
        const own = (name: string) => `${name}-${runs}`;
        lab.clock.now += 120 * MINUTE;
        const written: Promise<number>[] = [];
        const left: string[] = [];
        for (const [i, { wait, place, objects, ending, reload, ...subject }] of acts.entries()) {
          lab.clock.now += wait;
          const { agent, intent, services } = subject;
          const names = { agent: own(agent), intent: intent && own(intent), services: services.map(own) };
          written.push(take(lab, ledger, own(`d-${i}`), { ...subject, ...names }, place, { ...ONE, objects }));
          const reading = reload ? ledger.reload() : undefined;
          if (ending !== undefined) written.push(end(lab, ledger, own(`d-${i}`), ending));
          else left.push(own(`d-${i}`));
          await reading;
        }
        await Promise.all(written);
        expect(ledger.sizes.underWay).toBe(left.length);
        const again = await lab.open();
        // A second gate, or the next run, knows nothing of the last minute, nor of what is under way here.
        for (const agent of ['a', 'b'].map(own)) {
          const subject = { agent, intent: own('i'), services: ['cart', 'shop'].map(own), digest: 'x', fix: 'f' };
          const here = ledger.view(subject, lab.clock.now);
          const there = again.view(subject, lab.clock.now);
          expect(unnamed(there.spent)).toEqual(unnamed(here.spent));
          expect(at(there.counts, 'repeats')).toEqual(at(here.counts, 'repeats'));
          if (left.length === 0) expect(there.failures).toEqual(here.failures);
        }
        await Promise.all(left.map((decision) => end(lab, ledger, decision, { kind: 'done' })));
      }),
      // To make a failure smaller would go on in the middle of it.
      { numRuns: 40, endOnFailure: true },
    );
    expect(ledger.sizes.underWay).toBe(0);
  });

  it('forgets, with the store, what counts no longer', async () => {
    const lab = await openLab();
    const ledger = await lab.open();
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => take(lab, ledger, `d-${i}`, subjectOf(`a-${i}`, { services: [`s-${i}`] }))),
    );
    await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        end(lab, ledger, `d-${i}`, ENDINGS[i % ENDINGS.length] ?? { kind: 'done' }),
      ),
    );
    expect(ledger.sizes).toEqual({ kept: 1_500, agents: 500, underWay: 0 });
    lab.clock.now += 30 * MINUTE;
    await ledger.sweep();
    expect(ledger.sizes.agents).toBe(0);
    expect((await lab.store.accounts()).length).toBe(1_000);
    lab.clock.now += 40 * MINUTE;
    await ledger.sweep();
    expect(ledger.sizes).toEqual({ kept: 0, agents: 0, underWay: 0 });
    expect(await lab.store.accounts()).toEqual([]);
    expect(await lab.store.reservations(new Date(0).toISOString(), 0, 10)).toEqual([]);
    await take(lab, ledger, 'd-later', subjectOf('a-1'));
    expect(at(ledger.view(subjectOf('a-1'), lab.clock.now).spent, 'agent', 'dev', 'changes')).toBe(1);
  });

  it('keeps so many accounts and agents apart and no more; what is beyond is unknown', async () => {
    const lab = await openLab();
    const ledger = await lab.open();
    for (let i = 0; i < 10_500; i += 1) {
      ledger.came(`a-${i}`, START);
      ledger.reserve(`d-${i}`, START, subjectOf(`a-${i}`, { services: [] }), 'dev', ONE);
      ledger.settle(`d-${i}`, { kind: 'done' });
    }
    expect(ledger.sizes).toEqual({ kept: 20_000, agents: 10_000, underWay: 0 });
    expect(ledger.view(subjectOf('a-1'), START)).toMatchObject({
      counts: { calls: 1, repeats: { count: 1 }, under_way: { agent: 0 } },
      spent: { agent: { dev: { changes: 1 } } },
      failures: NEVER,
    });
    expect(ledger.view(subjectOf('a-10400', { services: [] }), START)).toEqual({
      counts: {
        ...{ calls: 'unknown', changes: 'unknown', denied: 'unknown', repeats: 'unknown' },
        under_way: { agent: 'unknown', services: {}, intent: 'none' },
      },
      spent: { agent: 'unknown', services: {}, intent: 'none' },
      failures: 'unknown',
    });
  });
});

/** A gate as far as budgets go: it allows a change when what its agent has spent leaves room for it. */
function gateOn(lab: Lab, ledger: StoredLedger, budget: number) {
  let calls = 0;
  let judged = 0;
  return {
    judged: () => judged,
    async change(name: string): Promise<'allow' | 'deny'> {
      calls += 1;
      const id = `${name}-${calls}`;
      // The one part of a case file that matters here.
      const file = { id, reservation: undefined } as unknown as CaseFile;
      let did: 'allow' | 'deny' = 'deny';
      const decider = {
        decide: () => {
          judged += 1;
          const { spent } = ledger.view(subjectOf('a'), lab.clock.now);
          const before = Number(at(spent, 'agent', 'dev', 'changes') ?? 0);
          did = before < budget ? 'allow' : 'deny';
          file.reservation =
            did === 'allow' ? ledger.reserve(id, lab.clock.now, subjectOf('a'), 'dev', ONE) : undefined;
        },
      };
      const recorder = {
        decided: async () => {
          try {
            await lab.store.append(decided(id, { did }), undefined, file.reservation);
          } catch (error) {
            ledger.drop(id);
            throw error;
          }
        },
      };
      await decideOnRecord({ decider, ledger, recorder, desk: { along: () => undefined } }, file);
      return did;
    },
  };
}

describe('two gates on one store', () => {
  it('let exactly 5 of 50 changes through between them, judging again what the other was quicker with', async () => {
    const lab = await openLab();
    const gates = [gateOn(lab, await lab.open(), 5), gateOn(lab, await lab.open(), 5)];
    const ends: unknown[] = [];
    for (let i = 0; i < 25; i += 1)
      ends.push(...(await Promise.all(gates.map((gate, g) => endOf(gate.change(`g${g}`))))));
    expect(ends.filter((each) => each === 'allow')).toHaveLength(5);
    expect(ends.filter((each) => each === 'deny')).toHaveLength(45);
    expect(gates.reduce((sum, gate) => sum + gate.judged(), 0)).toBeGreaterThan(50);
    const rows = await lab.store.reservations(new Date(0).toISOString(), 0, 100);
    expect(rows).toHaveLength(5);
  });

  it('never let more than 5 through when all come at once: who was outrun every time is refused', async () => {
    const lab = await openLab();
    const gates = [gateOn(lab, await lab.open(), 5), gateOn(lab, await lab.open(), 5)];
    const ends = await Promise.all(
      Array.from({ length: 50 }, (_, i) => endOf(gates[i % 2]?.change(`g${i % 2}`) ?? Promise.reject())),
    );
    expect(ends.filter((each) => each === 'allow')).toHaveLength(5);
    const refused = ends.filter((each) => isObject(each)).map((each) => at(each, 'code'));
    expect(refused.filter((code) => code !== 'record/conflict')).toEqual([]);
    expect(await lab.store.reservations(new Date(0).toISOString(), 0, 100)).toHaveLength(5);
  });
});
