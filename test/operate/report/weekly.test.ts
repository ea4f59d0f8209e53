import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../../src/operate/report/markdown.ts';
import { reportPage } from '../../../src/operate/report/page.ts';
import { ratesOf } from '../../../src/operate/report/weekly/week-numbers.ts';
import { reviewWeek } from '../../../src/operate/report/weekly/weekly.ts';
import { weeklyReport } from '../../../src/operate/report/weekly/weekly-report.ts';
import { openSqliteStore } from '../../../src/record/sqlite.ts';
import type { Leaf, LogEvent, Store } from '../../../src/record/store.ts';
import { changed, decided, outcome } from '../trust/events.ts';
import { incident } from './incident.ts';

const SPAN = { from: '2026-11-16T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
const nameOf = (id: string) => (id === 'ana' ? 'Ana (ana)' : id);

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-weekly-'));
  store = await openSqliteStore({ path: join(folder, 'sallyport.db') });
  await Promise.all(fortnight().map((event) => store.append(event)));
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Two weeks: every day some reads, changes alone and with people, refusals; on the Friday of the second the incident. */
function fortnight(): readonly LogEvent[] {
  const events: LogEvent[] = [];
  for (let day = 9; day <= 22; day += 1) {
    const at = (minute: number) =>
      `2026-11-${String(day).padStart(2, '0')}T08:${String(minute).padStart(2, '0')}:00.000Z`;
    const id = (what: string, n: number) => `${day}-${what}-${n}`;
    for (let n = 0; n < 6 + (day % 5); n += 1) {
      events.push(
        decided({
          id: id('read', n),
          time: at(n),
          class: 'read',
          tier: 'A',
          level: 4,
          environment: n % 2 === 0 ? 'prod' : 'staging',
        }),
      );
      events.push(outcome(id('read', n), 200, at(n)));
    }
    for (let n = 0; n < 3; n += 1) {
      events.push(decided({ id: id('change', n), time: at(20 + n), level: 4, environment: 'staging' }));
      events.push(outcome(id('change', n), n === 2 && day > 15 ? 409 : 200, at(20 + n)));
      if (day > 15)
        events.push(
          changed('verification.passed', { decision: id('change', n), agent: 'fixer' }, { by: 'gate', time: at(25) }),
        );
    }
    events.push(
      decided({
        id: id('no', 0),
        agent: 'helper',
        time: at(30),
        did: 'deny',
        level: 1,
        tier: 'C',
        class: 'delete',
        rule: 'blast/limits',
      }),
    );
    if (day % 3 === 0)
      events.push(
        decided({ id: id('no', 1), agent: 'helper', time: at(31), did: 'deny', level: 1, rule: 'windows/open' }),
      );
    events.push(decided({ id: id('ask', 0), time: at(40), did: 'hold', level: 4, tier: 'C' }));
    events.push(
      changed(
        'hold.opened',
        { hold: id('ask', 0), agent: 'fixer' },
        { by: 'gate', time: at(40), after: { subject: { tier: 'C' } } },
      ),
    );
    const end = day % 4 === 0 ? 'hold.denied' : day % 4 === 1 ? 'hold.expired' : 'hold.approved';
    events.push(
      changed(
        end,
        { hold: id('ask', 0), agent: 'fixer' },
        { by: end === 'hold.expired' ? 'gate' : 'ana', time: at(41 + (day % 7)), why: 'not on a whim' },
      ),
    );
  }
  return [...events, ...incident()].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

describe('the weekly review', () => {
  it('counts what the record says, and what it said the week before', async () => {
    const { week, before, log } = await reviewWeek(store, SPAN);
    expect(log).toEqual({ from: 1, to: (await store.size()) - 1 });
    expect({
      ...week,
      by_day: week.by_day.length,
      agents: week.agents.length,
      takeovers: week.takeovers.length,
    }).toEqual({
      decisions: { allow: 78, hold: 8, deny: 10 },
      changes: { allow: 22, hold: 8, deny: 10, alone: 21, done: 15, failed: 7, spoiled: 1 },
      ...{ verified: 21, unverified: 1, reverted: 1, reverted_by_gate: 1, taken_over: 2 },
      stops: [{ name: 'unverified-agent', count: 1 }],
      by_day: 7,
      by_tier: [
        { name: 'A', allow: 56, hold: 0, deny: 0 },
        { name: 'B', allow: 22, hold: 1, deny: 2 },
        { name: 'C', allow: 0, hold: 7, deny: 8 },
      ],
      by_environment: [
        { name: 'prod', allow: 31, hold: 8, deny: 10 },
        { name: 'staging', allow: 47, hold: 0, deny: 0 },
      ],
      by_level: [
        { name: '1', allow: 0, hold: 0, deny: 9 },
        { name: '4', allow: 78, hold: 8, deny: 1 },
      ],
      by_rule: [
        { name: 'blast/limits', allow: 0, hold: 0, deny: 8 },
        { name: 'level/table', allow: 0, hold: 8, deny: 0 },
        { name: 'windows/open', allow: 0, hold: 0, deny: 2 },
      ],
      approvals: [
        { tier: 'B', decided: 1, approved: 1, denied: 0, expired: 0, median: 120, p90: 120 },
        { tier: 'C', decided: 5, approved: 3, denied: 2, expired: 2, median: 300, p90: 420 },
      ],
      incidents: [
        {
          ...{ intent: 'i-1', agent: 'fixer', incident: 'INC-7', openedAt: '2026-11-20T10:00:00.000Z' },
          ...{ acknowledged: 300, mitigated: null, outcome: 'handed-over' },
        },
      ],
      levels: [expect.objectContaining({ agent: 'fixer', what: 'agent.demoted', to: 3, by: 'gate' })],
      takeovers: 2,
      agents: 2,
      cut: [],
    });
    expect([before.decisions, before.changes.failed, before.verified]).toEqual([
      { allow: 77, hold: 7, deny: 10 },
      0,
      0,
    ]);
    expect(ratesOf(before).verification_rate).toBeNull();
  });

  it('is of one agent when asked for', async () => {
    const { week } = await reviewWeek(store, { ...SPAN, agent: 'helper' });
    expect([week.decisions, week.changes.done, week.approvals, week.agents.map(({ agent }) => agent)]).toEqual([
      { allow: 0, hold: 0, deny: 9 },
      0,
      [],
      ['helper'],
    ]);
  });

  it('is the same from the same record, as Markdown and as a page', async () => {
    const made = async () => weeklyReport(await reviewWeek(store, SPAN), nameOf);
    const [one, other] = [await made(), await made()];
    expect(other).toEqual(one);
    const [markdown, page] = [reportMarkdown(one), reportPage(one)];
    expect(page).toBe(reportPage(other));
    expect(markdown).toContain('| blast/limits | 0 | 8 |');
    expect(markdown).toContain('| Without approval, of the changes let through | 100 % | 95.5 % |');
    expect(markdown).toContain('| 2026-11-20 08:47:00Z | fixer | hold.denied | Ana (ana) | not on a whim |');
    expect(page).toContain('<svg viewBox="0 0 640 186" role="img" aria-label="Decisions by day">');
    expect(page).not.toMatch(/<script|<form|<img|<link|\son\w+=|https?:/i);
  });

  it('of a time of which the record has nothing is empty, not an error', async () => {
    const review = await reviewWeek(store, { from: '2025-01-01T00:00:00.000Z', to: '2025-01-08T00:00:00.000Z' });
    expect(review.log).toBeNull();
    expect(reportMarkdown(weeklyReport(review, nameOf))).toContain('**no decisions: 0 allowed, 0 held, 0 denied.**');
  });

  it('reads a log of any size a page at a time, and no more of it than its span', async () => {
    const size = 1_000_000;
    const begin = Date.parse('2026-01-01T00:00:00.000Z');
    let [held, most, read] = [0, 0, 0];
    /** A leaf a minute, made when it is asked for. */
    const large: Pick<Store, 'leaves' | 'size'> = {
      size: async () => size,
      leaves: async (from, limit) => {
        const count = Math.max(0, Math.min(limit, size - from));
        held = count;
        most = Math.max(most, held);
        read += count;
        return Array.from({ length: count }, (_, i): Leaf => {
          const time = new Date(begin + (from + i) * 60_000).toISOString();
          const { id, kind, body } = decided({ id: `d-${from + i}`, time, class: 'read', did: 'deny' });
          return {
            seq: from + i,
            kind,
            id,
            time,
            leaf: JSON.stringify({ ...body, kind, id, time }),
            hash: new Uint8Array(),
          };
        });
      },
    };
    const span = { from: '2026-06-01T00:00:00.000Z', to: '2026-06-02T00:00:00.000Z' };
    const { week, before } = await reviewWeek(large, span);
    expect([week.decisions.deny, before.decisions.deny]).toEqual([1_440, 1_440]);
    expect(most).toBe(100);
    expect(read).toBeLessThan(3_200);
  });
});
