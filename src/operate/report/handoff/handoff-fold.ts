import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import type { Leaf } from '../../../record/store.ts';
import { decidedCall, endOf } from '../../trust/read-leaf.ts';
import { nextSteps } from './next-steps.ts';
import type { Handed, HandedAction, HandedEvidence, HandoffPackage } from './package.ts';

/** Actions and steps of the timeline that a package holds. */
const MOST = 500;

/** Puts a package together from leaves in the order of the log. */
export class HandoffFold {
  readonly #actions = new Map<string, HandedAction>();
  readonly #timeline: Handed[] = [];
  readonly #evidence: HandedEvidence[] = [];
  readonly #levels: Handed[] = [];
  readonly #freezes = new Map<string, Handed & { lifted: boolean }>();
  readonly #reads = { allowed: 0, denied: 0 };
  readonly #seen = new Set<number>();
  readonly #intent: string | undefined;
  #statement: JsonObject = {};
  #agent = '';
  #from = '';
  #to = '';
  #state = 'open';
  #closed: Handed | undefined;
  #cut = false;

  /** @param agent known where the package is about a span of time */
  constructor(intent: string | undefined, agent = '') {
    this.#intent = intent;
    this.#agent = agent;
  }

  get agent(): string {
    return this.#agent;
  }

  get from(): string {
    return this.#from;
  }

  get closedAt(): string | undefined {
    return this.#closed?.time;
  }

