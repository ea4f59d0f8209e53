import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { stringify } from 'yaml';
import type { Json, JsonObject } from '../../src/json.ts';
import { buildBundle } from '../../src/review/build.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { createAuthority } from '../lab/certificates.ts';
import type { Lab } from '../lab/lab.ts';
import { copyLibrary, pinnedOpa } from '../review/library.ts';
import { admin, administrator, apply, at, items, object, startClusterGate } from './cluster-gate.ts';
import { PATCHES, type Sent } from './judged-call.ts';
import { configMap, deployment, inNamespace } from './twin-objects.ts';

/** The lab's namespaces by their environment. */
export const NAMESPACES = { dev: 'shop-dev', staging: 'shop-staging', prod: 'shop-prod' } as const;
export type Place = keyof typeof NAMESPACES;

export const LEVELS = [0, 1, 2, 3, 4, 5] as const;

/**
 * What a call is for; the level table judges the first two alike everywhere, the others by the place. `b-unseen` is of tier B, and
 * no probe tells whether it worked.
 */
export type Kind = 'telemetry' | 'read' | 'b' | 'b-unseen' | 'c';

/** A call of one kind that an agent of `level` makes in a namespace, and how the gate says that it reaches. */
export interface Act {
  readonly what: string;
  readonly kind: Kind;
  readonly sent: (namespace: string, level: number) => Sent;
  readonly reach: string;
  /** The object that it is about, as a path; what it is about to be, as far as that shows that it happened. */
  readonly about?: (namespace: string, level: number) => string;
  readonly becomes?: JsonObject;
  /** What its caller is told of it, whatever becomes of it. */
  readonly told?: string;
}

