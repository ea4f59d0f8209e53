import { SallyportError } from '../../errors.ts';
import { isArray, isObject, type Json } from '../../json.ts';
import type { Judge } from '../judge.ts';
import { STOPS } from '../policy.ts';
import type { StopQuestion } from './stop-question.ts';

/** What conditions count. */
export const COUNTED = ['failures', 'verifications', 'reverts', 'denials', 'calls', 'changes'] as const;
export type Counted = (typeof COUNTED)[number];

/** A stop condition that is met, and what it asks for. */
export interface Stop {
  readonly condition: string;
  /** What was counted of whom, and why that is reason to stop; one line. */
  readonly message: string;
  /** What is stopped: just what it was counted of, or everything. */
  readonly freeze: 'subject' | 'everything';
  /** 0: until somebody thaws it. */
  readonly minutes: number;
  readonly reads: boolean;
  /** The level that the agent keeps at most. */
  readonly demote: number | undefined;
  /** Ids of decisions. */
  readonly evidence: readonly string[];
}

/** The counts from which on it is worth asking. */
export type Watch = Readonly<Record<Counted, readonly number[]>>;

export interface StopAnswer {
  readonly stops: readonly Stop[];
  readonly watch: Watch;
}

/**
 * What every policy that judges says to a question: what any of them wants stopped is stopped.
 * @throws SallyportError `policy/...` where one of them cannot say
 */
export function askStops(judge: Judge, question: StopQuestion): StopAnswer {
  const answers = judge.askAll(STOPS, question, question.call).flatMap(({ answer, fault }) => {
    // A policy that was built before there were any has no conditions.
    if (fault?.code === 'bundle/invalid') return [];
    if (fault !== undefined) throw fault;
    return [readAnswer(answer)];
  });
  const watched = (counted: Counted) => [...new Set(answers.flatMap(({ watch }) => watch[counted]))];
  return { stops: answers.flatMap(({ stops }) => stops), watch: byCounted(watched) };
}

function readAnswer(answer: Json | undefined): StopAnswer {
  if (!isObject(answer) || !isArray(answer.stops) || !isObject(answer.watch)) throw nonsense('its answer');
  const { watch } = answer;
  return { stops: answer.stops.map(readStop), watch: byCounted((counted) => numbersIn(watch[counted])) };
}

function readStop(stop: Json): Stop {
  if (!isObject(stop)) throw nonsense('a stop');
  const { condition, message, freeze, minutes, reads, demote, evidence } = stop;
  if (typeof condition !== 'string' || typeof message !== 'string' || !isArray(evidence)) throw nonsense('a stop');
  if (typeof minutes !== 'number' || typeof reads !== 'boolean') throw nonsense(condition);
  return {
    ...{ condition, message, minutes, reads },
    freeze: freeze === 'everything' ? 'everything' : 'subject',
    demote: typeof demote === 'number' ? demote : undefined,
    evidence: evidence.filter((id) => typeof id === 'string'),
  };
}

function byCounted(of: (counted: Counted) => readonly number[]): Watch {
  return {
    failures: of('failures'),
    verifications: of('verifications'),
    reverts: of('reverts'),
    denials: of('denials'),
    calls: of('calls'),
    changes: of('changes'),
  };
}

function numbersIn(list: Json | undefined): readonly number[] {
  return isArray(list) ? list.filter((each) => typeof each === 'number') : [];
}

function nonsense(what: string): SallyportError {
  return new SallyportError('policy/nonsense', `the policy was asked for stop conditions, and ${what} cannot be read`, {
    fix: 'see rego/sallyport/stops',
  });
}
