import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import type { KubectlResult } from '../lab/kubectl.ts';
import { ownLab } from '../lab/own-lab.ts';
import {
  admin,
  at,
  decisionsOf,
  directKubeconfig,
  items,
  makeNamespace,
  newestLeaf,
  startClusterGate,
  writesAs,
} from './cluster-gate.ts';
import { READS, REFUSED, SEEDS, WRITES } from './kubectl-commands.ts';
import { inNamespace } from './twin-objects.ts';

const lab = ownLab();
/** The same objects in both; one is reached through the gate, the other past it. */
const [GATE, SOLO] = ['twin-gate', 'twin-solo'];

let gate: GateLab;
const agents = new Map<string, { readonly id: string; readonly kubeconfig: string }>();
let past: string;

beforeAll(async () => {
  gate = await startClusterGate(lab);
  for (const [name, level, namespaces] of [
    ['worker', 3, ['*']],
    ['observer', 1, [GATE]],
    ['assistant', 2, [GATE]],
    ['adviser', 0, [GATE]],
    ['stranger', 3, ['elsewhere']],
  ] as const) {
    const agent = await gate.agent({ level, scope: { namespaces } });
    agents.set(name, { id: agent.id, kubeconfig: await gate.kubeconfig(agent) });
  }
  past = directKubeconfig(lab, gate.folder, as('worker').id);
  for (const namespace of [GATE, SOLO]) {
    await makeNamespace(lab, namespace, 'dev');
    const seeds = SEEDS.map((seed) => inNamespace(namespace, seed));
    await admin(lab, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: seeds }));
    const settled = '--for=jsonpath={.status.conditions[?(@.type=="Progressing")].reason}=NewReplicaSetAvailable';
    const idle = ['deployment/idle', 'deployment/guarded', 'deployment/scaled-up'];
    await admin(lab, ['wait', settled, ...idle, '-n', namespace, '--timeout=60s']);
  }
});
afterAll(async () => {
  await gate.close();
  await admin(lab, ['delete', 'namespace', GATE, SOLO, '--wait=false']);
});

describe('kubectl through the gate, when it may', () => {
  it.each([...READS, ...WRITES])('says what it says without the gate: $run', async ({ run, input, actions }) => {
    const since = await newestLeaf(gate);
    const [gated, direct] = await Promise.all([
      kubectl(run, GATE, as('worker').kubeconfig, input),
      kubectl(run, SOLO, past, input),
    ]);
    expect(gated).toEqual(direct);
    expect(await recorded('worker', since)).toEqual(actions.map((action) => `allow kubernetes:${action}`));
  });

  it('leaves the same behind as without the gate', async () => {
    expect(await left(GATE)).toEqual(await left(SOLO));
  });

  it('ends what a watch shows when the object is deleted', async () => {
    const watching = kubectl('get configmap watched --watch --request-timeout=3s', GATE, as('worker').kubeconfig);
    const opened = async () => (await decisionsOf(gate, as('worker').id)).some(isWatchOf('watched'));
    await expect.poll(opened, { timeout: 10_000 }).toBe(true);
    await admin(lab, ['patch', 'configmap', 'watched', '-n', GATE, '-p', '{"data":{"shape":"round"}}']);
    expect(await watching).toEqual({
      code: 0,
      stdout: 'NAME      DATA   AGE\nwatched   1      AGE\nwatched   2      AGE\n',
      stderr: '',
    });
  });
});

