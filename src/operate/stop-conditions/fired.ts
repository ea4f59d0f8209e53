import type { Stop } from '../../decide/stops/stop-answer.ts';
import { isArray, type Json, type JsonObject } from '../../json.ts';
import { STOP_CONDITION } from './stop-firing.ts';
import type { Subject } from './track.ts';

interface Firing {
  /** The freeze that it set; undefined while that is being written. */
  readonly freeze: string | undefined;
  readonly evidence: ReadonlySet<string>;
}

/** What was stopped for already: a condition stops again only for something that has happened since. */
export class Fired {
  readonly #firings = new Map<string, Firing>();

  /** Whether there is anything in its evidence that it was not stopped for, and no freeze of its own in force. */
  isNew(subject: Subject, { condition, evidence }: Stop, inForce: (freeze: string) => boolean): boolean {
    const firing = this.#firings.get(keyOf(subject, condition));
    if (firing === undefined) return true;
    if (firing.freeze === undefined || inForce(firing.freeze)) return false;
    return evidence.some((decision) => !firing.evidence.has(decision));
  }

  /** Says that a stop is under way; the result takes that back, where it could not be written. */
  begin(subject: Subject, { condition, evidence }: Stop): () => void {
    const key = keyOf(subject, condition);
    const before = this.#firings.get(key);
    this.#firings.set(key, { freeze: undefined, evidence: new Set(evidence) });
    return () => {
      if (before === undefined) this.#firings.delete(key);
      else this.#firings.set(key, before);
    };
  }

  done(subject: Subject, { condition, evidence }: Stop, freeze: string): void {
    this.#firings.set(keyOf(subject, condition), { freeze, evidence: new Set(evidence) });
  }

  /** What the body of an event of the log says; nothing of all others. */
  read(body: JsonObject): void {
    const { what, condition, freeze, decisions } = body;
    if (what !== STOP_CONDITION || typeof condition !== 'string' || typeof freeze !== 'string') return;
    const subject = subjectIn(body);
    if (subject === undefined || !isArray(decisions)) return;
    const evidence = new Set(decisions.filter((decision) => typeof decision === 'string'));
    this.#firings.set(keyOf(subject, condition), { freeze, evidence });
  }
}

function subjectIn({ agent, runbook, service }: JsonObject): Subject | undefined {
  const named = (name: Json | undefined): name is string => typeof name === 'string';
  if (named(agent)) return { kind: 'agent', name: agent };
  if (named(runbook)) return { kind: 'runbook', name: runbook };
  return named(service) ? { kind: 'service', name: service } : undefined;
}

function keyOf({ kind, name }: Subject, condition: string): string {
  return `${condition} ${kind} ${name}`;
}
