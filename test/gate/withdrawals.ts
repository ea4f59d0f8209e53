import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { vi } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import { ALLOW, buildPolicy, DENY } from '../decide/rego-lab.ts';
import { ROOT } from '../review/library.ts';
import { type Answer, EVERYWHERE, type GateLab, type GateLabOptions, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

/** Where the calls of these tests go, as the upstream has it. */
export const NS = '/api/v1/namespaces/shop-dev';
export const MERGE = { 'content-type': 'application/merge-patch+json' };
export const WHY = 'the shop is on fire';
const SHIPPED = join(ROOT, 'bundles/sallyport.tar.gz');

/** Policies that might take the place of the shipped one. */
const BUNDLES = {
  'denies without a reason': `known if input.call.route == "nowhere"
decision := ${DENY} if known`,
  'holds without a reason': `decision := object.union(${ALLOW}, {"outcome": "hold", "holds": [
	{"kind": "people", "key": "people/one", "groups": [], "quorum": 1, "until": ""}
]}) if input.call.route != "unknown"`,
  'wants a dry run': `decision := object.union(${ALLOW}, {"obligations": [{"name": "as-dry-run", "params": {}}]}) if {
	input.call.route != "unknown"
}`,
  'wants a copy': `decision := object.union(${ALLOW}, {"obligations": [{"name": "capture", "params": {}}]}) if {
	input.call.route != "unknown"
}`,
  'allows all': `decision := ${ALLOW} if input.call.route != "unknown"`,
} as const;

/** A call under way: whose, and by which credential. */
export interface Held {
  readonly agent: string;
  readonly credential: string;
}

/** Something that happens while a call is under way. */
export type Withdraw = (on: Ground, held: Held) => Promise<unknown>;

/** A watch through the gate whose head has come. */
export interface Watch extends Held {
  /** Of its decision. */
  readonly id: string;
  /** What it has shown so far. */
  shown(): string;
  /** Settles when the connection is gone; true when the answer was whole. */
  readonly over: Promise<boolean>;
  leave(): void;
}

/** A change during which something happened: between its record and its first byte. */
export interface Changed {
  readonly agent: string;
  /** Of its decision. */
  readonly id: string;
  /** Its decision as it was recorded by then. */
  readonly recorded: JsonObject;
  readonly answer: Answer;
}

/** A gate with the routes `demo`, `other` and `shadow`, where authority is given and taken. */
export interface Ground {
  readonly lab: GateLab;
  readonly upstream: RecordingUpstream;
  /** The administrator, as refusals name whom to ask. */
  readonly root: string;
  freeze(scope: JsonObject, more?: JsonObject): Promise<JsonObject>;
  /** One change of an agent's grant. */
  change(agent: string, body: JsonObject): Promise<JsonObject>;
  /** Revokes an agent, or what else is under that path. */
  revoke(path: string, more?: JsonObject): Promise<JsonObject>;
  thawAll(): Promise<void>;
  load(bundle: keyof typeof BUNDLES | 'shipped'): Promise<void>;
  /** What changed something upstream: neither the gate's questions, about its own rights too, nor dry runs. */
  changing(): readonly string[];
  /** `PATCH` of a config map by an agent of its own. */
  changeDuring(withdraw: Withdraw, route?: string, namespace?: string): Promise<Changed>;
  /** Opens one of config maps, by an agent of its own. */
  watch(): Promise<Watch>;
  close(): Promise<void>;
}

/** Starts all of it. Open calls are looked at only when something happens, not by the clock. */
export async function openGround(): Promise<Ground> {
  const upstream = await startRecordingUpstream();
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-withdrawal-'));
  const path = join(folder, 'bundle.tar.gz');
  await cp(SHIPPED, path);
  for (const [name, rules] of Object.entries(BUNDLES)) await writeFile(join(folder, name), await buildPolicy(rules));
  const meanwhile: { stall: GateLabOptions['stall'] } = { stall: undefined };
  const lab = await start(upstream, path, async (file) => meanwhile.stall?.(file));
  const { admin } = lab;
  const root = textAt(await admin.get(`/v1/agents/${(await lab.agent()).id}`), 'grantedBy');
  const ground: Ground = {
    ...{ lab, upstream, root },
    freeze: (scope, more = {}) => admin.post('/v1/freezes', { scope, why: WHY, ...more }),
    change: (agent, body) => admin.patch(`/v1/agents/${agent}`, { ...body, why: 'a test' }),
    revoke: (what, more = {}) => admin.post(`/v1/${what}/revoke`, { ...more, why: 'a test' }),
    async thawAll() {
      const { freezes } = await admin.get('/v1/freezes');
      for (const each of Array.isArray(freezes) ? freezes : [])
        if (isObject(each)) await admin.post(`/v1/freezes/${each.id}/lift`, { why: 'a test' });
    },
    async load(bundle) {
      await cp(bundle === 'shipped' ? SHIPPED : join(folder, bundle), path);
      await admin.post('/v1/bundle/reload', { why: 'a test' });
    },
    changing: () =>
      upstream.reached
        .filter(({ method, url }) => method !== 'GET' && !/[?&]dryRun=All(&|$)|accessreviews$/.test(url))
        .map(({ method, url }) => `${method} ${url}`),
    async changeDuring(withdraw, route = 'demo', namespace = 'shop-dev') {
      const agent = await lab.agent({}, route);
      let recorded: JsonObject = {};
      meanwhile.stall = async ({ id, principal }) => {
        meanwhile.stall = undefined;
        recorded = await admin.get(`/v1/decisions/${id}`);
        await withdraw(ground, { agent: agent.id, credential: principal?.credentialId ?? '' });
      };
      const answer = await lab.call('PATCH', `/kube/${route}/api/v1/namespaces/${namespace}/configmaps/features`, {
        ...{ token: agent.token, headers: MERGE },
        body: { data: { by: agent.id } },
      });
      return { agent: agent.id, id: textAt(recorded, 'id'), recorded, answer };
    },
    watch: () => openWatch(lab),
    async close() {
      await lab.close();
      await upstream.close();
      await rm(folder, { recursive: true });
    },
  };
  return ground;
}

async function start(upstream: RecordingUpstream, path: string, stall: GateLabOptions['stall']): Promise<GateLab> {
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const route = (name: string, more: JsonObject = {}) => ({
    ...{ name, surface: 'kubernetes', at: `/kube/${name}`, upstream: { url: upstream.url } },
    ...more,
  });
  const routes = [route('demo'), route('other'), route('shadow', { mode: { shadow: { until } } })];
  // The gate also looks at open calls from time to time; what is cut here is cut by what happened alone.
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    return await startGateLab({
      upstream: {},
      config: { bundle: { path, watch: false }, routes },
      ...(stall === undefined ? {} : { stall }),
    });
  } finally {
    vi.useRealTimers();
  }
}

