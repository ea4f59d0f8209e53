import { z } from 'zod';
import type { JsonObject } from '../json.ts';

/** What an agent is trying to do, in its own words or an operator's: claims, never facts. Null where nothing was said. */
export interface Statement {
  /** Why, in a sentence: the reason of every call that brings none of its own. */
  readonly reason: string;
  readonly incident: string | null;
  /** `safe`, `semi-safe`, `human-only`; whatever else is said counts as not safe. */
  readonly incidentClass: string | null;
  readonly alert: string | null;
  readonly hypothesis: string | null;
  /** 0..1 */
  readonly confidence: number | null;
  /** Links to evidence, http or https. */
  readonly links: readonly string[];
  readonly plan: string | null;
  readonly runbook: string | null;
  /** How it will be told that it worked. */
  readonly successSignal: string | null;
  readonly wayBack: string | null;
}

/** One thing that a source said, as the agent tells it; when it was told is the gate's own knowledge. */
export interface Signal {
  /** Who says it: `prometheus`, `logs`, ... Sources of one name are one source. */
  readonly source: string;
  /** When it was observed, as the agent claims; RFC 3339, UTC, milliseconds. */
  readonly observedAt: string;
  /** When the gate was told. */
  readonly attachedAt: string;
  /** Whether it speaks for the hypothesis or against it. */
  readonly stance: 'supports' | 'contradicts';
  readonly says: string;
  /** The name of a pattern that it shows, or null. */
  readonly pattern: string | null;
  /** Who attached it: `agent:ID` or an operator's id. */
  readonly by: string;
}

/** How an intent may end; `expired` is the gate's own word. */
export const OUTCOMES = ['done', 'failed', 'handed-over', 'abandoned', 'expired'] as const;
export type IntentOutcome = (typeof OUTCOMES)[number];

export interface Closing {
  readonly at: string;
  /** `agent:ID`, an operator's id, or `gate`. */
  readonly by: string;
  readonly outcome: IntentOutcome;
  readonly summary: string;
}

/** What one agent is trying to do, opened once and bound to the calls that follow. Times are RFC 3339, UTC, milliseconds. */
export interface Intent {
  readonly id: string;
  /** The only agent whose calls may belong to it. */
  readonly agent: string;
  /** `agent:ID` or an operator's id, who may then not approve what it leads to. */
  readonly openedBy: string;
  readonly openedAt: string;
  /** It ends by itself then. */
  readonly until: string;
  readonly statement: Statement;
  /** In the order in which they were attached. */
  readonly signals: readonly Signal[];
  readonly closed: Closing | null;
}

const instant = z.iso.datetime({ precision: 3 });
const said = z.string().nullable();
const intentSchema = z.strictObject({
  id: z.string().min(1),
  agent: z.string().min(1),
  openedBy: z.string().min(1),
  openedAt: instant,
  until: instant,
  statement: z.strictObject({
    reason: z.string(),
    incident: said,
    incidentClass: said,
    alert: said,
    hypothesis: said,
    confidence: z.number().min(0).max(1).nullable(),
    links: z.array(z.string()),
    plan: said,
    runbook: said,
    successSignal: said,
    wayBack: said,
  }),
  signals: z.array(
    z.strictObject({
      source: z.string(),
      observedAt: instant,
      attachedAt: instant,
      stance: z.enum(['supports', 'contradicts']),
      says: z.string(),
      pattern: said,
      by: z.string(),
    }),
  ),
  closed: z.strictObject({ at: instant, by: z.string(), outcome: z.enum(OUTCOMES), summary: z.string() }).nullable(),
});

/** The intent in a stored document, or undefined when it is none. */
export function intentFromJson(body: JsonObject): Intent | undefined {
  const parsed = intentSchema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

/** The stored, recorded and served form. */
export function intentToJson(intent: Intent): JsonObject {
  return {
    ...intent,
    statement: { ...intent.statement, links: [...intent.statement.links] },
    signals: intent.signals.map((signal) => ({ ...signal })),
    closed: intent.closed === null ? null : { ...intent.closed },
  };
}

/** Whether calls may belong to it at `now`. */
export function isOpen(intent: Intent, now: Date): boolean {
  return intent.closed === null && now.toISOString() < intent.until;
}

/** The name under which the record and openers know an agent, which no operator's id can be. */
export function agentAs(id: string): string {
  return `agent:${id}`;
}

/** The operator who opened it, who may not approve what it leads to; null where its agent did. */
export function operatorWhoOpened(intent: Intent | undefined): string | null {
  return intent === undefined || intent.openedBy === agentAs(intent.agent) ? null : intent.openedBy;
}
