import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import type { KubectlOptions, KubectlResult } from '../lab/kubectl.ts';
import type { Lab } from '../lab/lab.ts';
import { buildSite } from '../review/site.ts';
import { admin, apply, directKubeconfig, startClusterGate } from './cluster-gate.ts';
import { closeNodes, openNodes } from './pod-nodes.ts';
import { inNamespace } from './twin-objects.ts';

/** An agent, and its way to the API server through the gate. */
export interface ClientAgent {
  readonly id: string;
  readonly token: string;
  readonly kubeconfig: string;
}

/** A gate that lets an agent do whatever the API server lets it do, and the same server past the gate. */
export interface OpenGate {
  readonly gate: GateLab;
  readonly agent: ClientAgent;
  /** A kubeconfig that reaches the API server past the gate, as the very same user. */
  readonly past: string;
  close(): Promise<void>;
}

/**
 * Shadow mode passes over the level table, and the site's data let agents ask for credentials: what is left to be denied
 * is a change of who may do what. The agent is a cluster administrator to the API server.
 */
export async function openGate(lab: Lab): Promise<OpenGate> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-clients-'));
  const bundle = join(folder, 'site.tar.gz');
  await buildSite({ authority: { credential_routes: { demo: true } } }, bundle);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const gate = await startClusterGate(lab, {
    route: { mode: { shadow: { until } } },
    config: { bundle: { path: bundle } },
  });
  const agent = await clientAgent(gate, 5);
  const role = await mayDoAnything(lab, agent.id);
  return {
    gate,
    agent,
    past: directKubeconfig(lab, gate.folder, agent.id),
    async close() {
      await gate.close();
      await admin(lab, ['delete', 'clusterrolebinding', role]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function clientAgent(gate: GateLab, level: number): Promise<ClientAgent> {
  const agent = await gate.agent({ level });
  return { ...agent, kubeconfig: await gate.kubeconfig(agent) };
}

/** Makes an agent a cluster administrator, so that nothing it is refused is refused by the API server. */
export async function mayDoAnything(lab: Lab, agent: string): Promise<string> {
  const name = `clients-${agent}`;
  const api = 'rbac.authorization.k8s.io';
  await apply(lab, {
    apiVersion: `${api}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    subjects: [{ kind: 'User', name: `sallyport:agent:${agent}`, apiGroup: api }],
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin', apiGroup: api },
  });
  return name;
}

/** Two namespaces with the same objects, whose pods run: one is reached through the gate, the other past it. */
export interface Twins {
  readonly gate: string;
  readonly solo: string;
  close(): Promise<void>;
}

export async function openTwins(lab: Lab, prefix: string, seeds: readonly JsonObject[]): Promise<Twins> {
  const names = { gate: `${prefix}-gate`, solo: `${prefix}-solo` };
  for (const namespace of Object.values(names)) {
    await openNodes(lab, namespace, 'dev', 2);
    if (seeds.length > 0) await apply(lab, ...seeds.map((seed) => inNamespace(namespace, seed)));
  }
  return {
    ...names,
    async close() {
      for (const namespace of Object.values(names)) await closeNodes(lab, namespace);
    },
  };
}

/** How a command is run beside its words. */
export interface Run extends Omit<KubectlOptions, 'input'> {
  /** What it reads from its standard input; NAMESPACE in it stands for the namespace. */
  readonly input?: JsonObject | string | undefined;
}

/** Words apart by single spaces; a `~` stands for a space within a word, NAMESPACE for the namespace it runs in. */
export async function type(lab: Lab, run: string, namespace: string, { input, ...more }: Run): Promise<KubectlResult> {
  const place = (text: string) => text.replaceAll('NAMESPACE', namespace);
  const words = run.split(' ').map((word) => place(word).replaceAll('~', ' '));
  const given = input === undefined ? {} : { input: place(typeof input === 'string' ? input : JSON.stringify(input)) };
  return lab.kubectl(['-n', namespace, ...words], { ...more, ...given });
}

/** Without what must differ: the names of the twins, identifiers, versions, times, addresses, tokens. */
export function normal(output: string): string {
  return (
    output
      .replaceAll(/\b([a-z0-9-]+)-(gate|solo)\b/g, 'twin')
      .replaceAll(/(?<![-\w[])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .replaceAll(/("?resourceVersion"?: ?)"\d+"/g, '$1"VERSION"')
      .replaceAll(/(Resource Version: +)\d+/g, '$1VERSION')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}( \w+)?/g, 'TIME')
      .replaceAll(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME')
      .replaceAll(/\b(\d+m)?\d+s\b */g, (age) => (age.endsWith(' ') ? 'AGE ' : 'AGE'))
      .replaceAll(/https:\/\/127\.0\.0\.1:\d+(\/kube\/demo)?/g, 'SERVER')
      .replaceAll(/\b10\.(0|244)\.\d+\.\d+ */g, 'ADDRESS ')
      .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TOKEN')
      .replaceAll(/\/tmp\/(LIVE|MERGED)-\d+/g, '/tmp/$1')
      // The end of a name that the server makes up.
      .replaceAll(/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '-MADE')
  );
}

/** What of an output is the same every time: all of it, its lines in any order, its last line. */
export function comparable(output: string, compare?: 'sorted' | 'last line'): string {
  const lines = normal(output).trimEnd().split('\n');
  if (compare === 'sorted') return lines.toSorted().join('\n');
  return compare === 'last line' ? (lines.at(-1) ?? '') : lines.join('\n');
}
