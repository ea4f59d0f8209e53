import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { endingOf } from '../../record/ending.ts';

/** A call as stop conditions count it. */
export interface CountedCall {
  readonly decision: string;
  readonly agent: string;
  /** That it claimed to follow, under its intent or by itself. */
  readonly runbook: string | undefined;
  /** That any label of its target names; none where one could not be read. */
  readonly services: readonly string[];
  readonly intent: string | undefined;
  readonly scope: string;
}

/** What a decision means here: a change that was let through, or an attempt that was denied. */
export interface Happening {
  readonly kind: 'let-through' | 'denied';
  readonly call: CountedCall;
}

/** What kubectl does by itself, or to look around, is no attempt at anything. */
const HARMLESS: ReadonlySet<Json | undefined> = new Set(['discovery', 'telemetry', 'read']);
const READING: ReadonlySet<Json | undefined> = new Set([...HARMLESS, 'sensitive_read']);
/** Classes whose dry runs change nothing for certain. */
const REHEARSED: ReadonlySet<Json | undefined> = new Set(['write', 'delete']);
/** Denials that say nothing of the agent: it was stopped already, advises only, or the policy itself failed. */
const NO_ATTEMPT: ReadonlySet<Json | undefined> = new Set([
  'gate/freeze',
  'freeze/active',
  'gate/level-zero',
  'gate/policy-fault',
]);

/** What the body of a `decided` event means; undefined for all that nothing is counted of. */
export function happeningIn(decision: string, body: JsonObject): Happening | undefined {
  const { did, agent, reverts } = body;
  // Who takes a decision back is no agent, and how that ends is told by an event of its own.
  if (isObject(reverts)) return undefined;
  if (!isObject(agent) || typeof agent.id !== 'string') return undefined;
  const { name, dryRun } = actionIn(body);
  if (did === 'allow') {
    const changes = !READING.has(name) && !(dryRun === true && REHEARSED.has(name)) && !runsAsDryRun(body);
    return changes ? { kind: 'let-through', call: callIn(decision, agent.id, body) } : undefined;
  }
  if (did !== 'deny' || HARMLESS.has(name) || dryRun === true || !isAttempt(body)) return undefined;
  return { kind: 'denied', call: callIn(decision, agent.id, body) };
}

/**
 * How a change that was let through ended, by the body of its `outcome` event; undefined when it never left, and when the gate
 * itself cut it or died over it: that stops nobody. What else nobody knows the end of has failed.
 */
export function endedAs({ scope }: CountedCall, { state, sent, status }: JsonObject): 'done' | 'failed' | undefined {
  if (state === 'cut' || state === 'lost') return undefined;
  const reach = scope === 'object' ? ({ blast: { scope } } as const) : undefined;
  const known = typeof status === 'number' ? status : undefined;
  const ending = endingOf({ facts: reach }, { sent: sent !== false, status: known });
  if (ending.kind === 'not-sent') return undefined;
  if (ending.kind === 'refused') return ending.failed ? 'failed' : undefined;
  return ending.kind;
}

function callIn(decision: string, agent: string, { agent: who, input }: JsonObject): CountedCall {
  const intent = isObject(who) ? who.intent : undefined;
  const runbook = memberOf(memberOf(input, 'claims'), 'runbook');
  const scope = memberOf(memberOf(input, 'blast'), 'scope');
  return {
    ...{ decision, agent },
    runbook: typeof runbook === 'string' && runbook !== 'unknown' ? runbook : undefined,
    services: servicesIn(memberOf(memberOf(input, 'target'), 'labels')),
    intent: typeof intent === 'string' ? intent : undefined,
    scope: typeof scope === 'string' ? scope : 'unknown',
  };
}

function servicesIn(labels: Json | undefined): readonly string[] {
  const named = new Set(
    ['route', 'namespace', 'object'].map((source) => memberOf(memberOf(labels, source), 'service')),
  );
  if (named.has('unknown')) return [];
  return [...named].filter((name) => typeof name === 'string' && name !== 'none').map(String);
}

/** As the policy saw it, or as the gate described it where the policy was not asked. */
function actionIn({ input, call }: JsonObject): { readonly name: Json | undefined; readonly dryRun: Json | undefined } {
  const action = memberOf(input, 'action');
  if (isObject(action)) return { name: action.class, dryRun: action.dry_run };
  return { name: memberOf(call, 'class'), dryRun: memberOf(call, 'dry_run') };
}

/** The word of a policy or of the gate's own guards, on what the agent asked for: no trouble of the gate's own. */
function isAttempt({ by, reasons, judgement, request }: JsonObject): boolean {
  const rules = (isArray(reasons) ? reasons : []).map((reason) => memberOf(reason, 'rule'));
  if (rules.some((rule) => NO_ATTEMPT.has(rule))) return false;
  const advised = [judgement, request].some((judged) => isObject(memberOf(memberOf(judged, 'verdict'), 'advice')));
  return !advised && (by === 'policy' || rules.some((rule) => typeof rule === 'string' && rule.startsWith('gate/')));
}

function runsAsDryRun({ by, judgement }: JsonObject): boolean {
  const obligations = memberOf(memberOf(judgement, 'verdict'), 'obligations');
  if (by !== 'policy' || !isArray(obligations)) return false;
  return obligations.some((obligation) => memberOf(obligation, 'name') === 'as-dry-run');
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}
