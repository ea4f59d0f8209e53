import { isArray, isObject, type Json, type JsonObject } from '../../src/json.ts';

/** What makes an input worse: never may it be judged more kindly after it. */
export interface Worsening {
  readonly what: string;
  /** The worse input; undefined where there is nothing to make worse. */
  readonly apply: (input: JsonObject) => JsonObject | undefined;
}

type Path = readonly string[];

/** The member at a path. */
export function valueAt(input: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), input);
}

function withValue(input: Json | undefined, [name, ...rest]: Path, value: Json): JsonObject {
  if (!isObject(input) || name === undefined || !Object.hasOwn(input, name)) throw new TypeError(`there is no ${name}`);
  return { ...input, [name]: rest.length === 0 ? value : withValue(input[name], rest, value) };
}

/** Changes the value at a path; `change` returns undefined where there is nothing to do. */
function at(path: string, what: string, change: (value: Json, input: JsonObject) => Json | undefined): Worsening {
  const steps = path.split('.');
  return {
    what: `${path} ${what}`,
    apply: (input) => {
      const before = valueAt(input, steps);
      if (before === undefined) throw new TypeError(`an input has no ${path}`);
      const after = change(before, input);
      return after === undefined || after === before ? undefined : withValue(input, steps, after);
    },
  };
}

const unknown = (path: string) => at(path, 'becomes unknown', () => 'unknown');

const SOURCES = ['route', 'namespace', 'object'];
const MEANINGS = ['environment', 'service', 'tier', 'team', 'regulated'];
const DIMENSIONS = ['routes', 'environments', 'services', 'teams', 'namespaces', 'accounts', 'tools'];
const NUMBERS = ['objects', 'replicas', 'pods', 'share', 'namespaces'];
const CLAIMS = ['intent', 'reason', 'incident', 'alert', 'confidence', 'plan', 'links'];

const KINDS = ['agent', 'services', 'intent'];
const lost = (value: Json) => (value === 'none' ? undefined : 'unknown');

/** Changes a member of something that may itself be unknown, and then has none. */
function within(path: string, name: string, what: string, change: (value: Json) => Json | undefined): Worsening {
  return {
    what: `${path}.${name} ${what}`,
    apply: (input) => {
      const steps = [...path.split('.'), name];
      const before = valueAt(input, steps);
      const after = before === undefined ? undefined : change(before);
      return after === undefined || after === before ? undefined : withValue(input, steps, after);
    },
  };
}

/** Every number of a value, however deep, made larger. */
function grown(value: Json, by: number): Json {
  if (typeof value === 'number') return value + by;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, grown(inner, by)]));
}

/** An account that has spent in one more environment. */
function spentElsewhere(account: Json, pick: number): Json | undefined {
  const place = ['dev', 'staging', 'prod', 'mars'][pick % 4] ?? 'dev';
  if (!isObject(account) || Object.hasOwn(account, place)) return undefined;
  const amount = pick % 3 === 0 ? 'unknown' : pick % 50;
  const sums = { changes: 1 + (pick % 15), objects: amount, pods: amount, share: amount };
  return { ...account, [place]: { ...sums, frees: '2026-11-18T10:40:00.000Z', calls: ['0c'] } };
}

/** Changes each word of a stance; the evidence is the agent's, and no fact. */
function ofSignals(what: string, stance: string, change: (word: JsonObject) => JsonObject): Worsening {
  return at('signals.attached', what, (list) => {
    if (!isArray(list) || !list.some((word) => isObject(word) && word.stance === stance)) return undefined;
    return list.map((word) => (isObject(word) && word.stance === stance ? change(word) : word));
  });
}

/** Every fact there is, made unknown. */
export const UNKNOWNS: readonly Worsening[] = [
  ...SOURCES.flatMap((source) => MEANINGS.map((meaning) => unknown(`target.labels.${source}.${meaning}`))),
  ...['namespace', 'name', 'uid', 'exists', 'managed_by', 'account', 'region', 'tool', 'route'].map((fact) =>
    unknown(`target.${fact}`),
  ),
  ...NUMBERS.map((fact) => unknown(`blast.${fact}`)),
  ...['scope', 'open'].map((fact) => unknown(`blast.${fact}`)),
  at('blast.known', 'becomes false', () => false),
  ...['how', 'exact', 'captured'].map((fact) => unknown(`action.way_back.${fact}`)),
  ...['name', 'class', 'verb', 'resource', 'risk_domain', 'dry_run'].map((fact) => unknown(`action.${fact}`)),
  ...['paths', 'escalates'].map((fact) => unknown(`action.change.${fact}`)),
  unknown('action.reverts'),
  ...['at', 'forced'].map((fact) => within('action.reverts', fact, 'becomes unknown', () => 'unknown')),
  within('action.reverts', 'by', 'becomes another', (by) => (by === 'gate' ? 'operator' : 'gate')),
  ...['time', 'surface', 'route', 'method', 'path', 'digest', 'group'].map((fact) => unknown(`call.${fact}`)),
  at('call.body', 'becomes unreadable', () => 'unreadable'),
  ...['team', 'owner', 'granted_by', 'granted_at', 'expires', 'credential'].map((fact) => unknown(`agent.${fact}`)),
  ...[...CLAIMS, 'success_signal'].map((claim) => unknown(`claims.${claim}`)),
  // These claims may make a verdict stricter too, and not to make them is no fact that was lost.
  at('claims.runbook', 'becomes unknown', (name) =>
    ['rollback-deployment', 'nonsense'].includes(String(name)) ? undefined : 'unknown',
  ),
  at('claims.incident_class', 'becomes unknown', (name) => (name === 'safe' ? 'unknown' : undefined)),
  at('claims.incident_class', 'becomes semi-safe', (name) => (name === 'human-only' ? undefined : 'semi-safe')),
  at('claims.incident_class', 'becomes human-only', () => 'human-only'),
  at('claims.runbook', 'becomes a semi-safe one', () => 'rollback-deployment'),
  at('claims.confidence', 'becomes less', (confidence) => (confidence === 'unknown' ? undefined : 0.1)),
  ...['counts', 'spent', 'failures', 'verification'].map((fact) => unknown(`state.${fact}`)),
  ...['calls', 'changes', 'denied', 'repeats'].map((count) => within('state.counts', count, 'becomes unknown', lost)),
  ...KINDS.map((kind) => within('state.counts.under_way', kind, 'becomes unknown', lost)),
  ...KINDS.map((kind) => within('state.spent', kind, 'becomes unknown', lost)),
  unknown('signals.attached'),
  ofSignals('what supports it is of an unknown age', 'supports', (word) => ({ ...word, age: 'unknown' })),
  ofSignals('what supports it is of an unknown pattern', 'supports', (word) => ({ ...word, pattern: 'unknown' })),
  ofSignals('what supports it says nobody knows what', 'supports', (word) => ({ ...word, stance: 'unknown' })),
  ofSignals('what contradicts it was told nobody knows when', 'contradicts', (word) => ({ ...word, told: 'unknown' })),
];

