import type { Express } from 'express';
import type { Route } from '../config.ts';
import type { AgentTokens } from '../identify/agent-tokens.ts';
import type { OperatorAccess } from '../identify/operator-access.ts';
import type { Operators } from '../identify/operators.ts';
import type { Registry } from '../identify/registry.ts';
import type { Intents } from '../intents/intents.ts';
import type { Json } from '../json.ts';
import type { Store } from '../record/store.ts';
import type { Holds } from '../settle/hold/holds.ts';
import type { Reverts } from '../settle/revert/reverts.ts';
import { createApi } from './api.ts';
import { type Endpoint, endpoint, nothing } from './endpoint.ts';
import { accountEndpoints } from './endpoints/accounts.ts';
import { agentEndpoints } from './endpoints/agents.ts';
import { approvalEndpoints } from './endpoints/approvals.ts';
import { type BundleControl, bundleEndpoints } from './endpoints/bundle.ts';
import { bundleArchiveEndpoints, type ReadArchived } from './endpoints/bundle-archive.ts';
import { decisionEndpoints } from './endpoints/decisions.ts';
import { freezeEndpoints } from './endpoints/freezes.ts';
import { healthEndpoints, type Readiness } from './endpoints/health.ts';
import { intentEndpoints } from './endpoints/intents.ts';
import { ladderEndpoints } from './endpoints/ladders.ts';
import { logEndpoints } from './endpoints/log.ts';
import { noticeEndpoints } from './endpoints/notices.ts';
import { operatorEndpoints } from './endpoints/operators.ts';
import { reportEndpoints } from './endpoints/reports.ts';
import { revertEndpoints } from './endpoints/reverts.ts';
import { type Listener, routeEndpoints } from './endpoints/routes.ts';
import { trustEndpoints } from './endpoints/trust.ts';
import type { Feed } from './feed.ts';
import type { Freezes } from './freezes.ts';
import type { Metrics } from './metrics.ts';
import type { Notices } from './notify/notices.ts';
import { describeApi } from './openapi.ts';
import { createPages, type PagesParts } from './pages/pages.ts';
import { RateLimit } from './rate-limit.ts';
import type { Trust } from './trust/trust.ts';

/** The parts of a running gate that people reach through the operations API. */
export interface OperationsParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly tokens: AgentTokens;
  readonly intents: Intents;
  readonly operators: Operators;
  /** The ways in for operators, of either kind. */
  readonly access: OperatorAccess;
  readonly freezes: Freezes;
  readonly holds: Holds;
  readonly notices: Notices;
  readonly reverts: Reverts;
  readonly bundle: BundleControl;
  /** Other ladders of autonomy, of the policy in force. */
  readonly ladders: () => Json;
  /** The names of the runbooks of the policy in force. */
  readonly runbooks: () => readonly string[];
  /** What judged earlier decisions, by digest. */
  readonly archived: ReadArchived;
  readonly feed: Feed;
  readonly metrics: Metrics;
  readonly trust: Trust;
  readonly routes: readonly Route[];
  /** Where agents come; asked for at each call, because the port may be known only after the start. */
  readonly listener: () => Listener;
  readonly readiness: Readiness;
  /** The address that the operations API itself is configured to be at. */
  readonly host: string;
  /** The product's version. */
  readonly version: string;
  readonly now: () => Date;
  /** Told of what the gate itself got wrong; goes to its log. */
  readonly report: (error: unknown, what: string) => void;
  /** What browsers see of it. */
  readonly pages: Omit<PagesParts, 'access'>;
}

const BOOTSTRAP_ATTEMPTS = 5;
const BOOTSTRAP_PERIOD = 60_000;

/** The operations API over a gate's parts, ready to be given to an HTTP or HTTPS server. */
export function createOperationsApp(parts: OperationsParts): Express {
  const endpoints = operationsEndpoints(parts);
  const { access, now, report } = parts;
  return createApi({
    endpoints,
    admit: (authorization) => access.admit(authorization),
    pages: createPages({ ...parts.pages, endpoints, access, now, report }),
    host: parts.host,
    origin: parts.pages.origin,
    now: parts.now,
    report: parts.report,
  });
}

/** The whole table: what is mounted, described and tested. */
export function operationsEndpoints(parts: OperationsParts): readonly Endpoint[] {
  const { store, registry, freezes, feed } = parts;
  const targets = {
    routes: parts.routes.map((route) => route.name),
    hasAgent: (id: string) => registry.agent(id) !== undefined,
    runbooks: parts.runbooks,
  };
  const endpoints = [
    ...decisionEndpoints(store, feed),
    ...agentEndpoints(registry, parts.tokens, parts.trust),
    ...trustEndpoints(parts.trust, registry),
    ...accountEndpoints({ store, registry, freezes, trust: parts.trust }),
    ...ladderEndpoints(parts.ladders),
    ...approvalEndpoints(parts.holds),
    ...freezeEndpoints(freezes, targets),
    ...intentEndpoints(parts.intents, targets.hasAgent),
    ...revertEndpoints(parts.reverts),
    ...operatorEndpoints(parts.operators, parts.access, new RateLimit(BOOTSTRAP_ATTEMPTS, BOOTSTRAP_PERIOD)),
    ...bundleEndpoints(parts.bundle),
    ...bundleArchiveEndpoints(parts.archived),
    ...reportEndpoints({ store, nameOf: nameOfOperator(parts.operators) }),
    ...logEndpoints(store),
    ...noticeEndpoints(parts.notices),
    ...routeEndpoints(parts.routes, parts.listener),
    ...healthEndpoints(parts.readiness, parts.metrics),
  ];
  const all: readonly Endpoint[] = [
    ...endpoints,
    endpoint(
      'decisions.read',
      { method: 'get', path: '/v1/openapi.json', summary: 'This document', body: nothing, query: nothing },
      async () => ({ kind: 'json', value: describeApi(all, parts.version) }),
    ),
  ];
  return all;
}

function nameOfOperator(operators: Operators): (id: string) => string {
  return (id) => {
    const found = operators.list().find((operator) => operator.id === id);
    return found === undefined ? id : `${found.name} (${id})`;
  };
}
