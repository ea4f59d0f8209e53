import { type Described, isReading } from '../describe/action.ts';
import { identityKey } from '../identify/agent.ts';
import type { Agent, Principal } from '../identify/principal.ts';
import { signalsInput } from '../intents/signals-input.ts';
import type { JsonObject } from '../json.ts';
import type { WireCall } from '../listen/wire.ts';
import type { Facts } from '../measure/facts.ts';
import type { CaseFile, Decision } from '../record/case-file.ts';
import type { HeldCall } from '../settle/hold/held-call.ts';
import { unmet } from '../settle/hold/quorum.ts';
import type { Ability } from '../settle/verify/duty.ts';
import { isAble, verificationDuty } from './abilities.ts';
import type { Ledger, Spending } from './budget/ledger.ts';
import { mayChange, subjectOf } from './budget/subject.ts';
import { type FreezeSubject, freezeSubjectOf } from './freeze-subject.ts';
import { guardAuthority, guardLevelZero, guardScope, guardUnreadable } from './guards.ts';
import type { Judge } from './judge.ts';
import { type CallParts, factsInput, type KnownState, requestInput } from './policy-input.ts';
import { isShadow, mayPassOver, strictlyNarrowed } from './shadow.ts';
import type { ObligationName, Reason, Verdict } from './verdict.ts';

/** Thrown where a call is refused before every rule was asked; carries the reasons that are shown and recorded. */
export class Denied extends Error {
  readonly reasons: readonly Reason[];
  readonly by: Decision['by'];

  constructor(by: Decision['by'], reasons: readonly Reason[]) {
    super(reasons[0]?.message ?? 'denied');
    this.by = by;
    this.reasons = reasons;
  }
}

/** A freeze as the decider needs it. */
export interface FreezeView {
  readonly id: string;
  readonly scope: { readonly kind: string } & Readonly<Record<string, string>>;
  readonly reads: boolean;
  readonly by: string;
  readonly why: string;
  readonly until: string | null;
}

export interface DeciderParts {
  /** The judge of the bundle that is in force now. */
  readonly judge: () => Judge;
  readonly freezes: {
    covering(now: Date, subject: FreezeSubject): readonly FreezeView[];
  };
  /** The agents as they are now: a grant may have changed since the call came. */
  readonly registry: { agent(id: string): Agent | undefined; isTokenRevoked(id: string): boolean };
  readonly now: () => Date;
  /** What was spent and counted so far. */
  readonly ledger: Pick<Ledger, 'came' | 'view' | 'reserve'>;
  /** Intents that calls may belong to now; one may have been closed since the call came. */
  readonly intents?: { isOpenFor(id: string, agent: string): boolean };
  /** Obligations that this gate can discharge. */
  readonly can: readonly string[];
  /** The approved hold that a measured call is bound to. */
  readonly approved?: (file: CaseFile) => HeldCall | undefined;
  /** Whether whoever asks is who the verdict's holds are for: an operator who takes a decision back. */
  readonly answersFor?: (file: CaseFile, verdict: Verdict) => boolean;
  /** What it can do so that it is known whether this call worked; absent: whatever `can` says. */
  readonly ability?: ((file: CaseFile) => Ability) | undefined;
}

export interface Decider {
  /** The gate's own guards on what the call itself shows. @throws Denied */
  guard(file: CaseFile): void;
  /** Pass `request`: the rules that need no facts. @throws Denied */
  ask(file: CaseFile): void;
  /**
   * Pass `facts`: every rule; then the gate's guards on what the facts have shown. Sets `file.decision`, and for a change that
   * may run `file.reservation`: in the same turn of the loop as the verdict, so that the next one is judged by what is left.
   */
  decide(file: CaseFile): void;
  /**
   * Everything once more, on the grant, the freezes and the bundle of now, for a call that was judged in an older epoch
   * or is streaming: why it may not go on, or undefined.
   */
  standing(file: CaseFile): Reason | undefined;
  /** Whether the grant or the credential has run out by itself: cheap enough to ask of every open stream all the time. */
  lapsed(file: CaseFile): Reason | undefined;
}

