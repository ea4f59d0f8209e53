import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const WEB = '/apis/apps/v1/namespaces/shop-dev/deployments/web';
const MERGE = { 'content-type': 'application/merge-patch+json' };

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

/** Somebody else's change, past the gate. */
function annotate(value: string): Promise<void> {
  const body = JSON.stringify({ metadata: { annotations: { 'deployment.kubernetes.io/revision': value } } });
  return new Promise((resolve, reject) => {
    const sending = request(upstream.url + WEB, { method: 'PATCH', headers: MERGE }, (answer) => {
      answer.resume().once('end', resolve);
    });
    sending.once('error', reject).end(body);
  });
}

it('what somebody else changes between the look and the dry run is not taken for the call’s own change', async () => {
  const { id, token } = await lab.agent({ level: 3 });
  let meddled: Promise<void> | undefined;
  upstream.fault = (incoming, response, { method, url, body }) => {
    if (method !== 'PATCH' || !url.includes('dryRun=All') || meddled !== undefined) return false;
    // The dry run reaches the object only after the other's change has.
    meddled = annotate('7').then(() => {
      const again = request(upstream.url + url, { method, headers: incoming.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      again.end(body);
    });
    return true;
  };
  upstream.forget();
  const answer = await lab.call('PATCH', `/kube/demo${WEB}`, {
    token,
    headers: MERGE,
    body: { metadata: { annotations: { note: 'x' } } },
  });
  upstream.fault = undefined;
  await meddled;
  const record = await lab.admin.get(`/v1/decisions/${String(answer.headers['sallyport-decision'])}`);
  expect([answer.status, record.decided]).toMatchObject([
    200,
    { agent: { id }, did: 'allow', facts: { changes: [{ path: '/metadata/annotations/note', to: 'x' }] } },
  ]);
});
