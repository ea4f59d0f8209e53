import { createHash } from 'node:crypto';
import type { Claims, Described } from '../describe/action.ts';
import type { Principal } from '../identify/principal.ts';
import type { Json, JsonObject } from '../json.ts';
import { type Labels, UNKNOWN_LABELS } from '../labels.ts';
import type { WireHead } from '../listen/wire.ts';
import { type Blast, type Facts, UNKNOWN_BLAST, UNKNOWN_WAY_BACK } from '../measure/facts.ts';
import type { PolicyInput, Reverting } from './input.ts';

/** What is known of a call when it is judged. */
export interface CallParts {
  /** The decision's id. */
  readonly id: string;
  /** RFC 3339, UTC, milliseconds: when the call came. */
  readonly time: string;
  /** The call, or its head when the body was not read. */
  readonly call: Pick<WireHead, 'method' | 'route'>;
  readonly described: Described;
  readonly principal: Principal;
  /** The decision that it takes back; undefined: it is no revert. */
  readonly reverts?: Reverting | undefined;
  readonly state: KnownState;
}

/** The gate's own state beside the call; what is not given is unknown. */
export type KnownState = Pick<PolicyInput['state'], 'freezes' | 'can'> & Partial<PolicyInput['state']>;

type MeasuredFacts = Pick<
  Facts,
  'labels' | 'exists' | 'uid' | 'managedBy' | 'blast' | 'wayBack' | 'changePaths' | 'escalates'
>;

const UNMEASURED: MeasuredFacts = {
  labels: { route: UNKNOWN_LABELS, namespace: UNKNOWN_LABELS, object: UNKNOWN_LABELS },
  exists: 'unknown',
  uid: 'unknown',
  managedBy: 'unknown',
  blast: UNKNOWN_BLAST,
  wayBack: UNKNOWN_WAY_BACK,
  changePaths: 'unknown',
  escalates: 'unknown',
};

const UNKNOWN_STATE: Omit<PolicyInput['state'], 'freezes' | 'can'> = {
  counts: 'unknown',
  spent: 'unknown',
  failures: 'unknown',
  approvals: [],
  verification: 'unknown',
};

// What a caller can make long is cut to fit the 16 KiB of an input; characters, as JSON prints them.
const LONGEST_VALUE = 256;
const LONGEST_LABEL = 64;
const LONGEST_CLAIM = 512;
const LONGEST_PATH = 1024;
const MOST_ARGS = 3072;
const MOST_LINKS = 16;
const MOST_PATHS = 2048;

/** The input of pass `request`: the call and the caller as they show themselves; every fact is unknown. */
export function requestInput(parts: CallParts): PolicyInput {
  return buildInput(parts, 'request', UNMEASURED);
}

/** The input of pass `facts`. Labels of other meanings than the five are not passed on. */
export function factsInput(parts: CallParts, facts: MeasuredFacts): PolicyInput {
  return buildInput(parts, 'facts', facts);
}

function buildInput(parts: CallParts, pass: 'request' | 'facts', facts: MeasuredFacts): PolicyInput {
  const { call, described, principal } = parts;
  const { action, target } = described;
  return {
    version: 1,
    call: {
      id: parts.id,
      time: parts.time,
      pass,
      surface: call.route.surface,
      route: call.route.name,
      method: call.method,
      path: short(described.path, LONGEST_PATH),
      digest: described.digest,
      body: described.body,
      group: short(described.group),
    },
    agent: agentOf(principal),
    action: {
      name: short(action.name),
      class: action.class,
      verb: short(action.verb),
      resource: short(action.resource),
      risk_domain: short(action.riskDomain),
      way_back: { how: facts.wayBack.how, exact: facts.wayBack.exact, captured: facts.wayBack.captured },
      dry_run: action.dryRun,
      args: boundedArgs(action.args),
      change: { paths: boundedPaths(facts.changePaths), escalates: facts.escalates },
      reverts: parts.reverts ?? 'none',
    },
    target: {
      route: call.route.name,
      namespace: short(target.namespace),
      name: short(target.name),
      uid: short(facts.uid),
      exists: facts.exists,
      managed_by: short(facts.managedBy),
      account: short(target.account),
      region: short(target.region),
      tool: short(target.tool),
      labels: {
        route: labelsOf(facts.labels.route),
        namespace: labelsOf(facts.labels.namespace),
        object: labelsOf(facts.labels.object),
      },
    },
    blast: blastOf(facts.blast),
    claims: claimsOf(described.claims),
    signals: {},
    state: { ...UNKNOWN_STATE, ...parts.state },
  };
}

