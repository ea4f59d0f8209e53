import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObject } from '../../src/json.ts';
import { ask } from './gate-lab.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

let upstream: RecordingUpstream;
let gate: GateProcess;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gate = await startGateProcess({ url: upstream.url });
});
afterAll(async () => {
  await gate.stop();
  await gate.remove();
  await upstream.close();
});

it('a gate that is killed while a call is on its way looks at its target when it is started again', async () => {
  const token = await gate.token('fixer', 4);
  const { promise: killed, resolve: done, reject } = Promise.withResolvers<void>();
  upstream.fault = (_request, _response, { method, url }) => {
    if (method !== 'PATCH' || url.includes('dryRun')) return false;
    // The call has arrived, and nobody will hear what became of it.
    gate.kill().then(done, reject);
    return true;
  };
  const client = new Agent({ ca: gate.caPem });
  const sent = ask(
    client,
    `${gate.origin}/kube/demo/apis/apps/v1/namespaces/shop-prod/deployments/web/scale`,
    'PATCH',
    {
      token,
      body: { spec: { replicas: 4 } },
      headers: {
        'content-type': 'application/merge-patch+json',
        ...{ 'Sallyport-Reason': 'it is slow', 'Sallyport-Incident': 'INC-1', 'Sallyport-Confidence': '0.9' },
      },
    },
  ).catch(() => 'broken');
  await killed;
  expect(await sent).toBe('broken');
  client.destroy();
  upstream.fault = undefined;
  await gate.start();
  const { decisions } = await gate.admin.get('/v1/decisions?agent=fixer');
  const [decision] = Array.isArray(decisions) ? decisions.filter(isObject) : [];
  const now = () => gate.admin.get(`/v1/decisions/${String(decision?.id)}`);
  await expect.poll(async () => (await now()).verification, { timeout: 30_000 }).toMatchObject({ state: 'passed' });
  expect(await now()).toMatchObject({ decided: { did: 'allow' }, outcome: { state: 'lost' } });
}, 60_000);
