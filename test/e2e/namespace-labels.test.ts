import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, makeNamespace, startClusterGate } from './cluster-gate.ts';
import { bindServiceAccount, makeServiceAccounts, tokenOf, userOf, writeKubeconfig } from './credentials.ts';
import { type Judged, PATCHES, send } from './judged-call.ts';
import { type Relay, startRelay } from './relay.ts';
import { configMap, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'labels-change';
const FLEETING = 'labels-fleeting';

beforeAll(async () => {
  await makeNamespace(lab, PLACE, 'dev');
  await apply(lab, inNamespace(PLACE, configMap('settings')));
});
afterAll(() =>
  admin(lab, ['delete', 'namespace', PLACE, FLEETING, 'labels-accounts', '--ignore-not-found', '--wait=false']),
);

const label = (environment: string) =>
  admin(lab, ['label', 'namespace', PLACE, `sallyport.dev/environment=${environment}`, '--overwrite']);

/** What the gate took the environment of the namespace to be, and from where it had that. */
function environmentIn({ decided }: Judged): { label: Json | undefined; from: readonly (Json | undefined)[] } {
  const sources = items(at(decided, 'facts', 'sources'));
  return {
    label: at(decided, 'input', 'target', 'labels', 'namespace', 'environment'),
    from: sources
      .filter((each) => String(at(each, 'fact')).startsWith('target.labels.namespace'))
      .map((each) => at(each, 'from')),
  };
}

const reads = (gate: GateLab, token: string, namespace = PLACE) =>
  send(gate, token, { method: 'GET', path: `/api/v1/namespaces/${namespace}/configmaps` });
const writes = (gate: GateLab, token: string, n = '1') =>
  send(gate, token, {
    method: 'PATCH',
    path: `/api/v1/namespaces/${PLACE}/configmaps/settings`,
    body: { data: { n } },
    type: PATCHES.merge,
  });

describe('what a namespace is labelled', () => {
  let gate: GateLab;
  let worker: string;
  let developer: string;
  beforeAll(async () => {
    gate = await startClusterGate(lab);
    worker = (await gate.agent({ level: 3 })).token;
    developer = (await gate.agent({ level: 3, scope: { environments: ['dev'] } })).token;
  });
  afterAll(() => gate.close());

  it('changes verdicts within a moment when it is changed', async () => {
    await label('dev');
    await expect.poll(async () => (await reads(gate, developer)).did).toBe('allow');
    expect(await writes(gate, worker)).toMatchObject({ did: 'allow', answer: { status: 200 } });

    await label('prod');
    await expect.poll(async () => (await reads(gate, developer)).did).toBe('deny');
    const held = await writes(gate, worker);
    expect([held.did, held.answer.status, environmentIn(held)]).toEqual([
      'hold',
      403,
      { label: 'prod', from: ['namespace cache'] },
    ]);

    await label('dev');
    await expect.poll(async () => (await reads(gate, developer)).did).toBe('allow');
    // The same again would be another try of the held one.
    expect((await writes(gate, worker, '2')).did).toBe('allow');
  });

  it('is gone with the namespace, and is another’s when one of that name is made again', async () => {
    const there = async () => environmentIn(await reads(gate, worker, FLEETING)).label;
    expect(await there()).toBe('unknown');
    await makeNamespace(lab, FLEETING, 'dev');
    await expect.poll(there).toBe('dev');
    expect((await reads(gate, developer, FLEETING)).did).toBe('allow');
    await admin(lab, ['delete', 'namespace', FLEETING]);
    await expect.poll(there).toBe('unknown');
    const gone = await reads(gate, developer, FLEETING);
    expect([gone.did, at(gone.decided, 'facts', 'gaps')]).toEqual(['deny', [`there is no namespace "${FLEETING}"`]]);
    await makeNamespace(lab, FLEETING, 'prod');
    await expect.poll(there).toBe('prod');
    expect((await reads(gate, developer, FLEETING)).did).toBe('deny');
  });
});

describe('a gate that cannot hear of changes', () => {
  let folder: string;
  let gate: GateLab;
  let relay: Relay | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-labels-'));
  });
  afterAll(async () => {
    await relay?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('judges by what it can fetch, or as production, and never by what it knew', async () => {
    relay = await startRelay(lab.server);
    await label('dev');
    const kubeconfig = await writeKubeconfig(lab, join(folder, 'relayed'), userOf(lab.gate), { server: relay.url });
    gate = await startGateLab({ upstream: { kubeconfig } });
    try {
      const developer = (await gate.agent({ level: 3, scope: { environments: ['dev'] } })).token;
      const worker = (await gate.agent({ level: 3 })).token;
      const before = await reads(gate, developer);
      expect([before.did, environmentIn(before)]).toEqual(['allow', { label: 'dev', from: ['namespace cache'] }]);

      relay.cut();
      await label('prod');
      await expect.poll(async () => environmentIn(await reads(gate, worker)).label).toBe('unknown');
      const cut = await reads(gate, developer);
      expect([cut.did, environmentIn(cut), at(cut.decided, 'input', 'target', 'labels', 'namespace')]).toEqual([
        'deny',
        { label: 'unknown', from: [] },
        { environment: 'unknown', service: 'unknown', tier: 'unknown', team: 'unknown', regulated: 'unknown' },
      ]);
      expect(at(cut.decided, 'judgement', 'verdict', 'environment')).toBe('prod');
      expect(await writes(gate, worker)).toMatchObject({ answer: { status: 403 } });

      relay.mend();
      const seen: (Json | undefined)[] = [];
      const next = async () => {
        const { label: found, from } = environmentIn(await reads(gate, worker));
        seen.push(found);
        return from;
      };
      await expect.poll(next, { timeout: 30_000 }).toEqual(['namespace cache']);
      expect(seen.filter((each) => each !== 'unknown' && each !== 'prod')).toEqual([]);
      expect((await reads(gate, developer)).did).toBe('deny');
    } finally {
      await gate.close();
      await label('dev');
    }
  });

  it('fetches the labels at each call where it may read a namespace but not watch them', async () => {
    await makeServiceAccounts(lab, 'labels-accounts', ['reader']);
    await apply(lab, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'labels-reader' },
      rules: [
        { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
        { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
      ],
    });
    await bindServiceAccount(lab, 'labels-reader', 'labels-accounts', 'reader');
    const token = await tokenOf(lab, 'labels-accounts', 'reader');
    gate = await startGateLab({
      upstream: { kubeconfig: await writeKubeconfig(lab, join(folder, 'reader'), { token }) },
    });
    try {
      const agent = await gate.agent({ level: 3 });
      for (const environment of ['dev', 'prod', 'dev']) {
        await label(environment);
        expect(environmentIn(await reads(gate, agent.token))).toEqual({ label: environment, from: ['GET namespaces'] });
      }
    } finally {
      await gate.close();
    }
  });
});