/** Binds the policy and the gate's guards: a bundle can add to the guards, never lift them. */
export function createDecider(parts: DeciderParts): Decider {
  const frozen = (file: CaseFile): Reason | undefined => frozenReason(parts, file);
  return {
    guard(file) {
      const { principal, described } = known(file);
      // A retry of a held call is no new call.
      if (file.repeats === undefined) parts.ledger.came(principal.agent.id, file.at.getTime());
      const reason =
        guardUnreadable(described) ??
        guardScope(principal.agent, file.route, described.target, described.action) ??
        frozen(file);
      if (reason !== undefined) throw new Denied('gate', [reason]);
    },

    ask(file) {
      file.input = requestInput({ ...known(file), ...identity(file), state: state(parts, file) });
      file.asked = parts.judge().judge(file.input);
      if (file.asked.verdict.outcome === 'deny' && !(isShadow(file.route, file.at) && mayPassOver(file.asked)))
        throw new Denied('policy', file.asked.verdict.reasons);
    },

    decide(file) {
      const { principal, described, call } = known(file);
      const { facts } = file;
      if (facts === undefined) throw new TypeError('decide() comes after measuring');
      file.approval = parts.approved?.(file);
      const judged = judgedAs(described, facts);
      const subject = isReading(judged.action) ? undefined : subjectOf(judged, principal, file.route.name, facts);
      const now = parts.now().getTime();
      const spending = subject === undefined ? {} : parts.ledger.view(subject, now);
      const ability = abilityOf(parts, file);
      file.input = factsInput(
        {
          ...identity(file),
          call,
          described: judged,
          principal,
          state: { ...state(parts, file, ability), ...spending },
        },
        facts,
      );
      file.judgement = parts.judge().judge(file.input);
      const { verdict } = file.judgement;
      const guarded =
        guardAuthority(described.action, facts) ??
        levelZero(file, principal.agent, described, facts, verdict) ??
        frozen(file);
      if (guarded !== undefined) file.decision = { did: 'deny', by: 'gate', reasons: [guarded], verdict };
      else if (verdict.outcome !== 'allow' && isShadow(file.route, file.at) && mayPassOver(file.judgement))
        file.decision = { did: 'allow', by: 'shadow', reasons: verdict.reasons, verdict };
      else if (verdict.outcome === 'hold' && isMet(verdict, file.approval, parts.now()))
        file.decision = { did: 'allow', by: 'policy', reasons: verdict.reasons, verdict, approved: file.approval };
      else if (verdict.outcome === 'hold' && parts.answersFor?.(file, verdict) === true)
        file.decision = { did: 'allow', by: 'policy', reasons: verdict.reasons, verdict };
      else file.decision = { did: verdict.outcome, by: 'policy', reasons: verdict.reasons, verdict };
      file.verification = verificationDuty(file.decision, ability);
      const { objects, pods, share } = facts.blast;
      file.reservation =
        subject !== undefined && mayChange(judged.action) && willRun(file.decision)
          ? parts.ledger.reserve(file.id, now, subject, verdict.environment, { objects, pods, share })
          : undefined;
    },

    lapsed(file) {
      const { principal } = known(file);
      return withdrawn(parts.registry.agent(principal.agent.id), principal, parts);
    },

    standing(file) {
      const { principal, described, call } = known(file);
      const { agent: then } = principal;
      const agent = parts.registry.agent(then.id);
      const gone = withdrawn(agent, principal, parts);
      if (gone !== undefined || agent === undefined) return gone;
      const over = intentOver(parts, file);
      if (over !== undefined) return over;
      const guarded = guardScope(agent, file.route, described.target, described.action) ?? frozen(file);
      const { facts } = file;
      if (guarded !== undefined || facts === undefined) return guarded;
      const { decision } = file;
      const now = { call, described: judgedAs(described, facts), principal: { ...principal, agent } };
      // What it takes was reserved when it was judged, and must not count against it now.
      const { counts, spent, failures } = file.input?.state ?? UNKNOWN_SPENDING;
      const standingState = { ...state(parts, file, abilityOf(parts, file)), counts, spent, failures };
      const again = parts.judge().judge(factsInput({ ...identity(file), ...now, state: standingState }, facts));
      const { verdict } = again;
      if (decision?.by === 'shadow')
        return (
          levelZero(file, agent, described, facts, verdict) ?? (mayPassOver(again) ? undefined : noLonger(verdict))
        );
      return (
        levelZero(file, agent, described, facts, verdict) ??
        (verdict.outcome === 'allow' ||
        (verdict.outcome === 'hold' &&
          (isMet(verdict, decision?.approved, parts.now()) || parts.answersFor?.(file, verdict) === true))
          ? newDuty(decision?.verdict, verdict)
          : noLonger(verdict))
      );
    },
  };
}