/** Domains that nobody has to look at. */
const ORDINARY = ['configuration', 'availability', 'performance', 'access'];
const REACH = ['none', 'object', 'collection', 'namespace', 'cluster'];

/** What is known, made worse. `pick` chooses among entries of lists. */
export function worsened(pick: number, freeze: JsonObject): readonly Worsening[] {
  const without = (path: string) =>
    at(path, 'loses an entry', (list) => {
      if (!isArray(list) || list.length === 0) return undefined;
      return list.filter((_, index) => index !== pick % list.length);
    });
  return [
    ...NUMBERS.map((measure) =>
      at(`blast.${measure}`, 'grows', (value) => {
        if (typeof value !== 'number') return undefined;
        return measure === 'share' ? Math.min(1, value + 0.3) : value + 1 + (pick % 100);
      }),
    ),
    at('blast.scope', 'widens', (scope) => (scope === 'unknown' ? undefined : REACH[REACH.indexOf(String(scope)) + 1])),
    at('blast.open', 'becomes true', (open) => (open === false ? true : undefined)),
    ...SOURCES.map((source) => at(`target.labels.${source}.environment`, 'becomes prod', () => 'prod')),
    at('action.way_back.how', 'becomes none', () => 'none'),
    at('action.way_back.exact', 'becomes false', () => false),
    at('action.way_back.captured', 'becomes false', () => false),
    at('action.dry_run', 'becomes false', () => false),
    ...['privileged', 'containers', 'RBAC', 'something new'].map((power) =>
      at('action.change.escalates', `gains ${power}`, (list) => (isArray(list) ? [...list, power] : undefined)),
    ),
    ...['security', 'authentication', 'billing', 'data-integrity', 'compliance'].map((domain) =>
      at('action.risk_domain', `becomes ${domain}`, (from) => (ORDINARY.includes(String(from)) ? domain : undefined)),
    ),
    ...SOURCES.flatMap((source) => [
      at(`target.labels.${source}.regulated`, 'becomes pci', () => 'pci'),
      at(`target.labels.${source}.tier`, 'becomes 0', () => '0'),
    ]),
    at('agent.level', 'sinks', (level) => (typeof level === 'number' && level > 0 ? pick % level : undefined)),
    at('agent.narrowed', 'gains an entry', (list) => {
      const entry: JsonObject = pick % 2 === 0 ? { environment: pick % 4 === 0 ? 'dev' : 'prod' } : { service: 'shop' };
      return isArray(list) ? [...list, { level: pick % 6, ...entry }] : undefined;
    }),
    ...DIMENSIONS.map((dimension) => without(`agent.scope.${dimension}`)),
    without('state.can'),
    ...['calls', 'changes', 'denied', 'repeats', 'under_way'].map((count) =>
      within('state.counts', count, 'grows', (value) => grown(value, 1 + (pick % 20))),
    ),
    within('state', 'failures', 'grow', (value) => grown(value, 1 + (pick % 2))),
    ...KINDS.map((kind) => within('state.spent', kind, 'grows', (value) => grown(value, 1 + (pick % 30)))),
    ...['agent', 'intent'].map((kind) =>
      within('state.spent', kind, 'gains an environment', (account) => spentElsewhere(account, pick)),
    ),
    within('state.spent', 'services', 'gains a service', (services) =>
      isObject(services) && !Object.hasOwn(services, 'cart')
        ? { ...services, cart: spentElsewhere({}, pick) ?? {} }
        : undefined,
    ),
    at('state.freezes', 'gains an entry', (list) => (isArray(list) ? [...list, freeze] : undefined)),
    ofSignals('what supports it is older', 'supports', (word) =>
      typeof word.age === 'number' ? { ...word, age: word.age + 100 * (1 + (pick % 40)) } : word,
    ),
    at('signals.attached', 'gains a contradiction', (list) => {
      const word = {
        source: pick % 2 === 0 ? 'traces' : 'logs',
        stance: 'contradicts',
        pattern: 'none',
        age: 5,
        told: 5,
      };
      return isArray(list) ? [...list, word] : undefined;
    }),
    at('state.freezes', 'stop reads too', (list) =>
      isArray(list) && list.length > 0
        ? list.map((each) => (isObject(each) ? { ...each, reads: true } : each))
        : undefined,
    ),
  ];
}
