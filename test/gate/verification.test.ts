import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import { startGate } from '../../src/serve.ts';
import { dataSite } from '../lab/data-site.ts';
import { putConfigMaps } from './budget-site.ts';
import { type Answer, type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const PROD = '/kube/demo/apis/apps/v1/namespaces/shop-prod/deployments/web';
/** A config map for each test: what did not get well stands in the way of the next change. */
const MAPS = '/kube/demo/api/v1/namespaces/shop-prod/configmaps';
/** What production asks for of who acts there alone. */
const HEADERS = {
  'content-type': 'application/merge-patch+json',
  ...{ 'Sallyport-Reason': 'it is slow', 'Sallyport-Incident': 'INC-1', 'Sallyport-Confidence': '0.9' },
};
const health = (endpoint: string) => ({ probe: 'http', endpoint, status: 200 });

let upstream: RecordingUpstream;
let monitor: Server;
let healthy: boolean;
/** Waited for before the monitor answers. */
let stall: Promise<void>;
let asked: string[];
let folder: string;
let lab: GateLab;
let token: string;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  monitor = createServer((request, response) => {
    asked.push(request.url ?? '');
    void stall.then(() => response.writeHead(healthy ? 200 : 503).end());
  });
  await new Promise<void>((resolve) => monitor.listen(0, '127.0.0.1', resolve));
  const { port } = monitor.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}`;
  folder = await mkdtemp(join(tmpdir(), 'sallyport-verification-'));
  const verification = {
    ...{ within: '2s', every: '1s', at_most: '1s', looks: 1, canary: { share: 0.25 } },
    actions: {
      'kubernetes:deployments.apps/scale:patch': { probes: [{ probe: 'rollout' }] },
      'kubernetes:configmaps:patch': { probes: [health('shop-health')], revert: true },
      // What no configuration names, written as an address at that.
      'kubernetes:configmaps:update': { probes: [health(`${address}/steal`)] },
      'kubernetes:services:patch': { probes: [health('metrics')] },
    },
  };
  const probes = [
    { name: 'shop-health', kind: 'http', url: `${address}/healthz` },
    { name: 'metrics', kind: 'prometheus', url: `${address}/api/v1/query` },
  ];
  const bundle = await dataSite(folder, { verification });
  lab = await startGateLab({ upstream: { url: upstream.url }, config: { bundle, probes } });
  ({ token } = await lab.agent({ level: 4 }));
  await putConfigMaps(upstream, 'shop-prod', 'map', 4);
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
  monitor.closeAllConnections();
  await new Promise((resolve) => monitor.close(resolve));
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  healthy = true;
  stall = Promise.resolve();
  asked = [];
  upstream.forget();
});

const decisionOf = ({ headers }: Answer) => String(headers['sallyport-decision']);

function send(path: string, body: JsonObject, method = 'PATCH', headers: Record<string, string> = HEADERS) {
  return lab.call(method, path, { token, headers, body });
}

async function verificationOf(id: string): Promise<JsonObject> {
  const { verification } = await lab.admin.get(`/v1/decisions/${id}`);
  return isObject(verification) ? verification : {};
}

const PATIENCE = { timeout: 20_000 };

describe('an act in production', () => {
  it('is promised to be verified with its decision, and is', async () => {
    const answer = await send(`${PROD}/scale`, { spec: { replicas: 4 } });
    expect([answer.status, answer.headers.warning]).toEqual([200, undefined]);
    const id = decisionOf(answer);
    expect(await lab.admin.get(`/v1/decisions/${id}`)).toMatchObject({
      decided: {
        input: { state: { can: expect.arrayContaining(['verify', 'canary', 'fallback']), verification: 'none' } },
        verification: {
          plan: { probes: [{ probe: 'rollout' }], within: 2_000, looks: 1 },
          watched: { path: '/apis/apps/v1/namespaces/shop-prod/deployments/web' },
          ...{ canary: null, fallback: false },
        },
      },
    });
    await expect.poll(async () => (await verificationOf(id)).state, PATIENCE).toBe('passed');
  });

  it('is taken back when what it is verified by says that it did not work', async () => {
    healthy = false;
    const read = async () => (await lab.call('GET', `${MAPS}/map-0`, { token })).json.data;
    const before = await read();
    const answer = await send(`${MAPS}/map-0`, { data: { a: 'broken' } });
    expect(answer.status).toBe(200);
    const id = decisionOf(answer);
    await expect.poll(async () => (await verificationOf(id)).fallback, PATIENCE).toBe('done');
    expect(await verificationOf(id)).toMatchObject({
      state: 'failed',
      why: 'http: shop-health answers 503, not 200',
      seen: [{ state: 'waiting', saw: 'shop-health answers 503, not 200' }],
    });
    expect(asked.every((url) => url === '/healthz')).toBe(true);
    expect(await read()).toEqual(before);
    // Whoever goes on there alone may hide what went wrong.
    const next = await send(`${MAPS}/map-0`, { data: { a: 'mended' } });
    const { decided } = await lab.admin.get(`/v1/decisions/${decisionOf(next)}`);
    expect(decided).toMatchObject({ did: 'hold', reasons: [{ rule: 'verification/standing' }] });
  });

  it('keeps its target from further changes without people, until it is known to be well', async () => {
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    stall = promise;
    const change = () => send(`${MAPS}/map-1`, { data: { a: String(upstream.calls().length) } });
    const first = decisionOf(await change());
    const { decided } = await lab.admin.get(`/v1/decisions/${decisionOf(await change())}`);
    expect(decided).toMatchObject({
      did: 'hold',
      input: { state: { verification: 'running' } },
      reasons: [{ rule: 'verification/standing' }],
    });
    answer();
    await expect.poll(async () => (await verificationOf(first)).state, PATIENCE).toBe('passed');
    expect((await change()).status).toBe(200);
  });
});

describe('what nothing tells of is left to people', () => {
  it('and whoever runs the gate is told so', () => {
    expect(lab.gate.warnings.filter((line) => line.includes('verifies')).sort()).toEqual([
      expect.stringMatching(
        /^the policy verifies kubernetes:configmaps:update by "http:.*\/steal", which is no such probe /,
      ),
      expect.stringMatching(/^the policy verifies kubernetes:services:patch by "metrics", which is no such probe /),
    ]);
  });

  it.each<[string, string, string, JsonObject]>([
    ['no probe is given for it', 'PATCH', `${PROD}`, { spec: { replicas: 3 } }],
    [
      'its probe is an address of the policy’s own, which is not called',
      'PUT',
      `${MAPS}/map-2`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map-2' }, data: { a: '1' } },
    ],
    [
      'its probe is an endpoint of another kind',
      'PATCH',
      '/kube/demo/api/v1/namespaces/shop-prod/services/web',
      { spec: { ports: [{ port: 81 }] } },
    ],
  ])('%s', async (_what, method, path, body) => {
    const headers = method === 'PUT' ? { ...HEADERS, 'content-type': 'application/json' } : HEADERS;
    const answer = await send(path, body, method, headers);
    const { decided } = await lab.admin.get(`/v1/decisions/${decisionOf(answer)}`);
    expect(decided).toMatchObject({ did: 'hold', input: { state: { can: expect.not.arrayContaining(['verify']) } } });
    expect(asked.filter((url) => url !== '/healthz')).toEqual([]);
  });
});

it('a gate that is started again goes on looking', async () => {
  healthy = false;
  const answer = await send(`${MAPS}/map-3`, { data: { a: 'slow' } });
  const id = decisionOf(answer);
  await lab.gate.close();
  healthy = true;
  const again = await startGate(readConfig(lab.configFile));
  try {
    const stored = async () => (await again.store.get('closed', `verifications:${id}`))?.body.state;
    await expect.poll(stored, PATIENCE).toBe('passed');
  } finally {
    await again.close();
  }
});
