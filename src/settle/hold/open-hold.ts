import type { EscalationGraph } from '../../decide/escalation.ts';
import type { Hold } from '../../decide/verdict.ts';
import { operatorWhoOpened } from '../../intents/intent.ts';
import type { CaseFile } from '../../record/case-file.ts';
import { changeKey, requestKey } from './bound-to.ts';
import type { HeldCall, HeldSubject } from './held-call.ts';

/** Whom a hold is brought before, and how long people have. Milliseconds. */
export interface HoldTerms {
  readonly escalation: EscalationGraph;
  /** To decide. */
  readonly decideWithin: number;
  /** For the approved call to come again. */
  readonly runWithin: number;
}

/** What is not the call's own. */
export interface OpeningParts {
  readonly terms: HoldTerms;
  readonly nonce: string;
  readonly now: Date;
}

/** The hold of a call that was judged to need people or a window. */
export function openHold(file: CaseFile, { terms, nonce, now }: OpeningParts): HeldCall {
  const { principal, described, decision } = file;
  const [request, change] = [requestKey(file), changeKey(file)];
  const holds = decision?.verdict?.holds ?? [];
  if (principal === undefined || described === undefined || change === undefined || request === undefined)
    throw new TypeError('only what was measured is held');
  const opens = opening(holds);
  const decideBy = new Date(Math.max(now.getTime(), opens) + terms.decideWithin);
  // Where only a window is waited for there is nothing that people could decide, but to take it back.
  const isReady = holds.every(({ kind }) => kind !== 'people');
  const runBy = isReady ? new Date(Math.max(now.getTime(), opens) + terms.runWithin).toISOString() : null;
  return {
    id: file.id,
    state: isReady ? 'approved' : 'waiting',
    agent: principal.agent.id,
    owner: principal.agent.owner,
    route: file.route.name,
    intent: principal.intent ?? null,
    openedBy: operatorWhoOpened(file.intent),
    group: described.group === 'unknown' ? null : described.group,
    openedAt: now.toISOString(),
    decideBy: decideBy.toISOString(),
    runWithin: terms.runWithin,
    runBy,
    holds,
    ...(isReady ? {} : { escalation: terms.escalation }),
    approvals: [],
    subject: subjectOf(file),
    digests: { request, change },
    uid: file.facts?.uid ?? 'unknown',
    nonce,
    ended: null,
    ranAs: null,
  };
}

/** When the last of the windows opens, in milliseconds since the epoch; 0 when none is waited for. */
function opening(holds: readonly Hold[]): number {
  return Math.max(0, ...holds.filter(({ kind, until }) => kind === 'window' && until !== '').map(windowOf));
}

function windowOf({ until }: Hold): number {
  return Date.parse(until);
}

function subjectOf({ principal, described, facts, decision, judgement, route, head }: CaseFile): HeldSubject {
  const verdict = decision?.verdict;
  const { labels } = facts ?? {};
  const [of, to, at] = [labels?.route, labels?.namespace, labels?.object];
  const named = (meaning: 'environment' | 'service' | 'team') => [
    ...new Set([of?.[meaning], to?.[meaning], at?.[meaning]].filter((name) => name !== undefined && name !== 'none')),
  ];
  const claims = described?.claims;
  const environment = verdict?.environment ?? 'unknown';
  return {
    action: described?.action.name ?? 'unknown',
    class: facts?.touchesAuthority === true ? 'authority' : (described?.action.class ?? 'unknown'),
    tier: verdict?.tier ?? 'C',
    level: principal?.agent.level ?? 0,
    environment,
    environments: [...new Set([...named('environment'), environment])].filter((name) => name !== undefined),
    services: named('service').filter((name) => name !== undefined),
    teams: named('team').filter((name) => name !== undefined),
    runbook: claims?.runbook ?? 'unknown',
    method: head?.method ?? 'unknown',
    path: described?.path ?? 'unread',
    namespace: described?.target.namespace ?? 'none',
    name: described?.target.name ?? 'none',
    blast: { ...facts?.blast },
    wayBack: { ...facts?.wayBack },
    lost: facts?.lost ?? [],
    changes: facts?.changes ?? [],
    changeFrom: facts?.changeFrom ?? 'none',
    reasons: verdict?.reasons ?? [],
    warnings: verdict?.warnings ?? [],
    claims:
      claims === undefined ? {} : { ...claims, links: claims.links === 'unknown' ? 'unknown' : [...claims.links] },
    bundle: judgement?.bundleDigest ?? `none (route ${route.name})`,
  };
}
