import type { Spending } from '../../decide/budget/ledger.ts';
import type { Subject } from '../../decide/budget/taken.ts';
import type { JsonObject } from '../../json.ts';
import type { Freeze } from '../../operate/freeze.ts';
import type { Given } from './schema/given.ts';
import type { GivenState } from './schema/state.ts';

/** What the ledger would tell of the last hour: nothing was spent or counted but this call, and what the case says. */
export function spendingOf({ counts, spent, failures, unknown }: GivenState, subject: Subject): Spending {
  const services = subject.services;
  const underWay = counts.under_way;
  const each = <T>(value: (name: string) => T): 'unknown' | Record<string, T> =>
    services === 'unknown' ? services : Object.fromEntries(services.map((name) => [name, value(name)]));
  const told: Spending = {
    counts: {
      calls: counts.calls ?? 1,
      changes: counts.changes ?? 0,
      denied: counts.denied ?? 0,
      repeats: tally(counts.repeats),
      under_way: {
        agent: underWay?.agent ?? 0,
        services: each((name) => underWay?.services?.[name] ?? 0),
        intent: subject.intent === undefined ? 'none' : (underWay?.intent ?? 0),
      },
    },
    spent: {
      agent: account(spent.agent),
      services: each((name) => account(spent.services?.[name])),
      intent: subject.intent === undefined ? 'none' : account(spent.intent),
    },
    failures: tally(failures),
  };
  return {
    counts: unknown.includes('counts') ? 'unknown' : told.counts,
    spent: unknown.includes('spent') ? 'unknown' : told.spent,
    failures: unknown.includes('failures') ? 'unknown' : told.failures,
  };
}

/** The freezes of a case as the operators would have set them. */
export function freezesOf({ state, time }: Pick<Given, 'state' | 'time'>): readonly Freeze[] {
  return state.freezes.map(({ scope, reads, by, why, until }, index) => ({
    id: `freeze-${index + 1}`,
    scope,
    reads,
    by,
    why,
    since: time,
    until: until ?? null,
    lifted: null,
  }));
}

function account(sums: JsonObject | undefined): JsonObject {
  return sums ?? {};
}

function tally(count: number | 'unknown' | undefined): JsonObject | 'unknown' {
  return count === 'unknown' ? count : { count: count ?? 0, calls: [] };
}