const core = (namespace: string) => `/api/v1/namespaces/${namespace}`;
const apps = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}`;
const scaled = (level: number) => `table-scaled-${level}`;
const settings = (level: number) => `table-settings-${level}`;
const KEPT = 'table-kept';
const HIDDEN = 'table-hidden';

/** What production asks for of who acts there alone. */
const EVIDENCE = { 'Sallyport-Reason': 'it is slow', 'Sallyport-Incident': 'INC-1', 'Sallyport-Confidence': '0.9' };
const NOT_ALL_RETURNS = '299 - "revert/way-back: way back: recreate; not all of what was there comes back"';
const NOTHING = '0 objects, 0 pods, in 0 namespaces';

/** Every column's acts. Those that change something ask for what `setStage` takes back. */
export const ACTS: readonly Act[] = [
  {
    what: 'discovery',
    kind: 'telemetry',
    sent: () => ({ method: 'GET', path: '/apis/apps/v1' }),
    reach: NOTHING,
  },
  {
    what: 'a look at events',
    kind: 'telemetry',
    sent: (namespace) => ({ method: 'GET', path: `${core(namespace)}/events` }),
    reach: NOTHING,
  },
  {
    what: 'a read of a deployment',
    kind: 'read',
    sent: (namespace) => ({ method: 'GET', path: `${apps(namespace)}/deployments/${KEPT}` }),
    reach: NOTHING,
  },
  {
    what: 'a list of config maps',
    kind: 'read',
    sent: (namespace) => ({ method: 'GET', path: `${core(namespace)}/configmaps` }),
    reach: NOTHING,
  },
  {
    what: 'a scaling of a deployment',
    kind: 'b',
    sent: (namespace, level) => ({
      method: 'PATCH',
      path: `${apps(namespace)}/deployments/${scaled(level)}/scale`,
      body: { spec: { replicas: 2 } },
      type: PATCHES.merge,
      headers: EVIDENCE,
    }),
    reach: '1 object, 1 pod, in 1 namespace',
    about: (namespace, level) => `${apps(namespace)}/deployments/${scaled(level)}`,
    becomes: { spec: { replicas: 2 } },
  },
  {
    what: 'a patch of a config map',
    kind: 'b-unseen',
    sent: (namespace, level) => ({
      method: 'PATCH',
      path: `${core(namespace)}/configmaps/${settings(level)}`,
      body: { data: { colour: 'red' } },
      type: PATCHES.merge,
      headers: EVIDENCE,
    }),
    reach: '1 object, 0 pods, in 1 namespace',
    about: (namespace, level) => `${core(namespace)}/configmaps/${settings(level)}`,
    becomes: { data: { colour: 'red' } },
  },
  {
    what: 'a deletion of a deployment',
    kind: 'c',
    sent: (namespace) => ({ method: 'DELETE', path: `${apps(namespace)}/deployments/${KEPT}` }),
    // Its replica set goes with it.
    reach: '2 objects, 0 pods, in 1 namespace',
    about: (namespace) => `${apps(namespace)}/deployments/${KEPT}`,
    told: NOT_ALL_RETURNS,
  },
  {
    what: 'a deletion of config maps by a selector',
    kind: 'c',
    sent: (namespace, level) => ({
      method: 'DELETE',
      path: `${core(namespace)}/configmaps?fieldSelector=metadata.name%3D${settings(level)}`,
    }),
    reach: '1 object, 0 pods, in 1 namespace',
    about: (namespace, level) => `${core(namespace)}/configmaps/${settings(level)}`,
    told: NOT_ALL_RETURNS,
  },
  {
    what: 'a read of a secret',
    kind: 'c',
    sent: (namespace) => ({ method: 'GET', path: `${core(namespace)}/secrets/${HIDDEN}` }),
    reach: NOTHING,
    about: (namespace) => `${core(namespace)}/secrets/${HIDDEN}`,
  },
];

/** Puts what the acts are about, for agents of all levels, into the namespaces, as it is before any of them. */
export async function setStage(lab: Lab, server: Server): Promise<void> {
  const own = LEVELS.flatMap((level) => [deployment(scaled(level), { replicas: 1 }), configMap(settings(level))]);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: HIDDEN }, stringData: { word: 'xyzzy' } };
  const namespaces = Object.values(NAMESPACES);
  await apply(
    lab,
    ...namespaces.flatMap((place) => [...own, deployment(KEPT), secret].map((one) => inNamespace(place, one))),
  );
  for (const place of namespaces) await vi.waitUntil(() => isSettled(server, place), { timeout: 30_000 });
}

/** `xyzzy`, as an API server writes it. */
export const SECRET = 'eHl6enk=';

/** Whether the controllers have nothing left to write on the deployments of a namespace; no pod gets ready here. */
async function isSettled(server: Server, namespace: string): Promise<boolean> {
  const list = items((await server.read(`${apps(namespace)}/deployments`))?.items);
  return list.every((one) => {
    const replicas = at(one, 'spec', 'replicas');
    const [made, waiting] = ['replicas', 'unavailableReplicas'].map((name) => at(one, 'status', name) ?? 0);
    const isSeen = at(one, 'status', 'observedGeneration') === at(one, 'metadata', 'generation');
    return isSeen && made === replicas && waiting === replicas;
  });
}

/** Takes all of it away again. */
export async function clearStage(lab: Lab): Promise<void> {
  const own = LEVELS.flatMap((level) => [`deployment/${scaled(level)}`, `configmap/${settings(level)}`]);
  const all = [...own, `deployment/${KEPT}`, `secret/${HIDDEN}`];
  for (const place of Object.values(NAMESPACES)) {
    await admin(lab, ['delete', '--ignore-not-found', '--wait=false', ...all, '-n', place]);
  }
}

/** A patch of tier B that gives a config map of the stage a colour. */
export function recolour(place: Place, colour: string): Sent {
  const path = `${core(NAMESPACES[place])}/configmaps/${settings(0)}`;
  return { method: 'PATCH', path, body: { data: { colour } }, type: PATCHES.merge };
}

/** The colour that it has. */
export async function colourIn(server: Server, place: Place): Promise<Json | undefined> {
  return at(await server.read(recolour(place, '').path), 'data', 'colour');
}

/** The API server as the administrator sees it, past the gate; without a kubectl for each look. */
export interface Server {
  /** An object or a list; undefined where there is none. */
  read(path: string): Promise<JsonObject | undefined>;
  close(): void;
}

export async function openServer(lab: Lab): Promise<Server> {
  const agent = administrator(lab);
  return {
    async read(path) {
      const [status, text] = await get(`${lab.server}${path}`, agent);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`the API server answered ${status} for ${path}: ${text}`);
      return object(JSON.parse(text));
    },
    close: () => agent.destroy(),
  };
}

function get(url: string, agent: Agent): Promise<readonly [status: number, text: string]> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve([answer.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')]));
    });
    asking.on('error', reject).end();
  });
}

/** A gate whose time is what a test says, and whose change windows are a site's own. */
export interface WindowedGate {
  readonly gate: GateLab;
  /** RFC 3339 */
  setTime(time: string): void;
  close(): Promise<void>;
}

/** Builds the policy library with these windows, by the real OPA, and starts a gate with it in front of the API server. */
export async function startWindowedGate(lab: Lab, windows: JsonObject, time: string): Promise<WindowedGate> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-windows-'));
  const path = join(folder, 'windows.tar.gz');
  const library = await copyLibrary();
  try {
    const file = join(library.rego, 'data/windows.yaml');
    // Under a misspelt name the shipped windows would stay.
    await readFile(file);
    await writeFile(file, stringify({ windows }, { aliasDuplicateObjects: false }));
    await buildBundle({ rego: library.rego, out: path, opa: await pinnedOpa(), version: '0.0.0' });
  } finally {
    await library.remove();
  }
  // The gate would make its certificate by its own clock, and its clients look at the real one.
  const authority = createAuthority(new Date());
  const { key, certificate } = authority.server(['localhost'], ['127.0.0.1']);
  const tls = { cert: join(folder, 'gate.crt'), key: join(folder, 'gate.key') };
  await writeFile(tls.cert, certificate + authority.certificate);
  await writeFile(tls.key, key, { mode: 0o600 });
  const clock = { now: new Date(time) };
  const gate = await startClusterGate(lab, { config: { bundle: { path }, tls }, now: () => clock.now });
  return {
    gate,
    setTime: (to) => {
      clock.now = new Date(to);
    },
    async close() {
      await gate.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
