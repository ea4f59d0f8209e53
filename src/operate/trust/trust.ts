import type { Questions } from '../../decide/judge.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { checkLevel } from '../../identify/agent.ts';
import type { Agent, Level } from '../../identify/principal.ts';
import type { Registry } from '../../identify/registry.ts';
import type { JsonObject } from '../../json.ts';
import { demote } from './demote.ts';
import { evidenceOf, type Standing, standingOf } from './standing.ts';
import type { TrustLedger } from './trust-ledger.ts';

export interface TrustParts {
  readonly ledger: TrustLedger;
  readonly registry: Registry;
  /** Of the bundle in force. @throws SallyportError `policy/fault` where there is none yet */
  readonly questions: () => Questions;
  readonly now: () => Date;
  readonly report: (problem: string) => void;
  /** Milliseconds between two looks at the same agent, however much happens; a second when left out. */
  readonly pause?: number;
}

const PAUSE_MS = 1_000;

/** What is known of the trust in one agent. */
export interface TrustReport {
  readonly agent: Agent;
  /** Since when it is at its level (RFC 3339). */
  readonly since: string;
  /** Undefined where the policy in force says nothing of trust, or could not be asked. */
  readonly standing: Standing | undefined;
  /** Decisions that a demanded demotion rests on. */
  readonly evidence: readonly string[];
  /** Why the policy could not be asked. */
  readonly problem: SallyportError | undefined;
}

/**
 * Trust that is earned (T3): what policy proposes of each agent's record, promotions that people grant, with the record that
 * earned them, and demotions, which the gate makes by itself where policy says so.
 */
export class Trust {
  readonly #parts: TrustParts;
  readonly #due = new Set<string>();
  /** Agents that were looked at a moment ago, and those of them to which something has happened since. */
  readonly #resting = new Map<string, NodeJS.Timeout>();
  readonly #again = new Set<string>();
  #judging: Promise<void> | undefined;

  constructor(parts: TrustParts) {
    this.#parts = parts;
    parts.ledger.onNotable((agent, urgent) => this.judgeSoon(agent, urgent));
  }

  /** What the record and the policy say of an agent. */
  async report(agent: Agent): Promise<TrustReport> {
    await this.#parts.ledger.catchUp();
    return this.#look(agent);
  }

