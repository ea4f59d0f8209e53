import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TrustLedger } from '../../../src/operate/trust/trust-ledger.ts';
import { watchStore } from '../../../src/operate/watched-store.ts';
import { openSqliteStore } from '../../../src/record/sqlite.ts';
import type { LogEvent, Store } from '../../../src/record/store.ts';
import { changed, decided, NOON, outcome } from './events.ts';

let folder: string;
let opened: Store;
let store: Store;
let ledger: TrustLedger;
const problems: string[] = [];
const parts = () => ({
  store: opened,
  now: () => new Date(NOON),
  report: (problem: string) => void problems.push(problem),
});

beforeEach(async () => {
  problems.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'sallyport-trust-'));
  opened = await openSqliteStore({ path: join(folder, 'sallyport.db') });
  store = watchStore(opened, (event, seq) => ledger.observe(event, seq));
  ledger = await TrustLedger.open(parts());
});
afterEach(async () => {
  await ledger.flush();
  await opened.close();
  await rm(folder, { recursive: true });
  expect(problems).toEqual([]);
});

/** Everything that is counted of an agent, as it would be stored. */
function all(of: TrustLedger, id = 'fixer'): object {
  const agent = of.agent(id);
  return { agent: agent?.toJson(), days: agent?.days().map(([day, tally]) => [day, tally.toJson()]) };
}

async function record(...events: readonly LogEvent[]): Promise<void> {
  for (const event of events) await store.append(event);
}

/** A bit of everything, over two stays at a level and two days. */
async function recordMuch(): Promise<void> {
  const later = '2026-11-21T08:00:00.000Z';
  await record(
    changed('agent.added', { agent: 'fixer' }, { after: { level: 2 } }),
    decided({ id: 'd-read', class: 'read', tier: 'A' }),
    decided({ id: 'd-held', did: 'hold', level: 2 }),
    changed('hold.denied', { hold: 'd-held', agent: 'fixer' }),
    changed('hold.denied', { hold: 'd-held', agent: 'fixer' }, { by: 'agent:fixer' }),
    outcome('d-read'),
    decided({ id: 'd-approved', approved: true }),
    outcome('d-approved'),
    changed('agent.promoted', { agent: 'fixer' }, { after: { level: 3 } }),
    decided({ id: 'd-bad' }),
    outcome('d-bad'),
    changed('verification.failed', { verification: 'v-1', decision: 'd-bad' }, { by: 'gate', time: later }),
    changed('revert.ran', { revert: 'r-1', decision: 'd-bad' }, { by: 'gate', time: later }),
    decided({ id: 'd-refused', time: later, did: 'deny' }),
    decided({ id: 'd-failed', time: later, environment: 'staging' }),
    outcome('d-failed', 409, later),
    decided({ id: 'd-lost', time: later }),
    outcome('d-lost', null, later),
    decided({ id: 'd-other', agent: 'other' }),
    changed('freeze.set', { freeze: 'f-1' }, { after: { scope: { kind: 'agent', agent: 'fixer' } }, time: later }),
    changed(
      'stop.condition',
      { condition: 'failing-agent', agent: 'fixer', decisions: ['d-failed', 'd-lost'] },
      { by: 'gate', time: later },
    ),
    decided({ id: 'd-revert', agent: 'operator', time: later, more: { reverts: { decision: 'd-bad' } } }),
    outcome('d-revert', 200, later),
    changed('something.else', { agent: 'fixer', decision: 'd-bad' }),
  );
}

