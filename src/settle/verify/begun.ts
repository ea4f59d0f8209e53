import { freezeSubjectOf } from '../../decide/freeze-subject.ts';
import { changedEvent } from '../../identify/changed-event.ts';
import type { Sources } from '../../identify/sources.ts';
import type { JsonObject } from '../../json.ts';
import type { CaseFile } from '../../record/case-file.ts';
import type { DecisionRecord, LogEvent } from '../../record/store.ts';
import type { Verification } from './verification.ts';

/** The verification of an allowed call, before anything leaves; undefined where its verdict obliges the gate to none. */
export function begun(file: CaseFile, since: string): Verification | undefined {
  const { verification: duty, principal, described, judgement, route } = file;
  if (duty === undefined || principal === undefined || described === undefined) return undefined;
  const { plan, watched, canary, fallback } = duty;
  const { runbook } = described.claims;
  const { environments, services, teams, ...subject } = freezeSubjectOf(file);
  return {
    ...{ id: file.id, state: 'awaiting', plan, agent: principal.agent.id, intent: principal.intent ?? null },
    ...{ runbook: runbook === 'unknown' ? null : runbook, route: route.name, action: described.action.name },
    environment: judgement?.verdict.environment ?? 'unknown',
    watched: { ...watched },
    subject: { ...subject, environments: [...environments], services: [...services], teams: [...teams] },
    ...{ since, started: null, ended: null, looks: 0, progress: [], seen: [] },
    canary: canary === undefined ? null : { ...canary, step: 'first' },
    ...{ why: '', fallback: fallback ? 'promised' : 'none' },
  };
}

/** What was refused did not run; what nobody knows the end of may have. */
export function mayHaveRun(sent: boolean, status: number | undefined): boolean {
  return sent && (status === undefined || status < 300 || status >= 500);
}

/** The same, of a call that an earlier run of the gate sent: of what was lost nobody knows whether it was sent. */
export function mayHaveRunBefore(outcome: DecisionRecord['outcome']): boolean {
  const { sent, status } = outcome ?? {};
  if (typeof sent !== 'boolean') return true;
  return mayHaveRun(sent, typeof status === 'number' ? status : undefined);
}

/** An event of a verification, found by the decision, the agent, the intent and the runbook. */
export function verificationEvent(
  { id, agent, intent, runbook, route, action, environment, watched }: Verification,
  { what, why, after }: { readonly what: string; readonly why: string; readonly after: JsonObject },
  sources: Sources,
): LogEvent {
  const about = {
    ...{ decision: id, agent, route, action, environment },
    ...{ namespace: watched.namespace, name: watched.name },
    ...(intent === null ? {} : { intent }),
    ...(runbook === null ? {} : { runbook }),
  };
  return changedEvent({ what, by: 'gate', why, about, before: null, after }, sources, sources.now());
}
