import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Json, JsonObject } from '../../src/json.ts';
import type { Answer, GateLab } from '../gate/gate-lab.ts';
import { dataSite } from '../lab/data-site.ts';
import type { Lab } from '../lab/lab.ts';
import {
  admin,
  at,
  decisionsOf,
  items,
  makeNamespace,
  newestLeaf,
  reachedAs,
  startClusterGate,
  writesAs,
} from './cluster-gate.ts';
import { type Sent, send } from './judged-call.ts';

interface Holder {
  readonly id: string;
  readonly token: string;
}

/** What became of an attempt. */
interface Attempted {
  readonly answer: Answer;
  readonly decided: JsonObject;
  /** The rules that its reasons name. */
  readonly rules: readonly (Json | undefined)[];
}

/** A gate with two routes to one cluster, and agents that want more than they may. */
export interface EscapeLab {
  readonly gate: GateLab;
  /** All that an agent can be: what it may not do, none may. */
  readonly climber: Holder;
  /** Its own environment, no more. */
  readonly resident: Holder;
  readonly observer: Holder;
  /** Everywhere, but its token is for another route. */
  readonly elsewhere: Holder;
  /** Tries one thing that must not happen: asserts that nothing was written and nothing changed. */
  attempt(agent: Holder, sent: Sent): Promise<Attempted>;
  /** Everything in the places, the places themselves and who may do what: identity and version of each. */
  state(): Promise<Json>;
  /** How many calls reached the API server in the name of any of the agents. */
  reached(): Promise<number>;
  close(): Promise<void>;
}

/** @param places namespaces to make, with their environments */
export async function openEscapeLab(
  lab: Lab,
  places: Readonly<Record<string, string>>,
  seeds: readonly JsonObject[],
): Promise<EscapeLab> {
  for (const [name, environment] of Object.entries(places)) await makeNamespace(lab, name, environment);
  await admin(lab, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...seeds] }));
  for (const { kind, metadata } of seeds) {
    if (kind !== 'Deployment') continue;
    const [name, namespace] = [String(at(metadata, 'name')), String(at(metadata, 'namespace'))];
    await admin(lab, ['wait', SETTLED, `deployment/${name}`, '-n', namespace, '--timeout=60s']);
  }
  const upstream = () => ({ kubeconfig: lab.gate });
  const route = (name: string) => ({ name, surface: 'kubernetes', at: `/kube/${name}`, upstream: upstream() });
  // As shipped, who tries so much is frozen before it has tried everything.
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-escape-'));
  const bundle = await dataSite(folder, { stops: {} });
  const gate = await startClusterGate(lab, { config: { routes: [route('demo'), route('other')], bundle } });
  const agents = {
    climber: await gate.agent({ level: 5 }),
    resident: await gate.agent({ level: 5, scope: { environments: ['dev'] } }),
    observer: await gate.agent({ level: 1 }),
    elsewhere: await gate.agent({ level: 5 }, 'other'),
  };
  const state = async () => {
    const lines = (await admin(lab, ['get', KINDS, '-A', '-o', VERSIONS])).split('\n');
    return lines.filter((line) => counts(line, places));
  };
  return {
    gate,
    ...agents,
    state,
    async attempt(agent, sent) {
      const [before, written, since] = [await state(), await writesAs(lab, agent.id), await newestLeaf(gate)];
      const { answer, decided } = await send(gate, agent.token, sent);
      expect([await state(), await writesAs(lab, agent.id)]).toEqual([before, written]);
      expect((await decisionsOf(gate, agent.id, since)).length).toBeLessThanOrEqual(1);
      return { answer, decided, rules: items(decided.reasons).map((reason) => at(reason, 'rule')) };
    },
    async reached() {
      return (await Promise.all(Object.values(agents).map(({ id }) => reachedAs(lab, id)))).flat().length;
    },
    async close() {
      await gate.close();
      await rm(folder, { recursive: true, force: true });
      await admin(lab, ['delete', 'namespace', ...Object.keys(places), '--wait=false']);
    },
  };
}

const SETTLED = '--for=jsonpath={.status.conditions[?(@.type=="Progressing")].reason}=NewReplicaSetAvailable';
const KINDS = [
  ...['configmaps', 'deployments', 'pods', 'secrets', 'serviceaccounts', 'rolebindings', 'namespaces'],
  ...['clusterroles', 'clusterrolebindings', 'certificatesigningrequests', 'mutatingwebhookconfigurations'],
].join(',');
const FIELDS = [
  '{.metadata.namespace}',
  '{.kind}',
  '{.metadata.name}',
  '{.metadata.uid}',
  '{.metadata.resourceVersion}',
];
const VERSIONS = `jsonpath={range .items[*]}${FIELDS.join('{" "}')}{"\\n"}{end}`;

/** Other tests' namespaces come and go; a new one called `escape-new` would be ours. */
function counts(line: string, places: Readonly<Record<string, string>>): boolean {
  const [namespace = '', kind = '', name = ''] = line.split(' ');
  const place = kind === 'Namespace' ? name : namespace;
  return place === '' || place === 'escape-new' || Object.hasOwn(places, place);
}
