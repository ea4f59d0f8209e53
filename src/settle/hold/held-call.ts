import { z } from 'zod';
import { type EscalationGraph, graphFrom } from '../../decide/escalation.ts';
import type { Hold } from '../../decide/verdict.ts';
import { SallyportError } from '../../errors.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';

/**
 * - `waiting`: for people, or for a window to open
 * - `approved`: may run, once, until `runBy`
 * - `used`: an approved call ran
 * - `denied`, `expired`, `cancelled`: by a person, by time, by an operator or the agent
 * - `voided`: what was to be approved is not so any more, or a freeze ended it
 */
export const HOLD_STATES = ['waiting', 'approved', 'used', 'denied', 'expired', 'cancelled', 'voided'] as const;
export type HoldState = (typeof HOLD_STATES)[number];

/** One person's yes. */
export interface Approval {
  /** The operator's id. */
  readonly by: string;
  readonly groups: readonly string[];
  /** An administrator counts for every group. */
  readonly any: boolean;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly why: string;
}

/** What people decide about, as the call was measured and judged; redacted. */
export interface HeldSubject {
  readonly action: string;
  readonly class: string;
  readonly tier: string;
  readonly level: number;
  /** As policy derived it. */
  readonly environment: string;
  /** Every name that a fact or the policy gives for the environment; `unknown` is one. */
  readonly environments: readonly string[];
  /** As labels of route, namespace and object name them. */
  readonly services: readonly string[];
  readonly teams: readonly string[];
  readonly runbook: string;
  readonly method: string;
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  readonly blast: JsonObject;
  readonly wayBack: JsonObject;
  /** What the way back does not bring back. */
  readonly lost: readonly string[];
  readonly changes: readonly { readonly path: string; readonly from: Json; readonly to: Json }[];
  readonly changeFrom: string;
  readonly reasons: readonly { readonly rule: string; readonly message: string; readonly fix: string }[];
  readonly warnings: readonly { readonly rule: string; readonly message: string; readonly fix: string }[];
  /** What the agent says: claims, not facts. */
  readonly claims: JsonObject;
  /** Of the policy that held it: evidence, not a condition. */
  readonly bundle: string;
}

/** A call that waits for people or for a window. Times are RFC 3339, UTC, milliseconds. */
export interface HeldCall {
  /** The id of the decision that held it. */
  readonly id: string;
  readonly state: HoldState;
  readonly agent: string;
  readonly owner: string;
  readonly route: string;
  readonly intent: string | null;
  /** The operator who opened the intent, when one did: they do not approve what comes of it. */
  readonly openedBy: string | null;
  /** Calls of one command or plan, shown together. */
  readonly group: string | null;
  readonly openedAt: string;
  /** Until then people may decide. */
  readonly decideBy: string;
  /** How long an approved call may run, in milliseconds from the approval. */
  readonly runWithin: number;
  /** Set when it is approved. */
  readonly runBy: string | null;
  readonly holds: readonly Hold[];
  /** Whom it is brought before while nobody decides; absent where nobody is asked. */
  readonly escalation?: EscalationGraph | undefined;
  readonly approvals: readonly Approval[];
  readonly subject: HeldSubject;
  /** What it is bound to: the request as it came, and the canonical change as it was measured. */
  readonly digests: { readonly request: string; readonly change: string };
  readonly uid: string;
  /** Drawn for this hold: no approval of another can be taken for one of this. */
  readonly nonce: string;
  /** How it ended. */
  readonly ended: { readonly by: string; readonly at: string; readonly why: string } | null;
  /** The decision by which it ran. */
  readonly ranAs: string | null;
}

const instant = z.iso.datetime({ precision: 3 });
const words = z.array(z.string());
const json = z.custom<Json>((value) => value !== undefined);
const object = z.custom<JsonObject>(isObject);
const reasons = z.array(z.strictObject({ rule: z.string(), message: z.string(), fix: z.string() }));

const schema = z.strictObject({
  id: z.string().min(1),
  state: z.enum(HOLD_STATES),
  agent: z.string(),
  owner: z.string(),
  route: z.string(),
  intent: z.string().nullable(),
  openedBy: z.string().nullable(),
  group: z.string().nullable(),
  openedAt: instant,
  decideBy: instant,
  runWithin: z.number(),
  runBy: instant.nullable(),
  holds: z.array(
    z.strictObject({
      kind: z.enum(['people', 'window', 'evidence']),
      key: z.string(),
      groups: words,
      quorum: z.number(),
      until: z.string(),
    }),
  ),
  escalation: z.custom<EscalationGraph>((value) => graphFrom(value) !== undefined).optional(),
  approvals: z.array(z.strictObject({ by: z.string(), groups: words, any: z.boolean(), at: instant, why: z.string() })),
  subject: z.strictObject({
    action: z.string(),
    class: z.string(),
    tier: z.string(),
    level: z.number(),
    environment: z.string(),
    environments: words,
    services: words,
    teams: words,
    runbook: z.string(),
    method: z.string(),
    path: z.string(),
    namespace: z.string(),
    name: z.string(),
    blast: object,
    wayBack: object,
    lost: words,
    changes: z.array(z.strictObject({ path: z.string(), from: json, to: json })),
    changeFrom: z.string(),
    reasons,
    warnings: reasons,
    claims: object,
    bundle: z.string(),
  }),
  digests: z.strictObject({ request: z.string(), change: z.string() }),
  uid: z.string(),
  nonce: z.string(),
  ended: z.strictObject({ by: z.string(), at: instant, why: z.string() }).nullable(),
  ranAs: z.string().nullable(),
});

/** A held call as it is stored. @throws SallyportError `record/unavailable` when the document is none */
export function readHeldCall(id: string, body: JsonObject): HeldCall {
  const parsed = schema.safeParse(body);
  if (parsed.success && parsed.data.id === id) return parsed.data;
  throw new SallyportError('record/unavailable', `the held call ${id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

/** The stored and served form. */
export function heldCallJson(held: HeldCall): JsonObject {
  return JSON.parse(JSON.stringify(held));
}
