import { createDecider, type Decider, Denied } from '../../decide/decider.ts';
import type { PolicyInput } from '../../decide/input.ts';
import type { Judgement } from '../../decide/judge.ts';
import { type Described, isReading } from '../../describe/action.ts';
import { SallyportError } from '../../errors.ts';
import type { Principal } from '../../identify/principal.ts';
import type { WireCall } from '../../listen/wire.ts';
import { refuseRepeated } from '../../listen/wire-path.ts';
import type { Freeze } from '../../operate/freeze.ts';
import { coveringFreezes } from '../../operate/freezes.ts';
import { CaseFile, type Decision } from '../../record/case-file.ts';
import { CAN } from '../../serve/policy.ts';
import { Actors, operatorAnswers } from '../../settle/revert/actor.ts';
import type { Seat } from './bench.ts';
import type { CallWriter } from './calls/call-writer.ts';
import { abilityIn } from './given-ability.ts';
import { principalOf, routeOf } from './given-agent.ts';
import { factsOf } from './given-facts.ts';
import { intentOf } from './given-intent.ts';
import { freezesOf, spendingOf } from './given-state.ts';
import type { Said } from './rule-probe.ts';
import type { Given } from './schema/given.ts';

/** What became of a scenario. */
export interface Ran {
  /** What the gate did. */
  readonly decision: Decision;
  /** Undefined when the gate's wire checks refused the call before anybody read it. */
  readonly judged: Judged | undefined;
}

/** The policy's own word, asked even where the gate has refused before it. */
export interface Judged {
  readonly described: Described;
  /** Of pass `facts`. */
  readonly input: PolicyInput;
  readonly judgement: Judgement;
  /** What each rule had to say in that pass, what the verdict leaves out included. */
  readonly said: readonly Said[];
}

const ID = '00000000000000000000000000';
const REVERTED = '00000000000000000000000001';

/**
 * Takes a scenario's call through the stages of `gate.ts`: the wire checks, the surface's reading, the guards, pass `request`, and pass `facts`
 * with the facts and the state that the scenario gives.
 * @throws SallyportError `request/invalid` when the call cannot be written
 */
export function runScenario(given: Given, seat: Seat, writer: CallWriter): Ran {
  const route = routeOf(given);
  let call: WireCall;
  try {
    const { object, body, headers, time, facts } = given;
    call = writer.write({
      ...{ text: given.call, object, body, headers: { ...headers, ...claimHeaders(given) }, route, time },
      exists: facts.exists !== false,
    });
    refuseRepeated(call.path, writer.reader.repeatable);
  } catch (thrown) {
    if (!(thrown instanceof SallyportError) || thrown.code === 'request/invalid') throw thrown;
    const reasons = [{ rule: thrown.code, message: thrown.message, fix: thrown.fix ?? '' }];
    return { decision: { did: 'deny', by: 'gate', reasons, verdict: undefined }, judged: undefined };
  }
  const described = claiming(writer.reader.describe(call), given);
  const principal = principalOf(given);
  const decider = deciderOf(given, seat, principal);
  const opened = (): CaseFile => {
    const file = new CaseFile(ID, new Date(given.time), route, call, 0);
    file.principal = principal;
    file.intent = intentOf(given);
    file.call = call;
    file.described = described;
    file.reverts = revertsOf(given);
    file.facts = factsOf(given.facts, described, route.labels, file.time);
    return file;
  };
  const judged = opened();
  decider.decide(judged);
  const { input, judgement } = judged;
  if (input === undefined || judgement === undefined) throw new TypeError('decide() judges');
  return {
    decision: decideAsGate(decider, opened()),
    judged: { described, input, judgement, said: seat.probe?.ask(input) ?? [] },
  };
}

/** As `gate.ts`: the guards, then for what has to be measured the rules that need no facts, then everything. */
function decideAsGate(decider: Decider, file: CaseFile): Decision {
  try {
    decider.guard(file);
    if (file.described !== undefined && !isReading(file.described.action)) {
      const { facts } = file;
      file.facts = undefined;
      decider.ask(file);
      file.facts = facts;
    }
    decider.decide(file);
  } catch (thrown) {
    if (!(thrown instanceof Denied)) throw thrown;
    return { did: 'deny', by: thrown.by, reasons: thrown.reasons, verdict: file.asked?.verdict };
  }
  if (file.decision === undefined) throw new TypeError('decide() decides');
  return file.decision;
}

function deciderOf(given: Given, seat: Seat, principal: Principal): Decider {
  const freezes = freezesOf(given);
  const now = new Date(given.time);
  const actors = new Actors(() => ({ role: 'operator' }));
  const stops = (freeze: Freeze, agent: string) => given.reverts === undefined || actors.isBoundBy(freeze, agent);
  return createDecider({
    judge: () => seat.judge,
    freezes: {
      covering: (at, subject) => coveringFreezes(freezes, at, subject).filter((freeze) => stops(freeze, subject.agent)),
    },
    registry: { agent: () => principal.agent, isTokenRevoked: () => false },
    answersFor: operatorAnswers,
    now: () => now,
    ledger: {
      came: () => {},
      view: (subject) => spendingOf(given.state, subject),
      reserve: (decision) => ({ op: 'reserve', decision, time: now.toISOString(), accounts: [], body: {} }),
    },
    can: given.state.can ?? CAN,
    ability: (file) => abilityIn(file, given, seat.settings),
  });
}

function revertsOf({ reverts }: Given): CaseFile['reverts'] {
  return reverts === undefined ? undefined : { decision: REVERTED, ...reverts };
}

/** Claims that have a header come by it. */
function claimHeaders({ claims }: Given): Readonly<Record<string, string>> {
  const { reason, incident, intent, confidence } = claims;
  const headers = { Intent: intent, Reason: reason, Incident: incident, Confidence: confidence?.toString() };
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value === 'unknown' ? [] : [[`Sallyport-${name}`, value]],
    ),
  );
}

/** The others come with the intent that the call is bound to. */
function claiming(described: Described, { claims }: Given): Described {
  return {
    ...described,
    claims: {
      ...described.claims,
      runbook: claims.runbook ?? 'unknown',
      alert: claims.alert ?? 'unknown',
      incidentClass: claims.incident_class ?? 'unknown',
      plan: claims.plan ?? 'unknown',
      links: claims.links ?? 'unknown',
      successSignal: claims.success_signal ?? 'unknown',
    },
  };
}
