import type { Judgement } from '../decide/judge.ts';
import type { Reason, Verdict } from '../decide/verdict.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Delivery } from '../settle/delivery.ts';
import { dutyToJson } from '../settle/verify/duty.ts';
import type { CaseFile } from './case-file.ts';
import type { LogEvent } from './store.ts';

/** Recorded before an upstream is asked for facts: who wanted what, and that pass `request` let it ask. */
export function askedEvent(file: CaseFile, now: Date): LogEvent {
  return {
    kind: 'asked',
    id: file.id,
    time: now.toISOString(),
    body: { ...who(file), request: judged(file.asked) },
    ...linksOf(file),
  };
}

/**
 * The decision. It carries the policy's whole input, so that it can be judged again (R3), and beside it what policy does
 * not see: where each fact came from, the redacted change, who granted the authority and why (T4).
 */
export function decidedEvent(file: CaseFile, now: Date): LogEvent {
  const { decision, facts } = file;
  return {
    kind: 'decided',
    id: file.id,
    time: now.toISOString(),
    body: {
      ...who(file),
      did: decision?.did ?? 'deny',
      by: decision?.by ?? 'gate',
      reasons: (decision?.reasons ?? []).map(reason),
      input: file.input ?? null,
      request: judged(file.asked),
      judgement: judged(file.judgement),
      facts:
        facts === undefined
          ? null
          : {
              sources: facts.sources.map((source) => ({ ...source })),
              gaps: [...facts.gaps],
              lost: [...(facts.lost ?? [])],
              changes: facts.changes.map((change) => ({ ...change })),
              change_from: facts.changeFrom,
              touches_authority: facts.touchesAuthority,
            },
      ...(file.verification === undefined ? {} : { verification: dutyToJson(file.verification) }),
      epoch: file.epoch,
      ...holdOf(file),
      ...(file.reverts === undefined ? {} : { reverts: { ...file.reverts } }),
    },
    ...linksOf(file),
  };
}

/** How it ended. `state`: `answered`, `broken`, `cut`, `not-sent`, `refused`; `lost` is written by the next start. A stream tells its bytes each way. */
export function outcomeEvent(file: CaseFile, delivery: Delivery, now: Date): LogEvent {
  return {
    kind: 'outcome',
    id: file.id,
    time: now.toISOString(),
    body: {
      state: stateOf(delivery),
      end: delivery.end,
      sent: delivery.sent,
      status: delivery.status ?? null,
      bytes: delivery.bytes,
      ...(delivery.stream === undefined
        ? {}
        : { stream: { bytes_in: delivery.stream.bytesIn, bytes_out: delivery.stream.bytesOut } }),
      ms: now.getTime() - file.at.getTime(),
      error: delivery.error === undefined ? null : { code: delivery.error.code, message: delivery.error.message },
    },
    ...linksOf(file),
  };
}

/** What belongs to an intent or to a hold is found by it, and a revert by what it takes back. */
function linksOf({ principal, held, decision, reverts }: CaseFile): Pick<LogEvent, 'links'> {
  const links = principal?.intent === undefined ? [] : [`intent:${principal.intent}`];
  const hold = decision?.approved ?? held;
  if (hold !== undefined) links.push(`hold:${hold.id}`);
  if (reverts !== undefined) links.push(`decision:${reverts.decision}`);
  return links.length === 0 ? {} : { links };
}

/** The hold that it opened or joined, or by whose approvals it was allowed. */
function holdOf({ held, decision }: CaseFile): JsonObject {
  if (decision?.approved !== undefined) {
    const { id, approvals, nonce } = decision.approved;
    return {
      approved: { hold: id, nonce, approvals: approvals.map((each) => ({ ...each, groups: [...each.groups] })) },
    };
  }
  return held === undefined ? {} : { hold: held.id };
}

function stateOf(delivery: Delivery): string {
  if (!delivery.sent) return 'not-sent';
  if (delivery.end === 'cut') return 'cut';
  return delivery.end === 'complete' ? 'answered' : 'broken';
}

function who(file: CaseFile): JsonObject {
  const { principal, described, head, route } = file;
  return {
    call: {
      surface: route.surface,
      route: route.name,
      method: head?.method ?? 'unknown',
      path: described?.path ?? 'unread',
      digest: described?.digest ?? 'none',
      peer: head?.peer.address ?? 'unknown',
      action: described?.action.name ?? 'unknown',
      class: described?.action.class ?? 'unknown',
      dry_run: described?.action.dryRun ?? 'unknown',
      namespace: described?.target.namespace ?? 'none',
      name: described?.target.name ?? 'none',
    },
    agent:
      principal === undefined
        ? null
        : {
            id: principal.agent.id,
            level: principal.agent.level,
            granted_by: principal.agent.grantedBy,
            granted_at: principal.agent.grantedAt,
            why: principal.agent.why,
            credential: principal.credential,
            credential_id: principal.credentialId,
            intent: principal.intent ?? null,
          },
  };
}

function judged(judgement: Judgement | undefined): Json {
  if (judgement === undefined) return null;
  const { verdict, fuel, bundleDigest, revision, fault } = judgement;
  return {
    verdict: verdictJson(verdict),
    fuel,
    bundle: { digest: bundleDigest, revision },
    fault: fault === undefined ? null : { code: fault.code, message: fault.message },
  };
}

/** A verdict as plain JSON, for the record and for people's tools. */
export function verdictJson(verdict: Verdict): JsonObject {
  return {
    outcome: verdict.outcome,
    tier: verdict.tier,
    environment: verdict.environment,
    reasons: verdict.reasons.map(reason),
    warnings: verdict.warnings.map(reason),
    holds: verdict.holds.map((hold) => ({ ...hold, groups: [...hold.groups] })),
    obligations: verdict.obligations.map((obligation) => ({ name: obligation.name, params: { ...obligation.params } })),
    advice:
      verdict.advice === undefined
        ? null
        : {
            level: verdict.advice.level,
            outcome: verdict.advice.outcome,
            holds: verdict.advice.holds.map((hold) => ({ ...hold, groups: [...hold.groups] })),
            obligations: verdict.advice.obligations.map((obligation) => ({
              name: obligation.name,
              params: { ...obligation.params },
            })),
          },
  };
}

function reason({ rule, message, fix }: Reason): JsonObject {
  return { rule, message, fix };
}