  /** The decisions that are told one by one. */
  get decisions(): readonly string[] {
    return [...this.#actions.keys()];
  }

  add(leaf: Leaf): void {
    if (this.#seen.has(leaf.seq)) return;
    const body: unknown = JSON.parse(leaf.leaf);
    if (!isObject(body)) return;
    this.#seen.add(leaf.seq);
    if (this.#from === '' || leaf.time < this.#from) this.#from = leaf.time;
    if (leaf.time > this.#to) this.#to = leaf.time;
    if (leaf.kind === 'decided') this.#decided(leaf, body);
    else if (leaf.kind === 'outcome') this.#ended(leaf, body);
    else if (leaf.kind === 'changed') this.#changed(leaf, body);
  }

  result(): HandoffPackage {
    const places = [...this.#seen];
    const told = {
      ...{ intent: this.#intent, agent: this.#agent, from: this.#from, to: this.#to },
      ...{ state: this.#state, closed: this.#closed, statement: this.#statement, evidence: this.#evidence },
      ...{ reads: this.#reads, actions: [...this.#actions.values()], levels: this.#levels },
      timeline: this.#timeline.toSorted((a, b) => a.seq - b.seq),
      freezes: [...this.#freezes.values()],
      record: {
        leaves: places.length,
        from: places.length === 0 ? null : Math.min(...places),
        to: places.length === 0 ? null : Math.max(...places),
      },
      cut: this.#cut,
    };
    return { ...told, next: nextSteps(told) };
  }

  #decided({ seq, id, time }: Leaf, body: JsonObject): void {
    const call = isObject(body.call) ? body.call : {};
    const did = text(body.did);
    if (isObject(body.reverts)) {
      const by = text(isObject(body.agent) ? body.agent.id : undefined);
      this.#tell({ seq, time, what: `revert ${did}`, by, why: `${text(call.action)} ${placeOf(call)}`, about: id });
      return;
    }
    const known = decidedCall(body);
    if (known?.cell.kind === 'read' && did !== 'hold') {
      if (did === 'allow') this.#reads.allowed += 1;
      else this.#reads.denied += 1;
      if (did === 'allow') return;
    }
    if (this.#actions.size >= MOST) {
      this.#cut = true;
      return;
    }
    const [reason] = isArray(body.reasons) ? body.reasons : [];
    const words = isObject(reason) ? `${text(reason.rule)}: ${text(reason.message)}` : '';
    const action: HandedAction = {
      ...{ decision: id, time, action: text(call.action), target: placeOf(call), did, reason: words },
      ...{ environment: known?.cell.environment ?? 'unknown', tier: known?.cell.tier ?? 'none' },
      ...{
        outcome: '',
        hold: did === 'hold' ? 'waiting' : '',
        decideBy: '',
        verification: '',
        revert: '',
        approvals: [],
      },
    };
    this.#actions.set(id, action);
    this.#tell({
      seq,
      time,
      what: `decision ${did}`,
      by: this.#agent,
      why: `${action.action} ${action.target}${words === '' ? '' : ` (${words})`}`,
      about: id,
    });
  }

  #ended({ seq, id, time }: Leaf, body: JsonObject): void {
    const action = this.#actions.get(id);
    if (action === undefined) return;
    const end = endOf(body);
    const status = typeof body.status === 'number' ? ` with ${body.status}` : '';
    action.outcome =
      end === undefined
        ? 'not sent'
        : text(body.state) === 'lost'
          ? 'lost'
          : end === 'done'
            ? 'done'
            : `failed${status}`;
    this.#tell({ seq, time, what: 'outcome', by: 'upstream', why: `${text(body.state)}${status}`, about: id });
  }

  #changed({ seq, id, time }: Leaf, body: JsonObject): void {
    const what = text(body.what);
    const about = text(body.decision) || text(body.hold) || text(body.freeze) || '';
    const step: Handed = { seq, time, what, by: text(body.by), why: text(body.why), about };
    if (what === 'intent.opened') this.#opened(body);
    if (what === 'intent.attached') this.#attached(time, body);
    if (what === 'intent.closed') {
      this.#closed = step;
      const after = isObject(body.after) ? body.after : {};
      this.#state = text(after.outcome) || 'closed';
    }
    if (what.startsWith('hold.')) this.#held(step, body);
    if (what.startsWith('verification.')) this.#verified(step, body);
    if (what.startsWith('revert.')) this.#reverted(step, body);
    if (LEVELS.has(what)) this.#levels.push({ ...step, why: levelWords(body, step.why) });
    if (what === 'freeze.set') this.#freezes.set(text(body.freeze) || id, { ...step, lifted: false });
    if (what === 'freeze.lifted') {
      const freeze = this.#freezes.get(text(body.freeze));
      if (freeze !== undefined) freeze.lifted = true;
    }
    this.#tell(LEVELS.has(what) ? { ...step, why: levelWords(body, step.why) } : step);
  }

  #opened(body: JsonObject): void {
    const after = isObject(body.after) ? body.after : {};
    this.#agent = text(body.agent) || this.#agent;
    if (isObject(after.statement)) this.#statement = after.statement;
  }

  #attached(time: string, body: JsonObject): void {
    const after = isObject(body.after) ? body.after : {};
    const thought = ['confidence', 'hypothesis'].flatMap((name) =>
      after[name] === undefined ? [] : [[name, after[name]]],
    );
    this.#statement = { ...this.#statement, ...Object.fromEntries(thought) };
    for (const signal of isArray(after.signals) ? after.signals : []) {
      if (!isObject(signal) || this.#evidence.length >= MOST) continue;
      const { source, stance, says, observedAt, by } = signal;
      this.#evidence.push({
        time: text(observedAt) || time,
        source: text(source),
        stance: text(stance),
        says: text(says),
        by: text(by),
      });
    }
  }

  #held(step: Handed, body: JsonObject): void {
    const action = this.#actions.get(text(body.hold));
    if (action === undefined) return;
    const after = isObject(body.after) ? body.after : {};
    action.hold = text(after.state) || action.hold;
    action.decideBy = text(after.decideBy) || action.decideBy;
    if (step.what === 'hold.approval' || step.what === 'hold.approved' || step.what === 'hold.denied')
      action.approvals.push(step);
  }

  #verified({ what }: Handed, body: JsonObject): void {
    const action = this.#actions.get(text(body.decision));
    if (action !== undefined) action.verification = what.slice('verification.'.length);
  }

  #reverted({ what }: Handed, body: JsonObject): void {
    const action = this.#actions.get(text(body.decision));
    if (action !== undefined) action.revert = what.slice('revert.'.length);
  }

  #tell(step: Handed): void {
    if (this.#timeline.length < MOST) this.#timeline.push(step);
    else this.#cut = true;
  }
}

const LEVELS: ReadonlySet<string> = new Set(['agent.promoted', 'agent.demoted', 'agent.narrowed', 'agent.revoked']);

function levelWords({ before, after }: JsonObject, why: string): string {
  const [from, to] = [before, after].map((agent) =>
    isObject(agent) && typeof agent.level === 'number' ? agent.level : undefined,
  );
  return from === undefined || to === undefined || from === to ? why : `level ${from} to ${to}: ${why}`;
}

function placeOf(call: JsonObject): string {
  const [namespace, name] = [text(call.namespace), text(call.name)].map((part) => (part === 'none' ? '' : part));
  const route = text(call.route);
  return [namespace, name].filter((part) => part !== '').join('/') + (route === '' ? '' : ` on ${route}`);
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
