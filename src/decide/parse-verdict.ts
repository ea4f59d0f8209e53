import { SallyportError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import {
  type Advice,
  type Hold,
  OBLIGATIONS,
  type Obligation,
  type Outcome,
  type Reason,
  type Tier,
  type Verdict,
} from './verdict.ts';

const LONGEST_TEXT = 4096;
const LONGEST_LIST = 128;
const OUTCOMES: readonly Outcome[] = ['allow', 'hold', 'deny'];
const TIERS: readonly Tier[] = ['A', 'B', 'C'];
const KINDS: readonly Hold['kind'][] = ['people', 'window', 'evidence'];
const EFFECTS = { allow: false, hold: true } as const;

/**
 * Reads what an evaluation of `sallyport/decision` returned: the SDK's result set of one result that has exactly the
 * shape of `verdict.ts`. An `advice` of null is none. Whatever is odd is refused, never repaired.
 * @throws SallyportError `policy/nonsense` that names the field
 */
export function parseVerdict(result: unknown): Verdict {
  if (!Array.isArray(result) || result.length !== 1) {
    throw nonsense('the decision', result, 'exactly one result (is it undefined for this input?)');
  }
  const entry = record(result[0], 'the result', ['result']);
  const verdict = record(
    entry.result,
    'the decision',
    ['outcome', 'tier', 'environment', 'reasons', 'warnings', 'holds', 'obligations'],
    ['advice'],
  );
  const outcome = oneOf(verdict.outcome, 'outcome', OUTCOMES);
  const holds = list(verdict.holds, 'holds', readHold);
  checkHolds(outcome, holds, '');
  const advice = verdict.advice;
  return {
    outcome,
    tier: oneOf(verdict.tier, 'tier', TIERS),
    environment: text(verdict.environment, 'environment'),
    reasons: list(verdict.reasons, 'reasons', readReason),
    warnings: list(verdict.warnings, 'warnings', readReason),
    holds,
    obligations: list(verdict.obligations, 'obligations', readObligation),
    advice: advice === undefined || advice === null ? undefined : readAdvice(advice),
  };
}

function readReason(value: unknown, at: string): Reason {
  const reason = record(value, at, ['rule', 'message', 'fix']);
  const rule = text(reason.rule, `${at}.rule`);
  if (rule === '') throw nonsense(`${at}.rule`, rule, 'the name of a rule');
  return { rule, message: text(reason.message, `${at}.message`), fix: text(reason.fix, `${at}.fix`) };
}

function readHold(value: unknown, at: string): Hold {
  const hold = record(value, at, ['kind', 'key', 'groups', 'quorum', 'until']);
  const kind = oneOf(hold.kind, `${at}.kind`, KINDS);
  const key = text(hold.key, `${at}.key`);
  if (key === '') throw nonsense(`${at}.key`, key, 'a key');
  const quorum = hold.quorum;
  const least = kind === 'people' ? 1 : 0;
  if (typeof quorum !== 'number' || !Number.isInteger(quorum) || quorum < least || quorum > 100) {
    throw nonsense(`${at}.quorum`, quorum, `an integer of ${least} to 100`);
  }
  const until = text(hold.until, `${at}.until`);
  if (until !== '' && Number.isNaN(Date.parse(until))) throw nonsense(`${at}.until`, until, 'a time or nothing');
  return { kind, key, groups: list(hold.groups, `${at}.groups`, text), quorum, until };
}

function readObligation(value: unknown, at: string): Obligation {
  const obligation = record(value, at, ['name', 'params']);
  const name = oneOf(obligation.name, `${at}.name`, OBLIGATIONS);
  const given = obligation.params;
  if (!isObject(given)) throw nonsense(`${at}.params`, given, 'an object');
  const params: Record<string, boolean | number | string> = {};
  for (const [key, param] of Object.entries(given)) {
    if (name !== 'notify' || key !== 'now')
      throw nonsense(`${at}.params.${key}`, param, `no such parameter of ${name}`);
    if (typeof param !== 'boolean') throw nonsense(`${at}.params.now`, param, 'true or false');
    params[key] = param;
  }
  return { name, params };
}

function readAdvice(value: unknown): Advice {
  const advice = record(value, 'advice', ['level', 'outcome', 'holds', 'obligations']);
  const level = advice.level;
  if (typeof level !== 'number' || !Number.isInteger(level) || level < 0 || level > 5) {
    throw nonsense('advice.level', level, 'a level of 0 to 5');
  }
  const outcome = oneOf(advice.outcome, 'advice.outcome', OUTCOMES);
  const holds = list(advice.holds, 'advice.holds', readHold);
  checkHolds(outcome, holds, 'advice.');
  return { level, outcome, holds, obligations: list(advice.obligations, 'advice.obligations', readObligation) };
}

/** A call that is allowed waits for nothing, and one that is held waits for something. */
function checkHolds(outcome: Outcome, holds: readonly Hold[], at: string): void {
  if (outcome === 'deny' || EFFECTS[outcome] === holds.length > 0) return;
  throw nonsense(
    `${at}holds`,
    holds,
    outcome === 'hold' ? 'at least one hold, as the outcome is hold' : 'none, as the outcome is allow',
  );
}

function record(value: unknown, at: string, required: readonly string[], optional: readonly string[] = []): JsonObject {
  if (!isObject(value)) throw nonsense(at, value, 'an object');
  for (const key of required) if (!Object.hasOwn(value, key)) throw nonsense(`${at}.${key}`, undefined, 'a value');
  for (const key of Object.keys(value)) {
    if (!required.includes(key) && !optional.includes(key)) throw nonsense(`${at}.${key}`, value[key], 'no such field');
  }
  return value;
}

function list<T>(value: Json | undefined, at: string, read: (one: unknown, at: string) => T): readonly T[] {
  if (!isArray(value)) throw nonsense(at, value, 'a list');
  if (value.length > LONGEST_LIST) throw nonsense(at, value.length, `at most ${LONGEST_LIST} entries`);
  return value.map((one, index) => read(one, `${at}[${index}]`));
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw nonsense(at, value, 'a string');
  if (value.length > LONGEST_TEXT) throw nonsense(at, `${value.slice(0, 40)}...`, `at most ${LONGEST_TEXT} characters`);
  return value;
}

function oneOf<T extends string>(value: unknown, at: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw nonsense(at, value, `one of ${allowed.join(', ')}`);
  return found;
}

function nonsense(at: string, value: unknown, expected: string): SallyportError {
  const shown = value === undefined ? 'missing' : (JSON.stringify(value)?.slice(0, 120) ?? typeof value);
  return new SallyportError(
    'policy/nonsense',
    `the policy answered nonsense: ${at} is ${shown}, expected ${expected}`,
    {
      fix: 'correct the bundle so that sallyport/decision has the shape of a verdict',
    },
  );
}
