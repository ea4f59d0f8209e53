import { isObject, type Json, type JsonObject } from '../../../json.ts';
import { type DecidedCall, decidedCall, effectOf, endOf, isPerson } from '../../trust/read-leaf.ts';
import { ApprovalTimes, type OpenHolds } from './approval-times.ts';
import { IncidentTimes, type OpenIntents } from './incident-times.ts';
import { inOrder, levelIn, type ReadEvent, textIn } from './read-event.ts';
import type { AgentNumbers, Done, LevelChange, Takeover, WeekNumbers } from './week-numbers.ts';

/** What is still open from one week to the next: a call that has not ended, a hold and an intent that were not decided. */
export interface Carried {
  readonly calls: Map<string, DecidedCall>;
  readonly holds: OpenHolds;
  readonly intents: OpenIntents;
}

export function nothingCarried(): Carried {
  return { calls: new Map(), holds: new Map(), intents: new Map() };
}

/** Names that are counted one by one; and entries that a list keeps. Whatever more there is, is counted together or left out. */
const MOST_NAMES = 1_000;
const MOST_ENTRIES = 200;
const OTHERS = 'others';

/** Adds up one span of the record, event by event, in bounded memory. */
export class WeekFold {
  readonly #carried: Carried;
  readonly #decisions: Done = none();
  readonly #changes = { ...none(), alone: 0, done: 0, failed: 0, spoiled: 0 };
  readonly #totals = { verified: 0, unverified: 0, reverted: 0, reverted_by_gate: 0, taken_over: 0 };
  readonly #tables = {
    day: new Map<string, Done>(),
    tier: new Map<string, Done>(),
    environment: new Map<string, Done>(),
    level: new Map<string, Done>(),
    rule: new Map<string, Done>(),
  };
  readonly #agents = new Map<string, AgentNumbers>();
  readonly #stops = new Map<string, number>();
  readonly #spoiled = new Set<string>();
  readonly #approvals: ApprovalTimes;
  readonly #incidents: IncidentTimes;
  readonly #levels: LevelChange[] = [];
  readonly #takeovers: Takeover[] = [];
  readonly #cut = new Set<string>();

  constructor(carried: Carried) {
    this.#carried = carried;
    this.#approvals = new ApprovalTimes(carried.holds);
    this.#incidents = new IncidentTimes(carried.intents);
  }

  add(event: ReadEvent): void {
    if (event.kind === 'decided') this.#decided(event);
    else if (event.kind === 'outcome') this.#ended(event);
    else if (event.kind === 'changed') this.#changed(event);
  }

  result(): WeekNumbers {
    return {
      decisions: this.#decisions,
      changes: this.#changes,
      ...this.#totals,
      stops: [...this.#stops]
        .map(([name, count]) => ({ name, count }))
        .sort((a, b) => b.count - a.count || inOrder(a.name, b.name)),
      by_day: rowsOf(this.#tables.day).map(({ name, ...done }) => ({ day: name, ...done })),
      by_tier: rowsOf(this.#tables.tier),
      by_environment: rowsOf(this.#tables.environment),
      by_level: rowsOf(this.#tables.level),
      by_rule: rowsOf(this.#tables.rule).sort((a, b) => b.deny + b.hold - a.deny - a.hold || inOrder(a.name, b.name)),
      approvals: this.#approvals.result(),
      incidents: this.#incidents.result(),
      levels: this.#levels,
      takeovers: this.#takeovers,
      agents: [...this.#agents.values()].sort((a, b) => inOrder(a.agent, b.agent)),
      cut: [...this.#cut, ...(this.#incidents.cut ? ['incidents'] : [])].sort(),
    };
  }

  #decided({ id, time, body }: ReadEvent): void {
    if (isObject(body.reverts)) return;
    const did = didOf(body.did);
    const call = decidedCall(body);
    this.#decisions[did] += 1;
    count(this.#row('day', time.slice(0, 10)), did);
    count(this.#row('tier', call?.cell.tier ?? 'none'), did);
    count(this.#row('environment', call?.cell.environment ?? 'unknown'), did);
    const level = isObject(body.agent) ? body.agent.level : undefined;
    count(this.#row('level', typeof level === 'number' ? String(level) : 'none'), did);
    if (did !== 'allow') for (const rule of rulesOf(body)) count(this.#row('rule', rule), did);
    if (call === undefined) return;
    const agent = this.#agent(call.agent);
    agent[did] += 1;
    if (call.cell.kind === 'change') {
      this.#changes[did] += 1;
      agent.changes += 1;
      if (did === 'allow' && !call.approved) {
        this.#changes.alone += 1;
        agent.alone += 1;
      }
    }
    if (did === 'allow') this.#carried.calls.set(id, call);
  }

  #ended({ id, body }: ReadEvent): void {
    const call = this.#carried.calls.get(id);
    this.#carried.calls.delete(id);
    const end = endOf(body);
    if (call === undefined || end === undefined || call.cell.kind !== 'change') return;
    this.#changes[end] += 1;
    this.#agent(call.agent)[end] += 1;
  }

  #changed(event: ReadEvent): void {
    const { time, body } = event;
    const what = textIn(body.what);
    const effect = effectOf(body);
    if (effect?.kind === 'level') this.#moved(event, what, effect.agent);
    if (effect?.kind === 'verified') this.#totals.verified += 1;
    if (effect?.kind === 'marked') {
      const agent = effect.agent === undefined ? undefined : this.#agent(effect.agent);
      for (const mark of effect.marks) {
        if (mark === 'stops' || mark === 'failed') continue;
        this.#totals[mark] += 1;
        if (agent !== undefined) agent[mark] += 1;
        if (mark === 'taken_over')
          this.#keep(this.#takeovers, 'takeovers', {
            time,
            agent: effect.agent ?? 'unknown',
            what,
            by: textIn(body.by),
            why: textIn(body.why),
          });
        else if (effect.decision !== undefined && !this.#spoiled.has(effect.decision)) {
          this.#spoiled.add(effect.decision);
          this.#changes.spoiled += 1;
        }
      }
    }
    if (what === 'revert.ran' && !isPerson(body.by)) this.#totals.reverted_by_gate += 1;
    if (what === 'stop.condition')
      this.#stops.set(textIn(body.condition), (this.#stops.get(textIn(body.condition)) ?? 0) + 1);
    this.#approvals.add(event, what);
    this.#incidents.add(event, what);
  }

  #moved({ time, body }: ReadEvent, what: string, agent: string): void {
    const change = {
      time,
      agent,
      what,
      from: levelIn(body.before),
      to: levelIn(body.after),
      by: textIn(body.by),
      why: textIn(body.why),
    };
    this.#keep(this.#levels, 'levels', change);
  }

  #keep<Entry>(list: Entry[], name: string, entry: Entry): void {
    if (list.length < MOST_ENTRIES) list.push(entry);
    else this.#cut.add(name);
  }

  #row(name: 'day' | 'tier' | 'environment' | 'level' | 'rule', key: string): Done {
    const table = this.#tables[name];
    const known = table.has(key) || table.size < MOST_NAMES ? key : OTHERS;
    let row = table.get(known);
    if (row === undefined) {
      row = none();
      table.set(known, row);
    }
    return row;
  }

  #agent(id: string): AgentNumbers {
    const known = this.#agents.has(id) || this.#agents.size < MOST_NAMES ? id : OTHERS;
    let agent = this.#agents.get(known);
    if (agent === undefined) {
      agent = {
        agent: known,
        ...none(),
        changes: 0,
        alone: 0,
        done: 0,
        failed: 0,
        unverified: 0,
        reverted: 0,
        taken_over: 0,
      };
      this.#agents.set(known, agent);
    }
    return agent;
  }
}

function none(): Done {
  return { allow: 0, hold: 0, deny: 0 };
}

function count(row: Done, did: keyof Done): void {
  row[did] += 1;
}

function didOf(value: Json | undefined): keyof Done {
  return value === 'allow' || value === 'hold' ? value : 'deny';
}

/** Every rule that gave a reason, once for each decision. */
function rulesOf({ reasons }: JsonObject): ReadonlySet<string> {
  const named = Array.isArray(reasons) ? reasons.map((reason) => (isObject(reason) ? textIn(reason.rule) : '')) : [];
  return new Set(named.filter((rule) => rule !== ''));
}

function rowsOf(table: ReadonlyMap<string, Done>): (Done & { readonly name: string })[] {
  return [...table].sort(([a], [b]) => inOrder(a, b)).map(([name, done]) => ({ name, ...done }));
}
