import type { FreezeView } from '../../decide/decider.ts';
import type { Verdict } from '../../decide/verdict.ts';
import { may, type Role } from '../../identify/permissions.ts';
import type { Agent, Principal } from '../../identify/principal.ts';
import type { CaseFile } from '../../record/case-file.ts';

/** Who takes a decision back: an operator by their id, or the gate by itself. */
export type RevertedBy = { readonly kind: 'operator'; readonly id: string } | { readonly kind: 'gate' };

/** The gate, as the record names who acted. */
const GATE = 'gate';
/** Names that no agent can have: an agent's id has no colon. */
const OPERATOR_PREFIX = 'operator:';
const GATE_ACTOR = 'sallyport:gate';

/** `by` as events say it. */
export function nameOf(by: RevertedBy): string {
  return by.kind === 'gate' ? GATE : by.id;
}

const ANYWHERE = ['*'];
const LONG_AGO = '1970-01-01T00:00:00.000Z';
const FOR_EVER = '9999-12-31T23:59:59.999Z';

/**
 * Who reverts, in the shape in which the stages know callers. Its reach is the one decision that it takes back, which the gate has
 * read from its own record; so the grant names no place, and the lowest level at which anything may be judged: a policy that
 * knows nothing of reverts denies it.
 */
export function principalOf(by: RevertedBy, why: string, intent: string | undefined): Principal {
  return {
    agent: agentOf(by, why),
    credential: by.kind,
    credentialId: nameOf(by),
    intent,
    credentialExpires: FOR_EVER,
  };
}

function agentOf(by: RevertedBy, why: string): Agent {
  return {
    id: by.kind === 'gate' ? GATE_ACTOR : OPERATOR_PREFIX + by.id,
    team: 'none',
    owner: nameOf(by),
    level: 1,
    narrowed: [],
    scope: {
      ...{ routes: ANYWHERE, environments: ANYWHERE, services: ANYWHERE, teams: ANYWHERE, namespaces: ANYWHERE },
      ...{ accounts: ANYWHERE, tools: ANYWHERE },
    },
    identities: [],
    grantedBy: nameOf(by),
    grantedAt: LONG_AGO,
    why,
    expires: FOR_EVER,
    revokedAt: null,
    tokensNotBefore: null,
  };
}

function actorOf(id: string): RevertedBy | undefined {
  if (id === GATE_ACTOR) return { kind: 'gate' };
  return id.startsWith(OPERATOR_PREFIX) ? { kind: 'operator', id: id.slice(OPERATOR_PREFIX.length) } : undefined;
}

/** An operator who orders a revert is whom the policy asks for; windows and evidence are nobody's to give. */
export function operatorAnswers(
  { principal }: Pick<CaseFile, 'principal'>,
  { holds }: Pick<Verdict, 'holds'>,
): boolean {
  return principal?.credential === 'operator' && holds.every(({ kind }) => kind === 'people');
}

/** Somebody who may act now, with the role that they have now; undefined: nobody any more. */
export type FindOperator = (id: string) => { readonly role: Role } | undefined;

/** Those who revert, as the decider knows callers: an operator for as long as they may, the gate always. */
export class Actors {
  readonly #find: FindOperator;

  constructor(find: FindOperator) {
    this.#find = find;
  }

  agent(id: string): Agent | undefined {
    const by = actorOf(id);
    if (by === undefined || (by.kind === 'operator' && this.#operator(by.id) === undefined)) return undefined;
    return agentOf(by, 'takes a decision back');
  }

  /** Their tokens are asked for by the operations API. */
  isTokenRevoked(): boolean {
    return false;
  }

  /**
   * Whether a freeze stops a revert by this actor. One of everything always does. One of an agent or a runbook never does: taking
   * back what they did is what it is for. Any other (a route, an environment, a service, a team) was set about a place: one that
   * people set stops the gate, and an operator unless they may lift it.
   */
  isBoundBy({ scope, by }: Pick<FreezeView, 'scope' | 'by'>, actor: string): boolean {
    if (scope.kind === 'everything') return true;
    if (scope.kind === 'agent' || scope.kind === 'runbook') return false;
    const reverting = actorOf(actor);
    if (reverting?.kind !== 'operator') return by !== GATE;
    const operator = this.#operator(reverting.id);
    return operator === undefined || !may(operator, 'freezes.lift');
  }

  #operator(id: string): { readonly role: Role } | undefined {
    const operator = this.#find(id);
    return operator !== undefined && may(operator, 'reverts.write') ? operator : undefined;
  }
}