async function openWatch(lab: GateLab): Promise<Watch> {
  const agent = await lab.agent();
  const sending = request(`${lab.origin}/kube/demo${NS}/configmaps?watch=true`, {
    agent: new Agent({ ca: lab.gate.caPem }),
    headers: { authorization: `Bearer ${agent.token}` },
  }).end();
  const [answer]: IncomingMessage[] = await once(sending, 'response');
  if (answer?.statusCode !== 200) throw new Error(`the watch was answered with ${answer?.statusCode}`);
  let shown = '';
  answer.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  answer.on('error', () => undefined);
  const over = new Promise<boolean>((resolve) => answer.once('close', () => resolve(answer.complete)));
  const id = String(answer.headers['sallyport-decision']);
  const credential = textAt(await lab.admin.get(`/v1/decisions/${id}`), 'decided', 'agent', 'credential_id');
  return { id, agent: agent.id, credential, shown: () => shown, over, leave: () => void sending.destroy() };
}

/** A gate that knows agents by an issuer of tokens of its own, and a token of it. */
export async function openIdentified(upstream: RecordingUpstream, stall: NonNullable<GateLabOptions['stall']>) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-issuer-'));
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = join(folder, 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }));
  const lab = await startGateLab({
    upstream: { url: upstream.url },
    config: { identity: { issuers: [{ issuer: 'works', audience: 'gate', jwks }] } },
    stall,
  });
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuer('works')
    .setSubject('robot')
    .setAudience('gate')
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(privateKey);
  const close = async (): Promise<void> => {
    await lab.close();
    await rm(folder, { recursive: true });
  };
  return { lab, token, close };
}

