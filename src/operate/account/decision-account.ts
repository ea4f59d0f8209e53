import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import type { DecisionRecord, Store } from '../../record/store.ts';
import { isLevelStep, levelHistory } from './level-history.ts';
import { type RecordedStep, stepJson, stepsOf } from './recorded-change.ts';

/**
 * The three questions of T4 about a decision, answered from the record alone: who granted the authority, what limited it, how
 * is it reconstructed.
 */
export async function accountOfDecision(
  store: Pick<Store, 'related' | 'leaves'>,
  record: DecisionRecord,
): Promise<JsonObject> {
  const { id, seq, decided } = record;
  const agent = isObject(decided.agent) ? decided.agent : undefined;
  const steps = await stepsOf(store, `decision:${id}`);
  const used = steps.find(({ what }) => what === 'hold.used');
  const hold = typeof used?.body.hold === 'string' ? used.body.hold : id;
  const held = await stepsOf(store, `hold:${hold}`);
  const history = typeof agent?.id === 'string' ? await historyUntil(store, agent.id, seq) : [];
  const all = [...new Map([...steps, ...held].map((step) => [step.seq, step])).values()].sort((a, b) => a.seq - b.seq);
  return {
    granted: {
      agent: agent?.id ?? null,
      level: agent?.level ?? null,
      by: agent?.granted_by ?? null,
      at: agent?.granted_at ?? null,
      why: agent?.why ?? null,
      credential: agent === undefined ? null : { kind: agent.credential ?? null, id: agent.credential_id ?? null },
      intent: agent?.intent ?? null,
      levels: history,
      approvals: approvalsOf(decided, held),
    },
    limited: limitsOf(decided),
    reconstructed: {
      position: seq,
      hash: await hashAt(store, seq),
      bundle: bundleOf(decided),
      input: isObject(decided.input),
      replay: `sallyport replay ${id}`,
      record: all.map(stepJson),
    },
  };
}

async function historyUntil(store: Pick<Store, 'related'>, agent: string, seq: number): Promise<readonly JsonObject[]> {
  const steps = await stepsOf(store, `agent:${agent}`, isLevelStep);
  return levelHistory(steps.filter((step) => step.seq < seq)).slice(-MOST_LEVELS);
}

const MOST_LEVELS = 20;

/** Those that policy was shown, or that the held call was given until then. */
function approvalsOf(decided: JsonObject, held: readonly RecordedStep[]): Json {
  const given = at(decided, 'input', 'state', 'approvals');
  if (isArray(given) && given.length > 0) return given;
  return held
    .filter(({ what }) => what === 'hold.approval' || what === 'hold.approved' || what === 'hold.denied')
    .map(stepJson);
}

function limitsOf(decided: JsonObject): JsonObject {
  const verdict = verdictOf(decided);
  const state = at(decided, 'input', 'state');
  return {
    did: decided.did ?? null,
    by: decided.by ?? null,
    scope: at(decided, 'input', 'agent', 'scope') ?? null,
    narrowed: at(decided, 'input', 'agent', 'narrowed') ?? [],
    tier: verdict?.tier ?? null,
    environment: verdict?.environment ?? null,
    rules: decided.reasons ?? [],
    warnings: verdict?.warnings ?? [],
    holds: verdict?.holds ?? [],
    obligations: verdict?.obligations ?? [],
    freezes: at(state, 'freezes') ?? [],
    counts: at(state, 'counts') ?? null,
    spent: at(state, 'spent') ?? null,
    expires: at(decided, 'input', 'agent', 'expires') ?? null,
  };
}

function verdictOf(decided: JsonObject): JsonObject | undefined {
  const verdict = at(decided, 'judgement', 'verdict') ?? at(decided, 'request', 'verdict');
  return isObject(verdict) ? verdict : undefined;
}

function bundleOf(decided: JsonObject): Json {
  return at(decided, 'judgement', 'bundle') ?? at(decided, 'request', 'bundle') ?? null;
}

async function hashAt(store: Pick<Store, 'leaves'>, seq: number): Promise<string | null> {
  const [leaf] = await store.leaves(seq, 1);
  return leaf === undefined ? null : `sha256:${Buffer.from(leaf.hash).toString('hex')}`;
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}
