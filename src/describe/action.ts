import type { JsonObject } from '../json.ts';
import type { WireAnswer, WireCall } from '../listen/wire.ts';

/**
 * What kind of act a call is, the same whatever road it took.
 * - `discovery`: what API there is (kubectl cannot show a reason without it)
 * - `telemetry`: metrics, health, events
 * - `read`: any other read of state; logs
 * - `sensitive_read`: reads of secrets, and reads that proxy into a node, pod or service
 * - `write`, `delete`: changes of state
 * - `connect`: exec, attach, port-forward, proxying writes
 * - `credential`: hands out or makes credentials (token requests, signing requests, writes of secrets answer with them)
 * - `authority`: would change what facts are read from, or who may do what
 * - `unknown`: could not be read
 */
export const ACTION_CLASSES = [
  'discovery',
  'telemetry',
  'read',
  'sensitive_read',
  'write',
  'delete',
  'connect',
  'credential',
  'authority',
  'unknown',
] as const;
export type ActionClass = (typeof ACTION_CLASSES)[number];

/** A fact that could not be had. Rules treat it as the worst it could be. */
export const UNKNOWN = 'unknown';
export type Unknown = typeof UNKNOWN;

/** A call in the field's own terms, the same for kubectl, raw REST and an MCP tool that do the same. */
export interface Action {
  /** `<surface>:<resource>:<verb>`, e.g. `kubernetes:deployments.apps/scale:patch`. */
  readonly name: string;
  readonly class: ActionClass;
  /** Kubernetes: RequestInfo's verb (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `connect`; non-resource paths: the lower-case method). */
  readonly verb: string;
  /** Kubernetes: `deployments.apps/scale`, `pods`, or the path for non-resource calls. */
  readonly resource: string;
  readonly riskDomain: string | Unknown;
  /** Whether the server will persist nothing, judged as the server will judge it. */
  readonly dryRun: boolean | Unknown;
  /** The call's own arguments, redacted and bounded (label selector, replicas asked for, patch type, ...). */
  readonly args: JsonObject;
}

const READING: ReadonlySet<ActionClass> = new Set(['discovery', 'telemetry', 'read', 'sensitive_read']);

/** Whether a call only reads: it needs no measuring of its reach, and no budget concerns it. */
export function isReading({ class: name }: Pick<Action, 'class'>): boolean {
  return READING.has(name);
}

/** What a call points at, as far as the call itself shows it. `none` where the dimension does not apply. */
export interface TargetRef {
  readonly namespace: string | 'none' | '*';
  readonly name: string | 'none' | '*';
  readonly account: string | 'none';
  readonly region: string | 'none';
  /** The tool or operation, matched against a grant's `tools`; `none` on Kubernetes. */
  readonly tool: string | 'none';
}

export interface Described<Request = unknown> {
  readonly action: Action;
  readonly target: TargetRef;
  readonly body: 'none' | 'read' | 'unreadable' | 'streamed';
  /** Keyed digest (`hmac-sha256:<64 hex>`) of the canonical call: method, path, query, body. */
  readonly digest: string;
  /** Why the judge cannot read this call; such a call is denied whatever the policy says. */
  readonly unreadable: string | undefined;
  /** The redacted path and query as recorded and shown to policy. */
  readonly path: string;
  /** What the caller says of itself, redacted and bounded: claims, never facts. */
  readonly claims: Claims;
  /** Kubernetes: `Kubectl-Session`; groups the calls of one command, a claim. */
  readonly group: string | Unknown;
  /** The call can be turned into a dry run, of which the server certainly persists nothing; absent: it cannot. */
  readonly runsDry?: boolean;
  /**
   * How its client takes a hold: `retries` asks again by itself when it is told to (client-go, on 429), `waits` for one
   * answer and shows it, `none` cannot wait at all (streams). Absent: `waits`.
   */
  readonly patience?: 'retries' | 'waits' | 'none';
  /** The surface's own reading, for its measurer and its answers. */
  readonly request: Request;
}

/** Claims of a caller. Policy may require them or tighten on them; they never supply a fact. */
export interface Claims {
  readonly intent: string | Unknown;
  readonly reason: string | Unknown;
  readonly incident: string | Unknown;
  readonly incidentClass: string | Unknown;
  readonly alert: string | Unknown;
  /** 0..1 */
  readonly confidence: number | Unknown;
  readonly runbook: string | Unknown;
  readonly plan: string | Unknown;
  readonly links: readonly string[] | Unknown;
  readonly successSignal: string | Unknown;
}

/** What a caller can do with a hold. */
export interface HoldNotice {
  readonly id: string;
  /** The client asks again by itself. */
  readonly retries: boolean;
  /** RFC 3339, UTC. */
  readonly decideBy: string;
  readonly group: string | null;
  /** What it still needs, in words. */
  readonly needs: readonly string[];
}

/** Why the gate does not let a call through, in one shape for every surface. */
export interface Refusal {
  readonly kind:
    | 'unauthenticated'
    | 'malformed'
    | 'too-large'
    | 'denied'
    | 'held'
    | 'unavailable'
    | 'upstream'
    | 'upstream-timeout'
    | 'retry';
  /** The decision's id; none when the call was too malformed to have one. */
  readonly decision: string | undefined;
  /** One line that stands alone: what was refused, by which rule, why, and what would be allowed. */
  readonly message: string;
  /** `Warning` lines beside it (advice, obligations). */
  readonly warnings: readonly string[];
  /** Of a held call that people can still decide about. */
  readonly hold?: HoldNotice;
}

/**
 * A kind of API in front of which the gate can stand. One implementation per surface, one shared suite
 * (`test/describe/surface-suite.ts`).
 */
export interface Surface<Request = unknown> {
  readonly name: string;
  /** Query parameters that may repeat. */
  readonly repeatable: ReadonlySet<string>;
  /** Reads a call. Does not throw on anything a caller can send: what cannot be read is `unreadable`. */
  describe(call: WireCall): Described<Request>;
  /** A refusal in the caller's own protocol, so that its client prints the reason. */
  refuse(refusal: Refusal, described: Described<Request> | undefined): WireAnswer;
}