/** What covers a call, the freeze of it, and how refusals name it. */
export const FREEZES: readonly [string, (agent: string) => JsonObject, (agent: string) => string][] = [
  ['everything', () => ({ kind: 'everything' }), () => 'everything'],
  ['its route', () => ({ kind: 'route', route: 'demo' }), () => 'route demo'],
  ['its environment', () => ({ kind: 'environment', environment: 'dev' }), () => 'environment dev'],
  ['its service', () => ({ kind: 'service', service: 'shop' }), () => 'service shop'],
  ['the team that owns it', () => ({ kind: 'team', team: 'shop' }), () => 'team shop'],
  ['its agent', (agent) => ({ kind: 'agent', agent }), (agent) => `agent ${agent}`],
];
/** What covers other calls. */
export const ELSEWHERE: readonly [string, JsonObject][] = [
  ['another route', { kind: 'route', route: 'other' }],
  ['another environment', { kind: 'environment', environment: 'prod' }],
  ['another service', { kind: 'service', service: 'search' }],
  ['what another team owns', { kind: 'team', team: 'search' }],
  ['a runbook that it does not claim', { kind: 'runbook', runbook: 'restart-stateless' }],
];
const OVER: Why = (agent, root) =>
  `gate/revoked: the authority of agent ${agent} was withdrawn or has ended. Ask ${root}`;
export const scoped = (part: JsonObject) => ({ scope: { ...EVERYWHERE, ...part } });
const within = (agent: string, reach: string, granted: string) =>
  `gate/scope: agent ${agent} reaches for ${reach}, its grant covers ${granted}. `;

/** What a refusal says, of an agent whom `root` granted. */
export type Why = (agent: string, root: string) => string;

/** What ends an agent's authority over what it does, and what the caller is told. */
export const ENDED: readonly [string, Withdraw, Why][] = [
  ['its agent is revoked', (on, { agent }) => on.revoke(`agents/${agent}`), OVER],
  ['all tokens of its agent are revoked', (on, { agent }) => on.revoke(`agents/${agent}`, { tokens: true }), OVER],
  ['its token is revoked', (on, { credential }) => on.revoke(`tokens/${credential}`), OVER],
  [
    'the scope no longer covers the namespace',
    (on, { agent }) => on.change(agent, scoped({ namespaces: ['shop-prod'] })),
    (agent) => within(agent, 'namespace shop-dev', 'namespace shop-prod'),
  ],
  [
    'the scope no longer covers the route',
    (on, { agent }) => on.change(agent, scoped({ routes: [] })),
    (agent) => within(agent, 'route demo', 'no route'),
  ],
  [
    'the scope no longer covers the environment',
    (on, { agent }) => on.change(agent, scoped({ environments: ['prod'] })),
    () => 'environment dev',
  ],
  ['its level is lowered to 0', (on, { agent }) => on.change(agent, { level: 0 }), () => 'level'],
  [
    'a bundle that denies is loaded',
    (on) => on.load('denies without a reason'),
    () => 'gate/new-verdict: the policy that is in force now denies this call',
  ],
  [
    'a bundle that holds is loaded',
    (on) => on.load('holds without a reason'),
    () => 'gate/new-verdict: the policy that is in force now holds this call',
  ],
];
