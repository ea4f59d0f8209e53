import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/json.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const PATH = (namespace: string) => `/kube/demo/api/v1/namespaces/${namespace}/configmaps/features`;

let upstream: RecordingUpstream;
let lab: GateLab;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url } });
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});

const frozen = async (): Promise<readonly JsonObject[]> => {
  const { freezes } = await lab.admin.get('/v1/freezes');
  return Array.isArray(freezes) ? freezes.filter(isObject) : [];
};

it('an agent that tries what it was not granted is stopped, and neither who reads nor who works beside it', async () => {
  const [prying, other] = [await lab.agent({ scope: { namespaces: ['shop-dev'] } }), await lab.agent()];
  const headers = { 'content-type': 'application/merge-patch+json' };
  const change = (token: string, namespace: string) =>
    lab.call('PATCH', PATH(namespace), { token, headers, body: { data: { checkout: 'modern' } } });
  const read = (token: string, namespace: string) => lab.call('GET', PATH(namespace), { token });
  // What an agent may not read is no attempt at anything, however often it looks.
  for (let tried = 0; tried < 60; tried += 1) expect((await read(prying.token, 'shop-prod')).status).toBe(403);
  for (let tried = 0; tried < 49; tried += 1) expect((await change(prying.token, 'shop-prod')).status).toBe(403);
  expect(await frozen()).toEqual([]);
  expect((await change(prying.token, 'shop-dev')).status).toBe(200);

  const last = await change(prying.token, 'shop-prod');
  await expect.poll(frozen).toMatchObject([{ scope: { kind: 'agent', agent: prying.id }, by: 'gate', reads: false }]);
  const [freeze] = await frozen();
  expect(freeze?.why).toContain(`stop condition denied-agent: 50 denied attempts of agent ${prying.id}`);
  expect(freeze?.why).toContain(String(last.headers['sallyport-decision']));
  upstream.forget();
  const stopped = await change(prying.token, 'shop-dev');
  expect([stopped.status, stopped.json.message]).toEqual([
    403,
    expect.stringContaining('Reads still pass; wait, or ask an operator.'),
  ]);
  expect(upstream.reached).toEqual([]);
  expect((await read(prying.token, 'shop-dev')).status).toBe(200);
  expect((await change(other.token, 'shop-dev')).status).toBe(200);

  await lab.admin.post(`/v1/freezes/${freeze?.id}/lift`, { why: 'it was a misunderstanding' });
  expect((await read(prying.token, 'shop-dev')).status).toBe(200);
  expect(await frozen()).toEqual([]);
  await change(prying.token, 'shop-prod');
  await expect.poll(frozen).toMatchObject([{ scope: { kind: 'agent', agent: prying.id }, by: 'gate' }]);
});
