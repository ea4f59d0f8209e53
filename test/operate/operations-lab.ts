import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperatorIssuer, Route } from '../../src/config.ts';
import type { Answer } from '../../src/decide/judge.ts';
import { SallyportError } from '../../src/errors.ts';
import type { Identity } from '../../src/identify/agent.ts';
import { AgentTokens } from '../../src/identify/agent-tokens.ts';
import { FederatedOperators } from '../../src/identify/oidc/federated-operators.ts';
import { OperatorIssuers } from '../../src/identify/oidc/operator-issuers.ts';
import { OperatorAccess } from '../../src/identify/operator-access.ts';
import { Operators } from '../../src/identify/operators.ts';
import { ROLES, type Role } from '../../src/identify/permissions.ts';
import { Registry } from '../../src/identify/registry.ts';
import { openSigningKey } from '../../src/identify/signing-key.ts';
import type { Sources } from '../../src/identify/sources.ts';
import { cleanWith } from '../../src/intents/intent-order.ts';
import { Intents } from '../../src/intents/intents.ts';
import { NO_LABELS } from '../../src/labels.ts';
import { approvalLinks } from '../../src/operate/approval-links.ts';
import type { BundleState, SourceState } from '../../src/operate/endpoints/bundle.ts';
import { Feed } from '../../src/operate/feed.ts';
import { Freezes } from '../../src/operate/freezes.ts';
import { Metrics } from '../../src/operate/metrics.ts';
import { Notices } from '../../src/operate/notify/notices.ts';
import { createOperationsApp, type OperationsParts } from '../../src/operate/operations.ts';
import { Sessions } from '../../src/operate/sessions/sessions.ts';
import { Trust } from '../../src/operate/trust/trust.ts';
import { TrustLedger } from '../../src/operate/trust/trust-ledger.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Store } from '../../src/record/store.ts';
import { Holds } from '../../src/settle/hold/holds.ts';
import { revertsNowhere } from './reverts-nowhere.ts';

export const CA_PEM = '-----BEGIN CERTIFICATE-----\nTEST\n-----END CERTIFICATE-----\n';

/** An operations API over real parts, on a port of its own, with an operator of every role. */
export interface OperationsLab {
  readonly origin: string;
  readonly port: number;
  readonly state: string;
  readonly parts: OperationsParts;
  readonly store: Store;
  readonly feed: Feed;
  readonly tokens: Readonly<Record<Role, string>>;
  readonly ids: Readonly<Record<Role, string>>;
  /** What the app reported as its own failure. */
  readonly reported: unknown[];
  /** Moves the clock that everything here reads. */
  advance(seconds: number): void;
  ask(method: string, path: string, options?: AskOptions): Promise<Answered>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly token?: string | undefined;
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body, or undefined when it is no JSON. */
  readonly json: unknown;
}

const ROUTE: Route = {
  name: 'staging',
  surface: 'kubernetes',
  at: '/kube/staging',
  labels: { ...NO_LABELS, environment: 'staging' },
  mode: { kind: 'enforce' },
  impersonate: true,
  upstream: { kind: 'url', url: 'http://127.0.0.1:1', ca: undefined, token: undefined },
};

