import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { FIRST_TIME } from '../review/library.ts';
import { buildSite } from '../review/site.ts';
import {
  admin,
  apply,
  at,
  makeNamespace,
  reachedAs,
  read,
  readIfThere,
  startClusterGate,
  writesAs,
} from './cluster-gate.ts';
import { type Judged, PATCHES, type Sent, send } from './judged-call.ts';
import { configMap, deployment, inNamespace, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'dry-run-dev';
const CORE = `/api/v1/namespaces/${PLACE}`;
const WEB = `/apis/apps/v1/namespaces/${PLACE}/deployments/web`;
const DONE = 'Warning: sallyport: policy had this call run dry first, and nothing stood against it\n';

let gate: GateLab;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-dry-run-'));
  const path = join(folder, 'site.tar.gz');
  await buildSite({ dry_run: { as_dry_run: {}, first: { dev: { delete: true, write: true } } } }, path);
  gate = await startClusterGate(lab, { config: { bundle: { path } } });
  await makeNamespace(lab, PLACE, 'dev');
}, FIRST_TIME);
afterAll(async () => {
  await gate.close();
  await rm(folder, { recursive: true, force: true });
  await admin(lab, ['delete', 'namespace', PLACE, '--wait=false']);
});

const options = (more: JsonObject = {}): JsonObject => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...more });
const evict = (deleteOptions?: JsonObject): JsonObject => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name: 'lone', namespace: PLACE },
  ...(deleteOptions === undefined ? {} : { deleteOptions }),
});

/** Just what the gate is asked, sent to the API server itself by the administrator. */
async function straight({ method, path, body }: Sent): Promise<void> {
  const input = body === undefined ? undefined : JSON.stringify(body);
  const command = { DELETE: 'delete', POST: 'create', PUT: 'replace' }[method];
  if (command === undefined) throw new TypeError(`kubectl has no raw ${method}`);
  await admin(lab, [command, '--raw', path, ...(input === undefined ? [] : ['-f', '-'])], input);
}

describe('a dry run that a client asks for', () => {
  const all = async () => [
    (await readIfThere(lab, 'configmap', 'kept', PLACE)) ?? null,
    (await readIfThere(lab, 'configmap', 'fresh', PLACE)) ?? null,
    (await readIfThere(lab, 'pod', 'lone', PLACE)) ?? null,
  ];
  beforeEach(async () => {
    await admin(lab, ['delete', 'configmap', 'fresh', '--ignore-not-found', '-n', PLACE]);
    await apply(lab, inNamespace(PLACE, configMap('kept')), inNamespace(PLACE, pod('lone')));
  });

  it.each<[isDry: boolean, method: string, path: string, body?: JsonObject]>([
    [true, 'POST', `${CORE}/configmaps?dryRun=All`, configMap('fresh')],
    [false, 'POST', `${CORE}/configmaps`, configMap('fresh')],
    [true, 'PUT', `${CORE}/configmaps/kept?dryRun=All`, configMap('kept', { data: { colour: 'red' } })],
    [true, 'DELETE', `${CORE}/configmaps/kept?dryRun=All`],
    [true, 'DELETE', `${CORE}/configmaps/kept`, options({ dryRun: ['All'] })],
    [true, 'DELETE', `${CORE}/configmaps/kept?dryRun=All`, options({ dryRun: ['All'] })],
    // Options in the body win over those in the query.
    [false, 'DELETE', `${CORE}/configmaps/kept?dryRun=All`, options()],
    [false, 'DELETE', `${CORE}/configmaps/kept?dryRun=All`, {}],
    [true, 'DELETE', `${CORE}/configmaps?dryRun=All`],
    [true, 'DELETE', `${CORE}/configmaps`, options({ dryRun: ['All'] })],
    [false, 'DELETE', `${CORE}/configmaps?dryRun=All`, options()],
    // Of an eviction either is enough.
    [true, 'POST', `${CORE}/pods/lone/eviction?dryRun=All`, evict()],
    [true, 'POST', `${CORE}/pods/lone/eviction?dryRun=All`, evict({ gracePeriodSeconds: 0 })],
    [true, 'POST', `${CORE}/pods/lone/eviction`, evict({ dryRun: ['All'] })],
    [true, 'POST', `${CORE}/pods/lone/eviction?dryRun=All`, evict({ dryRun: ['All'] })],
    [false, 'POST', `${CORE}/pods/lone/eviction`, evict({ gracePeriodSeconds: 0 })],
  ])('is judged as what the server does: %s, %s %s %j', async (isDry, method, path, body) => {
    const sent: Sent = { method, path, ...(body === undefined ? {} : { body }) };
    const observer = await gate.agent({ level: 1 });
    const judged = await send(gate, observer.token, sent);
    expect(at(judged.decided, 'input', 'action', 'dry_run')).toBe(isDry);
    expect(judged.did).toBe(isDry ? 'allow' : 'deny');
    const before = await all();
    await straight(sent);
    const after = await all();
    if (isDry) expect(after).toEqual(before);
    else expect(after).not.toEqual(before);
  });

  it('is none of a token request: the server issues a token', async () => {
    const path = `${CORE}/serviceaccounts/default/token?dryRun=All`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const issued = JSON.parse(await admin(lab, ['create', '--raw', path, '-f', '-'], JSON.stringify(body)));
    const token = Buffer.from(String(issued.status.token).split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(token).sub).toBe(`system:serviceaccount:${PLACE}:default`);
    const { token: agent } = await gate.agent({ level: 5 });
    const judged = await send(gate, agent, { method: 'POST', path, body });
    expect([judged.did, at(judged.decided, 'input', 'action', 'dry_run')]).toEqual(['deny', false]);
  });
});

