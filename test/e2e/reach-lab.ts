import { expect } from 'vitest';
import type { Json, JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import type { Lab } from '../lab/lab.ts';
import { admin, apply, at, items, makeNamespace, object, read, startClusterGate } from './cluster-gate.ts';
import { type Judged, PATCHES, type Sent, send } from './judged-call.ts';
import { inNamespace } from './twin-objects.ts';

/** Pods by their uid, with their names. */
export type Pods = ReadonlyMap<string, string>;

/** A gate, a namespace of dev behind it, and two agents: what the gate says of a call beside what becomes of it. */
export interface ReachLab {
  readonly gate: GateLab;
  readonly tokens: { readonly worker: string; readonly observer: string };
  /** The ids of the two agents. */
  readonly ids: readonly string[];
  /** Calls as an agent that may do what is of tier B. */
  act(sent: Sent): Promise<Judged>;
  /** Calls as an agent that is told what would be; nothing it asks for happens. */
  ask(sent: Sent): Promise<Judged>;
  /** Puts objects into the namespace, past the gate. */
  seed(...objects: readonly JsonObject[]): Promise<void>;
  /** The pods with label app=`name` that are not being deleted. */
  pods(name: string): Promise<Pods>;
  /** The same, once the controllers have made them so many. */
  podsOf(name: string, count: number): Promise<Pods>;
  /** The same as they are, after each was said to be ready, as its node would: a rollout waits for that. */
  readied(name: string): Promise<Pods>;
  /** Waits until the deployment controller has seen the latest change. */
  observed(deployment: string): Promise<void>;
  close(): Promise<void>;
}

const PATIENCE = { timeout: 30_000 };

export async function openReachLab(lab: Lab, place: string): Promise<ReachLab> {
  await makeNamespace(lab, place, 'dev');
  const gate = await startClusterGate(lab);
  const worker = await gate.agent({ level: 3 });
  const observer = await gate.agent({ level: 1 });
  const pods = async (name: string): Promise<Pods> => {
    const list = object(JSON.parse(await admin(lab, ['get', 'pods', '-l', `app=${name}`, '-o', 'json', '-n', place])));
    const live = items(list.items).filter((one) => at(one, 'metadata', 'deletionTimestamp') === undefined);
    return new Map(live.map((one) => [String(at(one, 'metadata', 'uid')), String(at(one, 'metadata', 'name'))]));
  };
  return {
    gate,
    tokens: { worker: worker.token, observer: observer.token },
    ids: [worker.id, observer.id],
    act: (sent) => send(gate, worker.token, sent),
    ask: (sent) => send(gate, observer.token, sent),
    seed: (...objects) => apply(lab, ...objects.map((one) => inNamespace(place, one))),
    pods,
    async podsOf(name, count) {
      await expect.poll(async () => (await pods(name)).size, PATIENCE).toBe(count);
      return pods(name);
    },
    async readied(name) {
      const found = await pods(name);
      for (const one of found.values()) {
        // It may be gone by now, which is what the rollout is for.
        await lab.kubectl(['patch', 'pod', one, '--subresource=status', '--type=merge', '-p', READY, '-n', place]);
      }
      return found;
    },
    async observed(name) {
      const generations = async () => {
        const live = await read(lab, 'deployment', name, place);
        return at(live, 'status', 'observedGeneration') === at(live, 'metadata', 'generation');
      };
      await expect.poll(generations, PATIENCE).toBe(true);
    },
    async close() {
      await gate.close();
      await admin(lab, ['delete', 'namespace', place, '--wait=false']);
    },
  };
}

const READY = JSON.stringify({ status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } });

/** How many of the pods before are no more. */
export function gone(before: Pods, after: Pods): number {
  return [...before.keys()].filter((uid) => !after.has(uid)).length;
}

/** How many pods have gone or come. */
export function different(before: Pods, after: Pods): number {
  return gone(before, after) + gone(after, before);
}

/** A known blast radius of one object. */
export function blast(pods: number, replicas: number, share: number): JsonObject {
  return { known: true, objects: 1, replicas, pods, share, namespaces: 1, scope: 'object', open: false };
}

export const INVERSE = { how: 'inverse', exact: true, captured: true };
export const REVISION = { how: 'revision', exact: true, captured: true };
export const RECREATE = { how: 'recreate', exact: false, captured: true };
export const NOT_NEEDED = { how: 'not_needed', exact: true, captured: true };
export const UNKNOWN_BLAST = {
  known: false,
  objects: 'unknown',
  replicas: 'unknown',
  pods: 'unknown',
  share: 'unknown',
  namespaces: 'unknown',
  scope: 'unknown',
  open: 'unknown',
};
const UNKNOWN_WAY = { how: 'unknown', exact: 'unknown', captured: 'unknown' };

/** What is claimed of an act that the table has no entry for; what it escalates is told by a table of its own. */
export const UNKNOWN_REACH = { blast: UNKNOWN_BLAST, wayBack: UNKNOWN_WAY, escalates: expect.anything() };

/** A patch; a merge patch unless told otherwise. */
export function patch(path: string, body: Json, type: string = PATCHES.merge): Sent {
  return { method: 'PATCH', path, body, type };
}