export async function openOperationsLab(
  changed: Partial<OperationsParts> = {},
  operatorIssuers: readonly OperatorIssuer[] = [],
): Promise<OperationsLab> {
  const state = await mkdtemp(join(tmpdir(), 'sallyport-operate-'));
  const store = await openSqliteStore({ path: join(state, 'sallyport.db') });
  let skipped = 0;
  const sources = { now: () => new Date(Date.now() + skipped), newId: () => randomUUID() };
  const registry = await Registry.open(store, sources);
  const operators = await Operators.open(store, sources, randomBytes);
  const isAgent = ({ issuer, subject }: Identity) => registry.byIdentity(issuer, subject) !== undefined;
  const issuers = issuersOf(operatorIssuers, sources);
  const access = await openAccess(operators, { store, sources, isAgent, issuers });
  const sessions = await Sessions.open({ store, sources, random: randomBytes, access, longest: 8 * 3_600_000 });
  const address = { origin: '' };
  const origin = () => address.origin;
  const freezes = await Freezes.open(store, sources);
  const intents = await Intents.open({ store, sources, clean: cleanWith((text) => text) });
  const feed = new Feed({ capacity: 8, maxReaders: 2 });
  const key = await openSigningKey(join(state, 'agents.key'));
  const reported: unknown[] = [];
  const parts: OperationsParts = {
    store,
    registry,
    operators,
    access,
    freezes,
    holds: await Holds.open({ store, sources }),
    notices: new Notices(store, sources, ['pager', 'chat']),
    intents,
    reverts: await revertsNowhere(store, sources),
    feed,
    tokens: new AgentTokens({ store, registry, intents, key, gateId: 'lab', sources }),
    bundle: fixedBundle(),
    ladders: () => ({}),
    runbooks: () => ['restart-stateless', 'scale-within-limits'],
    archived: async () => undefined,
    metrics: new Metrics({
      openCalls: () => 0,
      logSize: () => store.size(),
      activeFreezes: () => freezes.active(sources.now()).length,
      streamReaders: () => feed.readers,
      bundleSources: () => [],
    }),
    trust: await openLabTrust(store, registry, sources.now),
    routes: [ROUTE],
    listener: () => ({ host: '127.0.0.1', port: 7070, caPem: CA_PEM }),
    readiness: async () => ({ ready: true, why: '' }),
    host: '127.0.0.1',
    version: '0.0.0-test',
    now: sources.now,
    report: (error) => reported.push(error),
    pages: {
      sessions,
      issuers,
      links: approvalLinks(randomBytes(32), origin),
      random: randomBytes,
      origin,
      secure: false,
    },
    ...changed,
  };
  const team = await addOperators(operators);
  const server = createServer(createOperationsApp(parts));
  const port = await listen(server);
  address.origin = `http://127.0.0.1:${port}`;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    state,
    parts,
    store,
    feed,
    ...team,
    reported,
    advance: (seconds) => {
      skipped += seconds * 1000;
    },
    ask: (method, path, options = {}) => send(port, method, path, options),
    close: async () => {
      feed.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      await rm(state, { recursive: true });
    },
  };
}

/** The ways in for these operators, and for those of issuers. */
export async function openAccess(
  local: Operators,
  parts: {
    readonly store: Store;
    readonly sources: Sources;
    readonly isAgent?: (identity: Identity) => boolean;
    readonly issuers?: OperatorIssuers;
  },
): Promise<OperatorAccess> {
  const { store, sources, isAgent = () => false } = parts;
  const { now } = sources;
  const federated = await FederatedOperators.open(store, sources, isAgent);
  const { issuers = issuersOf([], sources) } = parts;
  return new OperatorAccess({ local, federated, issuers, now });
}

function issuersOf(issuers: readonly OperatorIssuer[], { now }: Sources): OperatorIssuers {
  return new OperatorIssuers({ issuers, agents: [], skew: 30, now, cooldown: 0 });
}

function noAnswer(): Answer {
  const fault = new SallyportError('bundle/invalid', 'the bundle does not answer this');
  return { answer: undefined, fuel: 0, bundleDigest: 'none', revision: 'none', fault };
}

/** Without a policy that says anything of trust. */
async function openLabTrust(store: Store, registry: Registry, now: () => Date): Promise<Trust> {
  const report = (problem: string) => {
    throw new Error(problem);
  };
  const ledger = await TrustLedger.open({ store, now, report });
  return new Trust({ ledger, registry, questions: () => ({ ask: noAnswer }), now, report });
}

/** The bundle is not under test here; another one is there after each reload. */
function fixedBundle(): OperationsParts['bundle'] {
  let loads = 1;
  const state = (): BundleState => {
    const [digest, archive, revision] = [`sha256:${'0'.repeat(64)}`, `sha256:${'1'.repeat(64)}`, `test-${loads}`];
    const library = { digest, archive, revision, serial: loads };
    return { digest, archive, revision, library, site: null, warnings: [] };
  };
  const library: SourceState = {
    ...{ from: '/etc/sallyport/bundle.tar.gz', follows: 'nothing', lastAttempt: null, lastSuccess: null },
    ...{ lastError: null, lastGood: false },
  };
  return {
    current: () => ({ ...state(), sources: { library } }),
    reload: async () => {
      loads += 1;
      return state();
    },
  };
}

async function addOperators(operators: Operators): Promise<Pick<OperationsLab, 'tokens' | 'ids'>> {
  const tokens: Record<Role, string> = { viewer: '', approver: '', operator: '', administrator: '' };
  const ids: Record<Role, string> = { ...tokens };
  for (const role of ROLES) {
    const groups = role === 'approver' ? ['sre'] : [];
    const added = await operators.add(`Test ${role}`, role, groups, undefined, 'test');
    tokens[role] = added.token;
    ids[role] = added.operator.id;
  }
  return { tokens, ids };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Node's own client, because fetch refuses to send the headers that these tests are about. */
function send(port: number, method: string, path: string, options: AskOptions): Promise<Answered> {
  const { token, body, headers = {} } = options;
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        ...headers,
      },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
      });
    });
    sent.end(payload);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