function agentOf({ agent, credential }: Principal): PolicyInput['agent'] {
  const { routes, environments, services, teams, namespaces, accounts, tools } = agent.scope;
  return {
    id: agent.id,
    team: agent.team,
    owner: agent.owner,
    level: agent.level,
    narrowed: agent.narrowed.map((one) => ({ ...one })),
    scope: { routes, environments, services, teams, namespaces, accounts, tools },
    granted_by: agent.grantedBy,
    granted_at: agent.grantedAt,
    expires: agent.expires,
    credential,
  };
}

function labelsOf({ environment, service, tier, team, regulated }: Labels): JsonObject {
  return {
    environment: short(environment, LONGEST_LABEL),
    service: short(service, LONGEST_LABEL),
    tier: short(tier, LONGEST_LABEL),
    team: short(team, LONGEST_LABEL),
    regulated: short(regulated, LONGEST_LABEL),
  };
}

function blastOf({ known, objects, replicas, pods, share, namespaces, scope, open }: Blast): PolicyInput['blast'] {
  return { known, objects, replicas, pods, share, namespaces, scope, open };
}

function claimsOf(claims: Claims): JsonObject {
  return {
    intent: short(claims.intent),
    reason: short(claims.reason, LONGEST_CLAIM),
    incident: short(claims.incident),
    incident_class: short(claims.incidentClass),
    alert: short(claims.alert),
    confidence: claims.confidence,
    runbook: short(claims.runbook),
    plan: short(claims.plan, LONGEST_CLAIM),
    links: boundedLinks(claims.links),
    success_signal: short(claims.successSignal, LONGEST_CLAIM),
  };
}

/** The text itself, or its digest where it is too long: `sha256:<64 hex>`. */
function short(text: string, longest = LONGEST_VALUE): string {
  return text.length <= longest ? text : digestOf(text);
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function boundedArgs(args: JsonObject): JsonObject {
  const text = JSON.stringify(args);
  if (text.length <= LONGEST_VALUE) return args;
  const bounded: Record<string, Json> = {};
  for (const [key, value] of Object.entries(args)) {
    const member = JSON.stringify(value);
    bounded[short(key)] = member.length <= LONGEST_VALUE ? value : digestOf(typeof value === 'string' ? value : member);
  }
  return JSON.stringify(bounded).length <= MOST_ARGS ? bounded : { digest: digestOf(text) };
}

/** Too many links are none that anybody can check: a rule that asks for links is then not met. */
function boundedLinks(links: Claims['links']): readonly string[] | 'unknown' {
  if (links === 'unknown' || links.length > MOST_LINKS) return 'unknown';
  return links.map((link) => short(link, 128));
}

/** A change too long to list is as good as unknown: part of a list would hide the rest from the rules. */
function boundedPaths(paths: Facts['changePaths']): readonly string[] | 'unknown' {
  if (paths === 'unknown') return paths;
  let length = 0;
  for (const path of paths) length += path.length + 3;
  return length <= MOST_PATHS ? paths : 'unknown';
}

/** An input of which nothing is known: what a policy is tried with before it judges anything. */
export function unknownInput(): PolicyInput {
  const time = '1970-01-01T00:00:00.000Z';
  const none: readonly string[] = [];
  const unknown = 'unknown';
  return {
    version: 1,
    call: {
      ...{ id: 'self-check', time, pass: 'facts', surface: unknown, route: unknown, method: 'POST', path: '/' },
      ...{ digest: unknown, body: 'unreadable', group: unknown },
    },
    agent: {
      ...{ id: unknown, team: unknown, owner: unknown, level: 0, narrowed: [] },
      scope: {
        ...{ routes: none, environments: none, services: none, teams: none, namespaces: none },
        ...{ accounts: none, tools: none },
      },
      ...{ granted_by: unknown, granted_at: time, expires: time, credential: 'token' },
    },
    action: {
      ...{ name: unknown, class: unknown, verb: unknown, resource: unknown, risk_domain: unknown },
      ...{ way_back: UNMEASURED.wayBack, dry_run: unknown, args: {} },
      change: { paths: unknown, escalates: unknown },
      reverts: 'none',
    },
    target: {
      ...{ route: unknown, namespace: unknown, name: unknown, uid: unknown, exists: unknown, managed_by: unknown },
      ...{ account: unknown, region: unknown, tool: unknown },
      labels: { route: { ...UNKNOWN_LABELS }, namespace: { ...UNKNOWN_LABELS }, object: { ...UNKNOWN_LABELS } },
    },
    blast: blastOf(UNMEASURED.blast),
    claims: {
      ...{ intent: unknown, reason: unknown, incident: unknown, incident_class: unknown, alert: unknown },
      ...{ confidence: unknown, runbook: unknown, plan: unknown, links: unknown, success_signal: unknown },
    },
    signals: {},
    state: { ...UNKNOWN_STATE, freezes: [], can: [] },
  };
}
