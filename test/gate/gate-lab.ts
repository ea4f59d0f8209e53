import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { textAt } from '../../src/cli/json-fields.ts';
import { kubeconfigFor } from '../../src/cli/kubeconfig.ts';
import { readConfig } from '../../src/config/file.ts';
import type { JsonObject } from '../../src/json.ts';
import { OperationsClient } from '../../src/operate/client.ts';
import { type RunningGate, type StartOptions, startGate } from '../../src/serve.ts';

/** What a grant says of an agent in a test; everywhere unless told otherwise. */
export interface Grant {
  readonly id?: string;
  readonly level?: number;
  readonly scope?: Readonly<Record<string, readonly string[]>>;
  readonly [more: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The parsed body; empty when it is no JSON object. */
  readonly json: JsonObject;
}

export interface Asked {
  readonly token?: string | undefined;
  readonly body?: string | Uint8Array | JsonObject;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** A whole gate in this process, on free ports, with an administrator. */
export interface GateLab {
  readonly gate: RunningGate;
  /** `https://127.0.0.1:port` of the agents' side. */
  readonly origin: string;
  readonly folder: string;
  readonly state: string;
  readonly configFile: string;
  readonly admin: OperationsClient;
  /** Grants a new agent and gives it a token for `route`. */
  agent(grant?: Grant, route?: string): Promise<{ readonly id: string; readonly token: string }>;
  /** A kubeconfig file with that token for `route`. */
  kubeconfig(agent: { readonly id: string; readonly token: string }, route?: string): Promise<string>;
  /** One call to the agents' side; `path` from its root, e.g. `/kube/demo/api/v1/namespaces`. */
  call(method: string, path: string, asked?: Asked): Promise<Answer>;
  /** The newest decisions, newest first. */
  decisions(query?: string): Promise<readonly JsonObject[]>;
  close(): Promise<void>;
}

export const EVERYWHERE = {
  routes: ['*'],
  environments: ['*'],
  services: ['*'],
  teams: ['*'],
  namespaces: ['*'],
  accounts: ['*'],
  tools: ['*'],
} as const;

/** The name and prefix of the one route that a lab has unless told otherwise. */
export const ROUTE = 'demo';

export interface GateLabOptions extends StartOptions {
  /** Of the route's upstream: `{url}` or `{kubeconfig, context}`. */
  readonly upstream: JsonObject;
  /** More members of the route (environment, mode, impersonate, ...). */
  readonly route?: JsonObject;
  /** More members of the configuration. */
  readonly config?: JsonObject;
}

/** Several labs stand in front of one cluster, whose audit log knows agents by their ids. */
const serial = { agents: 0, run: randomUUID().slice(0, 8) };

/** Writes a configuration, starts the gate that it says, bootstraps an administrator. */
export async function startGateLab(options: GateLabOptions): Promise<GateLab> {
  const { upstream, route = {}, config = {}, ...start } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-gate-'));
  const configFile = join(folder, 'sallyport.yaml');
  const state = join(folder, 'state');
  await writeFile(
    configFile,
    stringify({
      listen: '127.0.0.1:0',
      operate: '127.0.0.1:0',
      state: 'state',
      // Tests of what waits say so; the others are told at once.
      holds: { wait: '0ms' },
      routes: [{ name: ROUTE, surface: 'kubernetes', at: `/kube/${ROUTE}`, upstream, ...route }],
      ...config,
    }),
  );
  const gate = await startGate(readConfig(configFile), start);
  const origin = `https://127.0.0.1:${gate.listen.port}`;
  const client = (token: string | undefined) =>
    new OperationsClient({ origin: gate.operate.origin, ca: [gate.caPem], token, tokenFrom: 'the test' });
  const secret = (await readFile(join(state, 'bootstrap-secret'), 'utf8')).trim();
  const bootstrapped = await client(undefined).post('/v1/operators/bootstrap', { secret, name: 'root' });
  const admin = client(textAt(bootstrapped, 'token'));
  const tls = new Agent({ keepAlive: true, ca: gate.caPem });
  const call = (method: string, path: string, asked: Asked = {}) => ask(tls, `${origin}${path}`, method, asked);
  return {
    gate,
    origin,
    folder,
    state,
    configFile,
    admin,
    call,
    async agent(grant = {}, forRoute = ROUTE) {
      serial.agents += 1;
      const { id = `agent-${serial.run}-${serial.agents}`, level = 3, scope = EVERYWHERE, ...more } = grant;
      await admin.post('/v1/agents', {
        id,
        level,
        team: 'shop',
        owner: 'root',
        why: 'a test',
        scope: { ...EVERYWHERE, ...scope },
        ...more,
      } as JsonObject);
      const issued = await admin.post(`/v1/agents/${id}/tokens`, { route: forRoute, why: 'a test' });
      return { id, token: textAt(issued, 'token') };
    },
    async kubeconfig({ id, token }, forRoute = ROUTE) {
      const file = join(folder, `${id}.kubeconfig`);
      const { text } = kubeconfigFor({
        route: forRoute,
        agent: id,
        server: `${origin}/kube/${forRoute}`,
        caPem: gate.caPem,
        token,
      });
      await writeFile(file, text, { mode: 0o600 });
      return file;
    },
    async decisions(query = '?limit=100') {
      const answer = await admin.get(`/v1/decisions${query}`);
      return Array.isArray(answer.decisions) ? answer.decisions : [];
    },
    async close() {
      tls.destroy();
      await gate.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One call by HTTPS; rejects when the connection breaks before there is an answer. */
export function ask(agent: Agent, url: string, method: string, { token, body, headers = {} }: Asked): Promise<Answer> {
  const plain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const text = plain ? body : JSON.stringify(body);
  const sent: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) sent[name] = typeof value === 'string' ? value : [...value];
  if (token !== undefined) sent.authorization = `Bearer ${token}`;
  if (text !== undefined) sent['content-type'] ??= 'application/json';
  if (text !== undefined) sent['content-length'] = String(Buffer.byteLength(text));
  return new Promise((resolve, reject) => {
    const sending = request(url, { method, agent, headers: sent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const received = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: received, json: objectIn(received) });
      });
    });
    sending.on('error', reject);
    sending.end(text);
  });
}

function objectIn(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
