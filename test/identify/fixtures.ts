import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Issuer } from '../../src/config.ts';
import { SallyportError } from '../../src/errors.ts';
import type { NewAgent } from '../../src/identify/agent.ts';
import { AgentTokens } from '../../src/identify/agent-tokens.ts';
import { type CertificateIssuer, createCertificates } from '../../src/identify/certificates.ts';
import { createIdentifier, type Identify } from '../../src/identify/identify.ts';
import { createIssuers } from '../../src/identify/issuers.ts';
import { Registry } from '../../src/identify/registry.ts';
import { openSigningKey, type SigningKey } from '../../src/identify/signing-key.ts';
import type { Sources } from '../../src/identify/sources.ts';
import type { WireCall } from '../../src/listen/wire.ts';
import type { Store } from '../../src/record/store.ts';
import { MemoryStore } from './memory-store.ts';

export const START = new Date('2026-06-01T12:00:00.000Z');
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** A clock that only moves when it is told to, and ids in order. */
/** Whoever names an intent has it. */
const EVERY_INTENT = { isOpenFor: () => true };

export class TestSources implements Sources {
  #time: number;
  #ids = 0;

  constructor(start: Date = START) {
    this.#time = start.getTime();
  }

  readonly now = (): Date => new Date(this.#time);
  readonly newId = (): string => {
    this.#ids += 1;
    return `id-${this.#ids}`;
  };

  advance(milliseconds: number): void {
    this.#time += milliseconds;
  }
}

/** Ids that two sources never share, for tests that open one store twice. */
export function uniqueSources(sources: TestSources): Sources {
  return { now: sources.now, newId: randomUUID };
}

export const BOT: NewAgent = {
  id: 'deploy-bot',
  team: 'payments',
  owner: 'ada@example.com',
  scope: { routes: ['staging', 'prod'], environments: ['staging'], namespaces: ['*'] },
};

/** A folder of the test's own, removed after it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-identify-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A call on a route, as `listen` would give it. */
export function callTo(
  route: string,
  headers: Readonly<Record<string, string>> = {},
  certificate: Uint8Array | undefined = undefined,
): WireCall {
  return {
    method: 'GET',
    route: {
      name: route,
      surface: 'kubernetes',
      at: `/kube/${route}`,
      labels: { environment: route, service: 'none', tier: 'none', team: 'none', regulated: 'none' },
      mode: { kind: 'enforce' },
      impersonate: true,
      upstream: { kind: 'in-cluster' },
    },
    path: { segments: ['api', 'v1', 'pods'], query: [] },
    headers: new Map(Object.entries(headers)),
    body: new Uint8Array(),
    upgrade: undefined,
    peer: { address: '127.0.0.1', certificate },
  };
}

export interface TestGate {
  readonly store: Store;
  readonly sources: TestSources;
  readonly registry: Registry;
  readonly key: SigningKey;
  readonly tokens: AgentTokens;
  readonly identify: Identify;
}

/** The whole identify stage with one agent, `deploy-bot`. */
export async function openGate(
  options: {
    readonly issuers?: readonly Issuer[];
    readonly certificates?: readonly CertificateIssuer[];
    readonly identities?: NewAgent['identities'];
    readonly sources?: TestSources;
    readonly skew?: number;
    readonly cooldown?: number;
  } = {},
): Promise<TestGate> {
  const store = new MemoryStore();
  const sources = options.sources ?? new TestSources();
  const registry = await Registry.open(store, sources);
  await registry.add({ ...BOT, identities: options.identities ?? [] }, 'ada', 'deploys payments');
  const key = await openSigningKey(join(await temporaryFolder(), 'agent-tokens.pem'));
  const tokens = new AgentTokens({ store, registry, intents: EVERY_INTENT, key, gateId: 'gate-1', sources });
  const { now } = sources;
  const identify = createIdentifier({
    registry,
    tokens,
    issuers: createIssuers({
      issuers: options.issuers ?? [],
      skew: options.skew ?? 30,
      now,
      cooldown: options.cooldown,
    }),
    certificates: createCertificates(options.certificates ?? [], now),
    now,
  });
  return { store, sources, registry, key, tokens, identify };
}

/** A fresh token of `deploy-bot` for the route `staging`. */
export async function issueToken({ tokens }: TestGate, ttlSeconds?: number): Promise<string> {
  const order = { agent: BOT.id, route: 'staging', by: 'ada', why: 'to connect kubectl', ttlSeconds };
  return (await tokens.issue(order)).token;
}

export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

/** The code and message that something was refused with; fails when it was not. */
export async function refusalOf(act: () => unknown): Promise<readonly [code: string, message: string]> {
  try {
    await act();
  } catch (thrown) {
    if (thrown instanceof SallyportError) return [thrown.code, thrown.message];
    throw thrown;
  }
  throw new Error('this was not refused');
}

/** Every document and every leaf of a store, as one text. */
export async function everythingIn(store: Store): Promise<string> {
  const collections = ['agents', 'operators', 'freezes', 'revocations', 'meta'] as const;
  const documents = await Promise.all(collections.map((collection) => store.list(collection)));
  const leaves = await store.leaves(0, 10_000);
  return JSON.stringify([documents.flat(), leaves.map((leaf) => leaf.leaf)]);
}