/** The gate only subtracts from a verdict's holds what people have met. */
function isMet(verdict: Verdict, approval: HeldCall | undefined, now: Date): approval is HeldCall {
  return approval !== undefined && unmet(verdict.holds, approval.approvals, now).length === 0;
}

const UNKNOWN_SPENDING: Spending = { counts: 'unknown', spent: 'unknown', failures: 'unknown' };

/** Whether the call leaves, and not as its dry run. */
function willRun({ did, by, verdict }: Decision): boolean {
  if (did !== 'allow') return false;
  return !(by === 'policy' && verdict?.obligations.some(({ name }) => name === 'as-dry-run'));
}

/** In shadow the policy's denial stops nothing, so the guard must not rely on it. */
function levelZero(
  file: CaseFile,
  agent: Agent,
  described: Described,
  facts: Facts,
  verdict: Verdict,
): Reason | undefined {
  const { environment, outcome } = verdict;
  const { service } = facts.labels.object;
  const where = { environment, service };
  return isShadow(file.route, file.at)
    ? guardLevelZero(strictlyNarrowed(agent), described.action, 'allow', where)
    : guardLevelZero(agent, described.action, outcome, where);
}

/** A policy need not give a reason; without one a call is stopped all the same. */
function noLonger({ outcome, reasons }: Verdict): Reason {
  const does = outcome === 'hold' ? 'holds' : 'denies';
  return (
    reasons[0] ?? {
      rule: 'gate/new-verdict',
      message: `the policy that is in force now ${does} this call`,
      fix: 'send it again to be told what it needs',
    }
  );
}

/** What has to be done before a call leaves, or to it: too late for one that was let go without. */
const BEFORE_IT_LEAVES: ReadonlySet<ObligationName> = new Set([
  ...(['capture', 'verify', 'canary', 'fallback', 'dry-run-first', 'as-dry-run'] as const),
]);

function newDuty(then: Verdict | undefined, now: Verdict): Reason | undefined {
  const promised = new Set(then?.obligations.map(({ name }) => name));
  const duty = now.obligations.find(({ name }) => BEFORE_IT_LEAVES.has(name) && !promised.has(name));
  if (duty === undefined) return undefined;
  return {
    rule: 'gate/new-bundle',
    message: `the policy that is in force now asks for ${duty.name}, for which it is too late`,
    fix: 'send it again to be judged anew',
  };
}

function withdrawn(agent: Agent | undefined, principal: Principal, parts: DeciderParts): Reason | undefined {
  const over = agent === undefined || agent.revokedAt !== null || Date.parse(agent.expires) <= parts.now().getTime();
  if (
    !over &&
    !isCredentialTaken(agent, principal) &&
    !parts.registry.isTokenRevoked(principal.credentialId) &&
    !(Date.parse(principal.credentialExpires) <= parts.now().getTime())
  )
    return undefined;
  return {
    rule: 'gate/revoked',
    message: `the authority of agent ${principal.agent.id} was withdrawn or has ended`,
    fix: `ask ${principal.agent.grantedBy}`,
  };
}

