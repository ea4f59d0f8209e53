import { isObject, type JsonObject } from '../../json.ts';
import type { Asking } from './probe-input.ts';

/** One thing that is different about a probe: in words, and as members that are merged into the plain input. */
export interface Change {
  /** After "a write at level 3 in prod"; empty when nothing is. */
  readonly words: string;
  readonly members: JsonObject;
}

const MANY = 1_000_000;
const HOURS = 3_600_000;
const STEP = 6;

/** Nothing. */
export const PLAIN: Change = { words: '', members: {} };

/** However far it can reach while still being known. */
export const BOUNDLESS: Change = {
  words: 'that reaches very far',
  members: {
    blast: { objects: MANY, replicas: MANY, pods: MANY, share: 1, namespaces: MANY, scope: 'namespace', open: true },
  },
};

/** As much as can have happened before, in an environment. */
export function crowded(environment: string, time: string): Change {
  const sum = { changes: MANY, objects: MANY, pods: MANY, share: MANY, frees: time, calls: ['review'] };
  const account = { [environment]: sum };
  return {
    words: 'after very many others',
    members: {
      target: { labels: { object: { service: 'shop' } } },
      state: {
        counts: { calls: MANY, changes: MANY, under_way: { agent: MANY, services: { shop: MANY }, intent: MANY } },
        spent: { agent: account, services: { shop: account }, intent: account },
      },
    },
  };
}

/** What can make a call worse, or other, one thing at a time: what rules are there for. */
export function changesOf(settings: JsonObject, { class: name, environment, time }: Asking): readonly Change[] {
  return [
    PLAIN,
    ...['none', 'unreadable', 'streamed'].map((body) => changed(`with a body that is ${body}`, { call: { body } })),
    // When what happens matters is a matter of windows, to which all changes are alike.
    ...(name === 'write' ? hoursOfAWeek(time) : []),
    ...agentChanges(environment),
    ...actionChanges(settings),
    ...targetChanges(),
    ...blastChanges(),
    ...namesIn(settings.runbooks).map((runbook) => changed(`under runbook ${runbook}`, { claims: { runbook } })),
    changed('under a runbook that there is not', { claims: { runbook: 'none such' } }),
    changed('that its evidence contradicts', { signals: { attached: [AGAINST] } }),
    ...stateChanges(),
  ];
}

const AGAINST = { source: 'logs', stance: 'contradicts', pattern: 'none', age: 0, told: 0 };

function changed(words: string, members: JsonObject): Change {
  return { words, members };
}

function hoursOfAWeek(time: string): readonly Change[] {
  const start = Date.parse(time);
  const week = Array.from({ length: (7 * 24) / STEP }, (_, at) => new Date(start + at * STEP * HOURS).toISOString());
  return [...week, 'unknown'].map((at) => changed(`at ${at}`, { call: { time: at } }));
}

function agentChanges(environment: string): readonly Change[] {
  const dimensions = ['routes', 'environments', 'services', 'teams', 'namespaces', 'accounts', 'tools'];
  return [
    ...dimensions.map((name) => changed(`outside of its ${name}`, { agent: { scope: { [name]: [] } } })),
    changed('where its level is narrowed', { agent: { narrowed: [{ environment, level: 0 }] } }),
  ];
}

function actionChanges({ risk }: JsonObject): readonly Change[] {
  const { review, escalations } = isObject(risk) ? risk : {};
  const ways = ['inverse', 'revision', 'recreate', 'not_needed', 'none', 'unknown'];
  return [
    ...ways.flatMap((how) => [
      changed(`whose way back is ${how}`, { action: { way_back: { how } } }),
      changed(`whose way back is ${how}, not exact`, { action: { way_back: { how, exact: false } } }),
    ]),
    ...['operator', 'gate'].map((by) =>
      changed(`that takes a decision back for the ${by}`, {
        agent: { credential: by },
        action: { reverts: { decision: 'review', at: 'unknown', by, forced: false } },
      }),
    ),
    changed('run dry', { action: { dry_run: true } }),
    changed('run dry, or not', { action: { dry_run: 'unknown' } }),
    ...namesIn(review).map((name) => changed(`of domain ${name}`, { action: { risk_domain: name } })),
    ...namesIn(escalations).map((name) =>
      changed(`that escalates ${name}`, { action: { change: { escalates: [name] } } }),
    ),
    changed('of which nobody knows what it changes', {
      action: { change: { paths: 'unknown', escalates: 'unknown' } },
    }),
  ];
}

function targetChanges(): readonly Change[] {
  const labels = ['environment', 'service', 'tier', 'team', 'regulated'];
  const object = (words: string, members: JsonObject) => changed(words, { target: { labels: { object: members } } });
  return [
    ...['namespace', 'account', 'tool', 'name'].map((name) =>
      changed(`on an unknown ${name}`, { target: { [name]: 'unknown' } }),
    ),
    ...labels.map((name) => object(`on a target of unknown ${name}`, { [name]: 'unknown' })),
    ...['0', 'critical'].map((tier) => object(`on a service of tier ${tier}`, { tier })),
    object('on regulated data', { regulated: 'true' }),
    changed('on something that is not there', { target: { exists: false } }),
  ];
}

function blastChanges(): readonly Change[] {
  const unknown = { known: false, objects: 'unknown', replicas: 'unknown', pods: 'unknown', share: 'unknown' };
  return [
    changed('of which nobody knows how far it reaches', { blast: unknown }),
    ...['none', 'collection', 'namespace', 'cluster', 'unknown'].map((scope) =>
      changed(`of scope ${scope}`, { blast: { scope } }),
    ),
  ];
}

function stateChanges(): readonly Change[] {
  const often = { count: MANY, calls: ['review'] };
  const freeze = { id: 'f', scope: { kind: 'everything' }, reads: true, by: 'owner', why: 'review', until: 'unknown' };
  return [
    changed('during a freeze', { state: { freezes: [freeze] } }),
    changed('after very many denials', { state: { counts: { denied: MANY } } }),
    changed('sent very often', { state: { counts: { repeats: often } } }),
    changed('that failed very often', { state: { failures: often } }),
    changed('of which nobody knows what happened before', {
      state: { counts: 'unknown', spent: 'unknown', failures: 'unknown' },
    }),
    ...['failed', 'running'].map((verification) =>
      changed(`on a target whose last change is ${verification}`, { state: { verification } }),
    ),
    changed('on a route without obligations', { state: { can: [] } }),
  ];
}

function namesIn(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}