describe('kubectl through the gate, when it may not', () => {
  it.each(REFUSED)('$as: $run', async ({ run, input, as: name, rule, says, reason, did, action }) => {
    const since = await newestLeaf(gate);
    const before = await left(GATE, true);
    const written = await writesAs(lab, as(name).id);
    const { code, stdout, stderr } = await kubectl(run, GATE, as(name).kubeconfig, input);
    // Of a patch by apply, kubectl says what it sent before it says what the server said.
    const line = stderr.split('\n').find((each) => each.includes(' is forbidden: ')) ?? stderr;
    expect(stderr).toMatch(
      /^(Error from server \(Forbidden\)|error: (failed to (patch|create [a-z]+)|unable to upgrade connection))[: ]/m,
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(line).toContain(did === 'hold' ? says : ` is forbidden: ${rule}: `);
    expect(line).toContain(reason);
    const denied = (await decisionsOf(gate, as(name).id, since)).filter((one) => at(one, 'decided', 'did') !== 'allow');
    expect(denied.map(summary)).toEqual([{ did, rule, action: `kubernetes:${action}` }]);
    const id = at(denied[0], 'id');
    expect(line).toContain(did === 'hold' ? ' is forbidden: held as ' : `[${id}]`);
    expect(await left(GATE, true)).toEqual(before);
    expect(await writesAs(lab, as(name).id)).toEqual(written);
  });
});

function as(name: string): { readonly id: string; readonly kubeconfig: string } {
  const agent = agents.get(name);
  if (agent === undefined) throw new TypeError(`there is no agent ${name}`);
  return agent;
}

async function kubectl(run: string, namespace: string, kubeconfig: string, input?: JsonObject): Promise<KubectlResult> {
  const args = run.replaceAll('NAMESPACE', namespace).split(' ');
  const given = input === undefined ? {} : { input: JSON.stringify(input) };
  const { code, stdout, stderr } = await lab.kubectl(['-n', namespace, ...args], { kubeconfig, ...given });
  return { code, stdout: normal(stdout), stderr: normal(stderr) };
}

/** Without what must differ: the names of the twins, identifiers, versions, times, addresses. */
function normal(output: string): string {
  return output
    .replaceAll(/twin-(gate|solo)/g, 'twin')
    .replaceAll(/(?<![-\w[])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replaceAll(/("?resourceVersion"?: ?)"\d+"/g, '$1"VERSION"')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME')
    .replaceAll(/\b(\d+m)?\d+s\b */g, (age) => (age.endsWith(' ') ? 'AGE ' : 'AGE'))
    .replaceAll(/https:\/\/127\.0\.0\.1:\d+(\/kube\/demo)?/g, 'SERVER');
}

/** What the log holds of an agent's calls since then, in the order of the calls: what was done with which action. */
async function recorded(name: string, since: number): Promise<readonly string[]> {
  const found = await decisionsOf(gate, as(name).id, since);
  return found
    .filter((one) => at(one, 'decided', 'input', 'action', 'class') !== 'discovery')
    .map((one) => `${at(one, 'decided', 'did')} ${at(one, 'decided', 'call', 'action')}`)
    .sort();
}

function isWatchOf(name: string): (decision: JsonObject) => boolean {
  return (one) =>
    at(one, 'decided', 'input', 'action', 'verb') === 'watch' && at(one, 'decided', 'call', 'name') === name;
}

function summary(decision: JsonObject): JsonObject {
  const [reason] = items(at(decision, 'decided', 'reasons'));
  return {
    did: at(decision, 'decided', 'did') ?? null,
    rule: at(reason, 'rule') ?? null,
    action: at(decision, 'decided', 'call', 'action') ?? null,
  };
}

/** What is in a namespace: with versions, to see that nothing moved; without, to compare two namespaces. */
async function left(namespace: string, versions = false): Promise<readonly Json[]> {
  const text = await admin(lab, ['get', 'configmaps,deployments,pods,jobs', '-o', 'json', '-n', namespace]);
  const found: JsonObject = JSON.parse(versions ? text : normal(text));
  return (
    items(found.items)
      // Its node is not there, so the controllers take it away sooner or later.
      .filter((one) => at(one, 'metadata', 'name') !== 'placed')
      .filter((one) => !versions || !String(at(one, 'metadata', 'name')).startsWith('scaled'))
      .map((one) => [
        ...['kind', 'data', 'spec'].map((member) =>
          at(one, 'kind') === 'Pod' && member === 'spec' ? null : (at(one, member) ?? null),
        ),
        ...['name', 'labels'].map((member) => (isMade(one) ? null : (at(one, 'metadata', member) ?? null))),
        versions ? [at(one, 'metadata', 'uid') ?? null, at(one, 'metadata', 'resourceVersion') ?? null] : null,
      ])
  );
}

/** By a controller, under a name of chance. */
function isMade(object: Json): boolean {
  return at(object, 'metadata', 'generateName') !== undefined;
}
