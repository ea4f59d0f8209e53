import { isReading } from '../describe/action.ts';
import type { Labels } from '../labels.ts';
import type { CaseFile } from '../record/case-file.ts';

/** What is known of a call when freezes are looked up. */
export interface FreezeSubject {
  readonly agent: string;
  readonly route: string;
  /**
   * Every environment name that any fact or the policy gives for the call. `none` says nothing; when nothing is left, or
   * one of them is `unknown`, a freeze of any environment covers the call.
   */
  readonly environments: readonly string[];
  /** The services that any label of the target names; `unknown` among them means that a freeze of any service covers the call. */
  readonly services: readonly string[];
  /** The same of the teams that own the target, whichever team the agent is of. */
  readonly teams: readonly string[];
  /** The runbook that the call claims to follow; `unknown`: none, and then no freeze of a runbook covers it. */
  readonly runbook: string;
  /** The call only reads. */
  readonly reading: boolean;
}

/** What freezes are looked up by, as far as the call has come: before measuring, the labels that the route declares. */
export function freezeSubjectOf(file: CaseFile): FreezeSubject {
  const { principal, described, route } = file;
  if (principal === undefined || described === undefined)
    throw new TypeError('a call is looked up once it is known whose and what it is');
  return {
    agent: principal.agent.id,
    route: route.name,
    environments: environmentsOf(file),
    services: namesOf(file, 'service'),
    teams: namesOf(file, 'team'),
    runbook: described.claims.runbook,
    reading: isReading(described.action),
  };
}

function environmentsOf({ facts, judgement, route }: CaseFile): readonly string[] {
  if (facts === undefined) return [route.labels.environment === 'none' ? 'undeclared' : route.labels.environment];
  const { labels } = facts;
  const names = [labels.route.environment, labels.namespace.environment, labels.object.environment];
  if (judgement !== undefined) names.push(judgement.verdict.environment);
  return names;
}

/** No source overrules another: what one names is named. */
function namesOf({ facts, route }: CaseFile, dimension: keyof Labels): readonly string[] {
  const sources = facts === undefined ? [route.labels] : Object.values(facts.labels);
  const named = new Set(sources.map((labels) => labels[dimension]));
  named.delete('none');
  return [...named];
}
