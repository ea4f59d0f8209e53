import type { Hold, Reason } from '../decide/verdict.ts';
import type { Json, JsonObject } from '../json.ts';
import { verdictJson } from '../record/case-events.ts';
import type { CaseFile, Decision } from '../record/case-file.ts';
import type { Plan } from './plan.ts';

/** One call of a plan on its way: how far it came, or why no further. */
export interface Judged {
  readonly call: Plan['calls'][number];
  file: CaseFile | undefined;
  refused: { readonly by: Decision['by']; readonly reasons: readonly Reason[] } | undefined;
}

/** Enough of an object's change for whoever plans it. */
const MOST_CHANGES = 50;

/** What would become of the plan, for the agent: each call, and all the approvals that it will need. */
export function planAnswer(id: string, judged: readonly Judged[], named: (text: string) => string): JsonObject {
  const calls = judged.map((one) => callAnswer(one, named));
  const did = judged.map(outcomeOf);
  return {
    preflight: id,
    // Whole plans run, or wait, or do not run.
    outcome: did.includes('deny') ? 'deny' : did.includes('hold') ? 'hold' : 'allow',
    approvals: approvalsOf(judged),
    calls,
  };
}

/** What the record keeps of a call of a plan; what it was measured by is in `asked`, and in `decided` when people were asked. */
export function recordedCall(one: Judged): JsonObject {
  const { file, call } = one;
  return {
    decision: file?.id ?? null,
    route: call.route,
    method: call.method,
    path: file?.described?.path ?? 'unread',
    action: file?.described?.action.name ?? 'unknown',
    did: outcomeOf(one),
    tier: file?.judgement?.verdict.tier ?? 'unknown',
    environment: file?.judgement?.verdict.environment ?? 'unknown',
    reasons: reasonsOf(one).map(({ rule }) => rule),
    blast: { ...file?.facts?.blast },
    bundle: file?.judgement?.bundleDigest ?? null,
    held: file?.held?.id ?? null,
  };
}

function outcomeOf({ file, refused }: Judged): Decision['did'] {
  return refused === undefined ? (file?.decision?.did ?? 'deny') : 'deny';
}

function reasonsOf({ file, refused }: Judged): readonly Reason[] {
  return refused?.reasons ?? file?.decision?.reasons ?? [];
}

function callAnswer(one: Judged, named: (text: string) => string): JsonObject {
  const { file, call, refused } = one;
  const { facts, decision } = file ?? {};
  const verdict = refused === undefined ? decision?.verdict : undefined;
  const tell = ({ rule, message, fix }: Reason): JsonObject => ({ rule, message: named(message), fix: named(fix) });
  const { holds = [], obligations = [], advice = null } = verdict === undefined ? {} : verdictJson(verdict);
  return {
    call: { route: call.route, method: call.method, path: file?.described?.path ?? 'unread' },
    decision: file?.id ?? null,
    outcome: outcomeOf(one),
    by: refused?.by ?? decision?.by ?? 'gate',
    tier: verdict?.tier ?? 'unknown',
    environment: verdict?.environment ?? 'unknown',
    reasons: reasonsOf(one).map(tell),
    warnings: (verdict?.warnings ?? []).map(tell),
    holds,
    obligations,
    advice,
    approved: decision?.approved?.id ?? null,
    held: file?.held?.id ?? null,
    blast: facts === undefined ? null : { ...facts.blast },
    wayBack: facts === undefined ? null : { ...facts.wayBack },
    changes: facts === undefined ? [] : facts.changes.slice(0, MOST_CHANGES).map((change): Json => ({ ...change })),
  };
}

/** What people, windows and evidence are asked for, each once, with the calls that need it. */
function approvalsOf(judged: readonly Judged[]): readonly Json[] {
  const needed = new Map<string, { hold: Hold; calls: number[] }>();
  for (const [at, one] of judged.entries()) {
    if (outcomeOf(one) !== 'hold') continue;
    for (const hold of one.file?.decision?.verdict?.holds ?? []) {
      const groups = [...hold.groups].sort();
      const key = JSON.stringify([hold.kind, hold.key, groups]);
      const there = needed.get(key);
      if (there === undefined) needed.set(key, { hold: { ...hold, groups }, calls: [at] });
      else {
        there.calls.push(at);
        there.hold = {
          ...there.hold,
          quorum: Math.max(there.hold.quorum, hold.quorum),
          until: [hold.until, there.hold.until].sort()[1] ?? '',
        };
      }
    }
  }
  return [...needed.values()].map(({ hold, calls }) => ({ ...hold, groups: [...hold.groups], calls }));
}
