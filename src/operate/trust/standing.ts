import type { Questions } from '../../decide/judge.ts';
import { SallyportError } from '../../errors.ts';
import type { Agent } from '../../identify/principal.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type AgentTrust, ageOf, KEEP_DAYS } from './agent-trust.ts';
import { COUNTS, type Counts, MARKED_AS, type MarkedAs, noCounts } from './tally.ts';

/** The entrypoint that says what a record has earned, of libraries that have it. */
const STANDING = 'sallyport/trust/standing';

/** One thing that a promotion takes. */
export interface PromotionTest {
  readonly name: string;
  readonly met: boolean;
  readonly message: string;
}

/** Why a level is to be taken away. */
export interface DemotionReason {
  readonly name: string;
  readonly of: MarkedAs;
  readonly days: number;
  readonly message: string;
}

/** What policy makes of a record. */
export interface Standing {
  readonly window: number;
  /** Within the window; null where nothing was counted that it could be a share of. */
  readonly numbers: Readonly<Record<string, number | null>>;
  /** Null at a level from which none is ever proposed. */
  readonly promotion: {
    readonly to: number;
    readonly proposed: boolean;
    /** Whether people may grant it all the same. */
    readonly grant: 'any' | 'proposed';
    readonly tests: readonly PromotionTest[];
  } | null;
  readonly demotion: {
    readonly to: number;
    readonly automatic: boolean;
    readonly because: readonly DemotionReason[];
  } | null;
}

/**
 * What the policy in force makes of an agent's record.
 * @returns undefined where the policy says nothing of trust
 * @throws SallyportError `policy/fault` and others when it cannot be asked, `policy/nonsense` when its answer cannot be read
 */
export function standingOf(questions: Questions, agent: Agent, trust: AgentTrust, now: Date): Standing | undefined {
  const time = now.toISOString();
  const { answer, fault } = questions.ask(STANDING, question(agent, trust, time), { id: agent.id, time });
  if (fault?.code === 'bundle/invalid') return undefined;
  if (fault !== undefined) throw fault;
  return readStanding(answer);
}

function question({ id, team, owner, level }: Agent, trust: AgentTrust, now: string): JsonObject {
  return {
    version: 1,
    time: now,
    agent: { id, team, owner, level },
    record: { since: trust.since, days: wholeDays(trust.since, now), rows: rowsOf(trust, now) },
  };
}

/** What was counted since the agent came to its level, of all classes and tiers: fewer rows cost policy less. */
function rowsOf(trust: AgentTrust, now: string): readonly JsonObject[] {
  return trust.days().flatMap(([day, tally]) => {
    const age = ageOf(day, now);
    if (age >= KEEP_DAYS) return [];
    const sums = new Map<string, { readonly environment: string; readonly kind: string; readonly counts: Counts }>();
    for (const { stint, environment, kind, counts } of tally.rows) {
      if (stint !== trust.stint) continue;
      const key = `${kind} ${environment}`;
      const sum = sums.get(key) ?? { environment, kind, counts: noCounts() };
      for (const name of COUNTS) sum.counts[name] += counts[name];
      sums.set(key, sum);
    }
    return [...sums.values()].map(({ environment, kind, counts }) => ({
      age,
      environment,
      kind,
      counts: { ...counts },
    }));
  });
}

/** The decisions, or where it was none in particular the events, that reasons for a demotion rest on; newest days first. */
export function evidenceOf(reasons: readonly DemotionReason[], trust: AgentTrust, now: Date): readonly string[] {
  const time = now.toISOString();
  const found = trust
    .days()
    .flatMap(([day, tally]) =>
      tally.marks
        .filter(({ stint, what }) => stint === trust.stint && isAbout(reasons, what, ageOf(day, time)))
        .map(({ about }) => about),
    );
  return [...new Set(found)].slice(0, MOST_EVIDENCE);
}

const MOST_EVIDENCE = 50;
const DAY_MS = 86_400_000;

function isAbout(reasons: readonly DemotionReason[], what: MarkedAs, age: number): boolean {
  return reasons.some((reason) => reason.of === what && age < reason.days);
}

function wholeDays(since: string, now: string): number {
  return Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / DAY_MS));
}

function readStanding(standing: Json | undefined): Standing {
  if (!isObject(standing) || !isObject(standing.numbers)) throw odd('no standing');
  const { window, numbers, promotion, demotion } = standing;
  return {
    window: numberIn(window, 'window'),
    numbers: Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, value === null ? null : numberIn(value, name)]),
    ),
    promotion: readPromotion(promotion),
    demotion: readDemotion(demotion),
  };
}

function readPromotion(json: Json | undefined): Standing['promotion'] {
  if (json === null) return null;
  if (!isObject(json) || !isArray(json.tests)) throw odd('promotion');
  return {
    to: numberIn(json.to, 'promotion.to'),
    proposed: json.proposed === true,
    grant: json.grant === 'any' ? 'any' : 'proposed',
    tests: json.tests.map((test) => {
      if (!isObject(test)) throw odd('promotion.tests');
      return { name: textIn(test.name, 'name'), met: test.met === true, message: textIn(test.message, 'message') };
    }),
  };
}

function readDemotion(json: Json | undefined): Standing['demotion'] {
  if (json === null) return null;
  if (!isObject(json) || !isArray(json.because)) throw odd('demotion');
  return {
    to: numberIn(json.to, 'demotion.to'),
    automatic: json.automatic === true,
    because: json.because.map((reason) => {
      if (!isObject(reason)) throw odd('demotion.because');
      const of = MARKED_AS.find((one) => one === reason.of);
      if (of === undefined) throw odd('demotion.because.of');
      return {
        name: textIn(reason.name, 'name'),
        of,
        days: numberIn(reason.days, 'days'),
        message: textIn(reason.message, 'message'),
      };
    }),
  };
}

function numberIn(json: Json | undefined, what: string): number {
  if (typeof json === 'number') return json;
  throw odd(what);
}

function textIn(json: Json | undefined, what: string): string {
  if (typeof json === 'string') return json;
  throw odd(what);
}

function odd(what: string): SallyportError {
  return new SallyportError('policy/nonsense', `${STANDING} answered with an odd ${what}`, {
    fix: 'see rego/sallyport/trust.rego for the form of the answer',
  });
}
