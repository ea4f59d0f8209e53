import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { vi } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../src/json.ts';
import { type GateLab, type GateLabOptions, startGateLab } from '../gate/gate-lab.ts';
import { type AuditEvent, readAudit } from '../lab/audit.ts';
import type { Lab } from '../lab/lab.ts';

/**
 * A whole gate in front of the real API server, with the gate's own narrow credential. It measures for as long as a busy
 * machine may take: what a test is about is what was measured.
 */
export function startClusterGate(lab: Lab, options: Omit<GateLabOptions, 'upstream'> = {}): Promise<GateLab> {
  const { config = {} } = options;
  const limits = { measureTimeout: '30s', ...object(config.limits ?? {}) };
  return startGateLab({ ...options, config: { ...config, limits }, upstream: { kubeconfig: lab.gate } });
}

/** Makes a namespace of `environment`, and waits until pods can be made in it. */
export async function makeNamespace(lab: Lab, name: string, environment: string): Promise<void> {
  const labels = {
    'sallyport.dev/environment': environment,
    'sallyport.dev/service': 'shop',
    'sallyport.dev/team': 'shop',
  };
  await apply(lab, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  await admin(lab, ['wait', '--for=create', 'serviceaccount/default', '--timeout=60s', '-n', name]);
}

/** kubectl as the administrator, which must succeed; its standard output. */
export async function admin(lab: Lab, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await lab.kubectl(args, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Connections to the API server as the administrator, for calls that kubectl would not make. */
export function administrator(lab: Lab): Agent {
  const config = object(JSON.parse(readFileSync(lab.admin, 'utf8')));
  const pem = (list: string, entry: string, member: string) =>
    Buffer.from(String(at(items(config[list])[0], entry, member)), 'base64');
  return new Agent({
    keepAlive: true,
    ca: pem('clusters', 'cluster', 'certificate-authority-data'),
    cert: pem('users', 'user', 'client-certificate-data'),
    key: pem('users', 'user', 'client-key-data'),
  });
}

/** Creates or replaces objects as the administrator, past the gate. */
export async function apply(lab: Lab, ...objects: readonly JsonObject[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: [...objects] };
  await admin(lab, ['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(list));
}

/** An object as it is on the server. */
export async function read(lab: Lab, kind: string, name: string, namespace?: string): Promise<JsonObject> {
  const place = namespace === undefined ? [] : ['-n', namespace];
  return object(JSON.parse(await admin(lab, ['get', kind, name, '-o', 'json', ...place])));
}

/** The object as it is, or undefined when there is none. */
export async function readIfThere(
  lab: Lab,
  kind: string,
  name: string,
  namespace?: string,
): Promise<JsonObject | undefined> {
  const place = namespace === undefined ? [] : ['-n', namespace];
  const text = await admin(lab, ['get', kind, name, '-o', 'json', '--ignore-not-found', ...place]);
  return text === '' ? undefined : object(JSON.parse(text));
}

/** A kubeconfig that reaches the API server past the gate, as the very user that the gate makes of an agent. */
export function directKubeconfig(lab: Lab, folder: string, agent: string): string {
  const config = object(JSON.parse(readFileSync(lab.gate, 'utf8')));
  const [entry] = items(config.users);
  const user = {
    ...object(object(entry).user),
    as: `sallyport:agent:${agent}`,
    'as-groups': ['sallyport:agents'],
  };
  const file = join(folder, `${agent}.direct.kubeconfig`);
  writeFileSync(file, JSON.stringify({ ...config, users: [{ ...object(entry), user }] }), { mode: 0o600 });
  return file;
}

/**
 * What really reached the API server in the name of an agent so far. The server writes its log in the order in which it
 * answers, so what was answered before a marker is there once the marker is.
 */
export async function reachedAs(lab: Lab, agent: string): Promise<readonly AuditEvent[]> {
  const marker = `/api/v1/namespaces?fieldSelector=metadata.name%3D${randomUUID()}`;
  await admin(lab, ['get', '--raw', marker]);
  await vi.waitUntil(() => readAudit(lab).some((event) => event.requestURI === marker), { timeout: 10_000 });
  return readAudit(lab).filter((event) => event.impersonatedUser?.username === `sallyport:agent:${agent}`);
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** The writes among it that were meant: `verb requestURI`, without the dry runs that the gate measures by. */
export async function writesAs(lab: Lab, agent: string): Promise<readonly string[]> {
  return (await reachedAs(lab, agent))
    .filter(({ verb, requestURI }) => WRITES.has(verb) && !/[?&]dryRun=All(&|$)/.test(requestURI))
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
}

/** The decisions about one agent since `after`, oldest first. */
export async function decisionsOf(gate: GateLab, agent: string, after = -1): Promise<readonly JsonObject[]> {
  const found = await gate.decisions(`?agent=${agent}&limit=200`);
  return found.filter(({ seq }) => typeof seq === 'number' && seq > after).reverse();
}

/** The sequence number of the newest leaf: what comes later has a greater one. */
export async function newestLeaf(gate: GateLab): Promise<number> {
  return (await gate.gate.store.size()) - 1;
}

/** A member by its path, e.g. `at(decision, 'decided', 'input', 'blast')`. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

/** @throws TypeError when it is none */
export function object(value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new TypeError(`not an object: ${JSON.stringify(value)}`);
}

export function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
