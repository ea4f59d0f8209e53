import { ACTION_CLASSES, type Action, isReading } from '../../describe/action.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import type { Cell, MarkedAs } from './tally.ts';

/** A decision as trust sees it. */
export interface DecidedCall {
  readonly agent: string;
  readonly did: string;
  readonly cell: Cell;
  /** Somebody had approved it. */
  readonly approved: boolean;
}

/** What a `decided` event says; undefined when no agent that the gate knows asked. */
export function decidedCall(body: JsonObject): DecidedCall | undefined {
  const { agent, did, input, judgement, request, reverts } = body;
  // What takes a decision back is nobody's merit or fault but of whom it takes it back.
  if (isObject(reverts)) return undefined;
  if (!isObject(agent) || typeof agent.id !== 'string' || typeof did !== 'string') return undefined;
  const { action, state } = isObject(input) ? input : {};
  const verdict = verdictIn(judgement) ?? verdictIn(request);
  const name = classOf(isObject(action) ? action.class : undefined);
  const tier = typeof verdict?.tier === 'string' ? verdict.tier : 'none';
  return {
    agent: agent.id,
    did,
    cell: {
      environment: typeof verdict?.environment === 'string' ? verdict.environment : 'unknown',
      class: name,
      tier,
      kind: tier === 'A' || isReading({ class: name }) ? 'read' : 'change',
    },
    approved: isObject(state) && isArray(state.approvals) && state.approvals.length > 0,
  };
}

/** The cell of what concerns no call in particular. */
export const NO_CELL: Cell = { environment: 'unknown', class: 'unknown', tier: 'none', kind: 'change' };

/** How a call ended, of the two ways that count: `done` or `failed`; undefined when it never left. */
export function endOf({ state, status, sent }: JsonObject): 'done' | 'failed' | undefined {
  if (state === 'not-sent' || sent === false || state === 'refused') return undefined;
  // A stream that the gate cut went well until then.
  if (state === 'cut' && typeof status === 'number' && status < 400) return 'done';
  return state === 'answered' && typeof status === 'number' && status < 400 ? 'done' : 'failed';
}

/** What a `changed` event means for the trust in an agent. */
export type Effect =
  | { readonly kind: 'level'; readonly agent: string; readonly level: number }
  | { readonly kind: 'verified'; readonly agent: string | undefined; readonly decision: string | undefined }
  | {
      readonly kind: 'marked';
      readonly marks: readonly MarkedAs[];
      readonly agent: string | undefined;
      readonly decision: string | undefined;
      /** Decisions that it rests on, where they are several. */
      readonly evidence: readonly string[];
    };

/**
 * Which changes count, by what happened, and where it matters who did it.
 */
const MEANINGS: Readonly<Record<string, readonly { readonly as: MarkedAs | 'verified'; readonly by?: 'person' }[]>> = {
  'verification.passed': [{ as: 'verified' }],
  'verification.failed': [{ as: 'unverified' }],
  'revert.ran': [{ as: 'reverted' }, { as: 'taken_over', by: 'person' }],
  'hold.denied': [{ as: 'taken_over', by: 'person' }],
  'freeze.set': [{ as: 'taken_over', by: 'person' }],
  'stop.condition': [{ as: 'stops' }],
};

/** What a `changed` event says of an agent; undefined for all else, what is not known included. */
export function effectOf(body: JsonObject): Effect | undefined {
  const { what, by, agent, after } = body;
  const named = typeof agent === 'string' ? agent : scopedAgent(body);
  if (what === 'agent.added' || what === 'agent.promoted' || what === 'agent.demoted') {
    const level = isObject(after) ? after.level : undefined;
    return named === undefined || typeof level !== 'number' ? undefined : { kind: 'level', agent: named, level };
  }
  const meanings = typeof what === 'string' && Object.hasOwn(MEANINGS, what) ? MEANINGS[what] : undefined;
  const who = isPerson(by) ? 'person' : 'gate';
  const as = (meanings ?? []).filter((one) => one.by === undefined || one.by === who).map((one) => one.as);
  // A held call has the id of the decision that held it.
  const decision = [body.decision, body.hold].find((id) => typeof id === 'string');
  if (as.length === 0 || (named === undefined && decision === undefined)) return undefined;
  const marks = as.filter((one) => one !== 'verified');
  return marks.length === 0
    ? { kind: 'verified', agent: named, decision }
    : { kind: 'marked', marks, agent: named, decision, evidence: strings(body.decisions) };
}

/** Neither the gate by itself nor an agent (`agent:ID`): an operator. */
export function isPerson(by: Json | undefined): boolean {
  return typeof by === 'string' && by !== 'gate' && !by.startsWith('agent:');
}

function strings(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** A freeze of one agent names it in its scope. */
function scopedAgent({ after }: JsonObject): string | undefined {
  const scope = isObject(after) ? after.scope : undefined;
  return isObject(scope) && scope.kind === 'agent' && typeof scope.agent === 'string' ? scope.agent : undefined;
}

function verdictIn(judged: Json | undefined): JsonObject | undefined {
  return isObject(judged) && isObject(judged.verdict) ? judged.verdict : undefined;
}

function classOf(value: Json | undefined): Action['class'] {
  return ACTION_CLASSES.find((name) => name === value) ?? 'unknown';
}