function intentOver({ intents }: DeciderParts, { intent }: CaseFile): Reason | undefined {
  if (intent === undefined || intents === undefined || intents.isOpenFor(intent.id, intent.agent)) return undefined;
  return {
    rule: 'gate/intent',
    message: `intent ${intent.id}, which this call belongs to, was closed meanwhile`,
    fix: 'open another one',
  };
}

/** Since the call came, all tokens were ended; or, for who is an agent by an identity, one of its identities was. */
function isCredentialTaken(agent: Agent, { agent: then, credential }: Principal): boolean {
  if (credential === 'token') return agent.tokensNotBefore !== then.tokensNotBefore;
  const left = new Set(agent.identities.map(identityKey));
  return then.identities.some((identity) => !left.has(identityKey(identity)));
}

/** A change of what facts are read from is judged as that, whatever kind of write it is. */
function judgedAs(described: Described, facts: Facts): Described {
  return facts.touchesAuthority === true
    ? { ...described, action: { ...described.action, class: 'authority' } }
    : described;
}

/** What the case file itself says of a call: its id, its time, by that time its evidence, and what it takes back. */
function identity({ id, time, intent, at, reverts }: CaseFile): Pick<CallParts, 'id' | 'time' | 'signals' | 'reverts'> {
  return { id, time, reverts, signals: signalsInput(intent, at) };
}

interface Known {
  readonly principal: Principal;
  readonly described: Described;
  readonly call: WireCall;
}

function known({ principal, described, call }: CaseFile): Known {
  if (principal === undefined || described === undefined || call === undefined)
    throw new TypeError('identify and describe come before decide');
  return { principal, described, call };
}

function frozenReason(parts: DeciderParts, file: CaseFile): Reason | undefined {
  const [freeze] = parts.freezes.covering(parts.now(), freezeSubjectOf(file));
  if (freeze === undefined) return undefined;
  const whom = freeze.by === 'gate' ? 'an operator' : freeze.by;
  const until = freeze.until === null ? 'until it is lifted' : `until ${freeze.until}`;
  return {
    rule: 'gate/freeze',
    message: `${describe(freeze.scope)} is frozen ${until}: ${freeze.why} (${freeze.id}, by ${freeze.by})`,
    fix: freeze.reads ? `wait, or ask ${whom}` : `reads still pass; wait, or ask ${whom}`,
  };
}

function describe(scope: FreezeView['scope']): string {
  const { kind, ...rest } = scope;
  return [kind, ...Object.values(rest)].join(' ');
}

/** Policy shows no more of a freeze's reason than this. */
const LONGEST_WHY = 256;

/**
 * Policy is told of the freezes of every environment, for it alone knows which names mean the same one; of each scope one
 * is enough.
 */
function state(
  parts: DeciderParts,
  file: CaseFile,
  ability?: Ability,
): KnownState & { readonly approvals: readonly JsonObject[] } {
  const byScope = new Map<string, FreezeView>();
  const anywhere = { ...freezeSubjectOf(file), environments: ['unknown'] };
  for (const freeze of parts.freezes.covering(parts.now(), anywhere)) byScope.set(describe(freeze.scope), freeze);
  const freezes = [...byScope.values()].map(({ id, scope, reads, by, why, until }) => ({
    id,
    scope: { ...scope },
    reads,
    by,
    why: why.slice(0, LONGEST_WHY),
    until: until ?? 'unknown',
  }));
  const approvals = (file.approval?.approvals ?? []).map(({ by, groups, at }) => ({ by, groups: [...groups], at }));
  const can = parts.can.filter((duty) => isAble(duty, known(file).described, ability));
  return { freezes, approvals, can, ...(ability === undefined ? {} : { verification: ability.standing }) };
}

/** What is only read is not verified, and of what was not measured nothing is known yet. */
function abilityOf(parts: DeciderParts, file: CaseFile): Ability | undefined {
  return file.facts === undefined || isReading(known(file).described.action) ? undefined : parts.ability?.(file);
}