describe('a call that policy has run dry first', () => {
  beforeAll(async () => {
    await apply(lab, inNamespace(PLACE, deployment('web')));
    await admin(lab, ['wait', '--for=jsonpath={.status.observedGeneration}=1', 'deployment/web', '-n', PLACE]);
  });
  beforeEach(() => apply(lab, inNamespace(PLACE, configMap('doomed'))));

  it.each([
    [
      'delete configmap doomed',
      `configmap "doomed" deleted from ${PLACE} namespace\n`,
      `delete ${CORE}/configmaps/doomed`,
    ],
    [
      'delete configmap doomed --cascade=foreground',
      `configmap "doomed" deleted from ${PLACE} namespace\n`,
      `delete ${CORE}/configmaps/doomed`,
    ],
    ['scale deployment web --replicas=1', 'deployment.apps/web scaled\n', `patch ${WEB}/scale`],
    ['scale deployment web --replicas=0', 'deployment.apps/web scaled\n', `patch ${WEB}/scale`],
  ])('kubectl %s: done as ever, and told', async (command, stdout, write) => {
    const agent = await gate.agent();
    const kubeconfig = await gate.kubeconfig(agent);
    const said = await lab.kubectl([...command.split(' '), '-n', PLACE], { kubeconfig });
    expect(said).toEqual({ code: 0, stdout, stderr: DONE });
    expect(await writesAs(lab, agent.id)).toEqual([expect.stringMatching(new RegExp(`^${write}(\\?|$)`))]);
  });

  const refused = (judged: Judged) => [judged.answer.status, judged.answer.json.reason, judged.did];

  it('is not sent when the server would refuse it, and the server says why', async () => {
    const agent = await gate.agent();
    const uid = '00000000-0000-4000-8000-000000000000';
    const judged = await send(gate, agent.token, {
      method: 'DELETE',
      path: `${CORE}/configmaps/doomed`,
      body: options({ preconditions: { uid } }),
    });
    expect(refused(judged)).toEqual([409, 'Conflict', 'allow']);
    expect(String(judged.answer.json.message)).toContain(`the UID in the precondition (${uid}) does not match`);
    expect(judged.answer.headers.warning).toBe(
      '299 - "sallyport: policy had this call run dry first, and this is why it was not sent"',
    );
    expect(await gate.admin.get(`/v1/decisions/${judged.id}`)).toMatchObject({
      outcome: { state: 'not-sent', sent: false, status: 409, error: { code: 'upstream/refused' } },
    });
    expect(await writesAs(lab, agent.id)).toEqual([]);
    expect(await read(lab, 'configmap', 'doomed', PLACE)).toMatchObject({ data: { colour: 'blue' } });
  });

  it('is run dry in the name of the agent: to measure it, and again before it is sent', async () => {
    const agent = await gate.agent();
    const judged = await send(gate, agent.token, {
      method: 'PATCH',
      path: `${CORE}/configmaps/doomed`,
      body: { data: { colour: 'red' } },
      type: PATCHES.merge,
    });
    expect([judged.answer.status, at(judged.answer.json, 'data')]).toEqual([200, { colour: 'red' }]);
    const patches = (await reachedAs(lab, agent.id)).filter(({ verb }) => verb === 'patch');
    const dry = `${CORE}/configmaps/doomed?dryRun=All`;
    expect(patches.map(({ requestURI }) => requestURI)).toEqual([dry, dry, `${CORE}/configmaps/doomed`]);
  });
});