describe('what is counted of an agent', () => {
  it('is by day, place, class and tier, and begins anew with each level', async () => {
    await recordMuch();
    await ledger.flush();
    const agent = ledger.agent('fixer');
    expect([agent?.level, agent?.since, agent?.stint]).toEqual([3, NOON, 2]);
    const rows = agent
      ?.days()
      .flatMap(([day, tally]) =>
        tally.rows.map(({ stint, environment, kind, counts }) => [
          `${day} ${stint} ${environment} ${kind}`,
          Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
        ]),
      );
    expect(Object.fromEntries(rows ?? [])).toEqual({
      '2026-11-20 1 prod read': { calls: 1, allowed: 1, alone: 1, done: 1 },
      '2026-11-20 1 prod change': { calls: 2, held: 1, taken_over: 1, allowed: 1, done: 1 },
      '2026-11-20 2 prod change': { calls: 1, allowed: 1, alone: 1, done: 1 },
      '2026-11-21 2 prod change': {
        unverified: 1,
        reverted: 1,
        spoiled: 1,
        calls: 2,
        denied: 1,
        allowed: 1,
        alone: 1,
        failed: 1,
      },
      '2026-11-21 2 staging change': { calls: 1, allowed: 1, alone: 1, failed: 1 },
      '2026-11-21 2 unknown change': { taken_over: 1, stops: 1 },
    });
    const marks = agent?.days().flatMap(([, tally]) => tally.marks.map(({ what, about }) => `${what} ${about}`));
    expect(marks?.map((mark) => mark.replace(/c-\d+/, 'the freeze'))).toEqual([
      'unverified d-bad',
      'reverted d-bad',
      'failed d-failed',
      'failed d-lost',
      'taken_over the freeze',
      'stops d-failed',
      'stops d-lost',
      'taken_over d-held',
    ]);
  });

  it('is the same when the record is counted again from its beginning', async () => {
    await recordMuch();
    const again = await TrustLedger.open(parts());
    await again.catchUp();
    expect([all(again), all(again, 'other')]).toEqual([all(ledger), all(ledger, 'other')]);
    expect(again.position).toBe(await store.size());
  });

  it('goes on after a restart from where it was stored, with calls that were under way', async () => {
    await record(
      changed('agent.added', { agent: 'fixer' }, { after: { level: 3 } }),
      decided({ id: 'd-1' }),
      decided({ id: 'd-2' }),
    );
    await ledger.flush();
    const behind = ledger.position;
    // What happened after the last flush, and what the next start itself records.
    await record(outcome('d-1'), outcome('d-2', null));
    const live = all(ledger);
    ledger = await TrustLedger.open(parts());
    expect(ledger.position).toBe(behind);
    await ledger.catchUp();
    expect(all(ledger)).toEqual(live);
    await ledger.flush();
    const again = await TrustLedger.open(parts());
    expect([again.position, all(again)]).toEqual([await store.size(), live]);
  });

  it('is counted again when what is stored of it cannot be read', async () => {
    await recordMuch();
    await ledger.flush();
    const live = all(ledger);
    const [document] = (await opened.list('trust')).filter(({ id }) => id.startsWith('day:fixer:'));
    const { collection, id, version } = document ?? { collection: 'trust', id: '', version: 0 };
    await opened.transact([{ collection, id, expect: version, body: { rows: 'spoiled' } }], []);
    ledger = await TrustLedger.open(parts());
    expect(ledger.position).toBe(0);
    await ledger.flush();
    const again = await TrustLedger.open(parts());
    expect([again.position, all(ledger), all(again)]).toEqual([await store.size(), live, live]);
  });

  it('is read from the log where events were told out of order or not at all', async () => {
    await recordMuch();
    const live = all(ledger);
    const told: [LogEvent, number][] = [];
    const quiet = await TrustLedger.open(parts());
    for (const leaf of await opened.leaves(0, 100)) {
      const { kind, id, time, seq } = leaf;
      told.push([{ kind, id, time, body: JSON.parse(leaf.leaf) }, seq]);
    }
    // The first one never, the others from the last to the second.
    for (const [event, seq] of told.slice(1).reverse()) quiet.observe(event, seq);
    expect(quiet.position).toBe(0);
    await quiet.flush();
    expect([quiet.position, all(quiet)]).toEqual([told.length, live]);
  });

  it('two gates on one store count everything once', async () => {
    const other = await TrustLedger.open(parts());
    await recordMuch();
    await ledger.flush();
    // It has counted nothing yet and finds out only when it stores.
    await other.catchUp();
    await record(decided({ id: 'd-more' }), outcome('d-more'));
    await ledger.flush();
    await other.flush();
    await other.flush();
    expect(all(other)).toEqual(all(ledger));
    expect(other.position).toBe(await store.size());
  });

  it('is forgotten after ninety days', async () => {
    const old = '2026-08-01T00:00:00.000Z';
    await record(
      changed('agent.added', { agent: 'fixer' }, { after: { level: 3 }, time: old }),
      decided({ id: 'd-old', time: old }),
    );
    await ledger.flush();
    expect(ledger.agent('fixer')?.days()).toEqual([]);
    expect((await opened.list('trust')).map(({ id }) => id)).toEqual(['agent:fixer', 'position']);
  });
});

it('a thousand reads are counted without a write for each', async () => {
  await record(changed('agent.added', { agent: 'fixer' }, { after: { level: 3 } }));
  await ledger.flush();
  const before = await opened.get('trust', 'position');
  for (let from = 0; from < 10_000; from += 1_000) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const id = randomUUID();
        await store.append(decided({ id, class: 'read', tier: 'A' }));
        await store.append(outcome(id));
      }),
    );
  }
  await ledger.flush();
  expect((await opened.get('trust', 'position'))?.version).toBe((before?.version ?? 0) + 1);
  expect(ledger.agent('fixer')?.day(NOON).rows[0]?.counts).toMatchObject({ calls: 1_000, done: 1_000 });
});