  /** The same of every agent that is not revoked. */
  async reports(): Promise<readonly TrustReport[]> {
    await this.#parts.ledger.catchUp();
    const reports: TrustReport[] = [];
    for (const agent of this.#parts.registry.list()) {
      if (agent.revokedAt !== null) continue;
      // Each takes the policy a moment: others are served in between.
      await nextTurn();
      reports.push(this.#look(agent));
    }
    return reports;
  }

  /**
   * Grants a level: one step up at a time, down as far as wanted. The event keeps the record that earned it.
   * @throws SallyportError `request/invalid` for more than a step, `operator/forbidden` where policy grants only what it
   *   proposes; and what `Registry.setLevel` throws
   */
  async setLevel(agent: Agent, level: Level, by: string, why: string): Promise<Agent> {
    const { registry } = this.#parts;
    const { id, level: from } = agent;
    if (level <= from) return registry.setLevel(id, level, by, why);
    if (level > from + 1) throw tooFar(agent, level);
    const { since, standing, problem } = await this.report(agent);
    if (problem !== undefined) throw problem;
    const promotion = standing?.promotion;
    if (promotion?.grant === 'proposed' && !promotion.proposed) throw notEarned(agent, promotion.tests);
    return registry.setLevel(id, level, by, why, { from, evidence: recordJson(since, standing) });
  }

  /**
   * Judges the record of an agent in a turn of its own; what the gate demotes by itself is demoted then. What is urgent is
   * judged at once; of an agent that fails all the time the rest is judged once in a while, because it costs the others too.
   */
  judgeSoon(agent: string, urgent = true): void {
    if (!urgent && this.#resting.has(agent)) {
      this.#again.add(agent);
      return;
    }
    this.#due.add(agent);
    this.#judging ??= nextTurn()
      .then(() => this.#judgeDue())
      .finally(() => {
        this.#judging = undefined;
        for (const each of [...this.#due]) this.judgeSoon(each);
      });
  }

  /** Judges every agent: at the start, with another bundle, once in a while. */
  judgeAll(): void {
    for (const { id } of this.#parts.registry.list()) this.judgeSoon(id);
  }

  /** Resolves when nothing is being judged. */
  async settled(): Promise<void> {
    while (this.#judging !== undefined) await this.#judging;
  }

  /** Judges nothing from now on that is not being judged already. */
  async close(): Promise<void> {
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#due.clear();
    await this.settled();
  }

  async #judgeDue(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    for (const id of due) {
      await nextTurn();
      this.#rest(id);
      try {
        await this.#judge(id);
      } catch (thrown) {
        this.#parts.report(`the trust in agent ${id} could not be judged: ${messageOf(thrown)}`);
        // A demotion that could not be recorded did not happen: it is tried again after the pause.
        if (thrown instanceof SallyportError && thrown.code === 'record/unavailable') this.#again.add(id);
      }
    }
  }

  #rest(id: string): void {
    const { pause = PAUSE_MS } = this.#parts;
    if (pause === 0) return;
    const wake = () => {
      this.#resting.delete(id);
      if (this.#again.delete(id)) this.judgeSoon(id);
    };
    clearTimeout(this.#resting.get(id));
    this.#resting.set(id, setTimeout(wake, pause).unref());
  }

  async #judge(id: string): Promise<void> {
    const { registry } = this.#parts;
    const agent = registry.agent(id);
    if (agent === undefined || agent.revokedAt !== null) return;
    const { since, standing, evidence, problem } = this.#look(agent);
    if (problem !== undefined) throw problem;
    const demotion = standing?.demotion;
    if (demotion == null || !demotion.automatic) return;
    await demote(registry, {
      agent: id,
      from: agent.level,
      to: checkLevel(demotion.to),
      why: demotion.because
        .map(({ name, message }) => `${name}: ${message}`)
        .join('; ')
        .slice(0, 1000),
      evidence: { ...recordJson(since, standing), decisions: evidence },
    });
  }

  #look(agent: Agent): TrustReport {
    const { ledger, questions, now } = this.#parts;
    const trust = ledger.agent(agent.id);
    const none = { agent, standing: undefined, evidence: [], problem: undefined };
    // What was counted at another level than the agent's says nothing of this one.
    if (trust === undefined || trust.level !== agent.level) return { ...none, since: trust?.since ?? agent.grantedAt };
    const { since } = trust;
    try {
      const standing = standingOf(questions(), agent, trust, now());
      return { ...none, since, standing, evidence: evidenceOf(standing?.demotion?.because ?? [], trust, now()) };
    } catch (thrown) {
      return { ...none, since, problem: problemOf(thrown) };
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function problemOf(thrown: unknown): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  return new SallyportError('policy/fault', `the policy could not be asked: ${messageOf(thrown)}`, { cause: thrown });
}

/** The record as an event keeps it. */
function recordJson(since: string, standing: Standing | undefined): JsonObject {
  if (standing === undefined) return { since, record: null };
  const { window, numbers, promotion, demotion } = standing;
  return {
    since,
    record: { window, numbers },
    proposed: promotion?.proposed ?? false,
    tests: (promotion?.tests ?? []).map((test) => ({ ...test })),
    because: (demotion?.because ?? []).map((reason) => ({ ...reason })),
  };
}

function tooFar({ id, level }: Agent, wanted: Level): SallyportError {
  return new SallyportError('request/invalid', `agent ${id} is at level ${level}: ${wanted} is more than one step up`, {
    fix: `trust is earned one level at a time: grant level ${level + 1}, and the next when the record has earned it`,
  });
}

function notEarned({ id, level }: Agent, tests: readonly { met: boolean; message: string }[]): SallyportError {
  const missing = tests.filter(({ met }) => !met).map(({ message }) => message);
  return new SallyportError('operator/forbidden', `the record of agent ${id} has not earned level ${level + 1}`, {
    fix: `${missing.join('; ') || 'something speaks for a demotion'} (trust.grant of the policy is \`proposed\`)`,
  });
}
