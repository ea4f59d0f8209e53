import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

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
beforeEach(() => upstream.forget());

const DEV = '/kube/demo/api/v1/namespaces/shop-dev';

describe('one call', () => {
  it('is forwarded as the agent, with the gate’s headers on the answer and both events on the record', async () => {
    const agent = await lab.agent();
    const answer = await lab.call('GET', `${DEV}/configmaps`, { token: agent.token });
    expect(answer.status).toBe(200);
    expect(answer.headers['sallyport-outcome']).toBe('allow');
    expect(upstream.calls()).toMatchObject([
      {
        method: 'GET',
        url: '/api/v1/namespaces/shop-dev/configmaps',
        headers: { 'impersonate-user': `sallyport:agent:${agent.id}` },
      },
    ]);
    expect(upstream.calls()[0]?.headers.authorization).toBeUndefined();
    const id = String(answer.headers['sallyport-decision']);
    expect(await lab.admin.get(`/v1/decisions/${id}`)).toMatchObject({
      decided: { did: 'allow', by: 'policy', agent: { id: agent.id }, input: { call: { pass: 'facts' } } },
      outcome: { state: 'answered', status: 200, sent: true },
    });
  });

  it('without a token is 401 in Kubernetes’ own form, recorded, and never reaches the upstream', async () => {
    const answer = await lab.call('GET', `${DEV}/configmaps`);
    expect(answer).toMatchObject({ status: 401, json: { kind: 'Status', reason: 'Unauthorized' } });
    expect(upstream.calls()).toEqual([]);
    expect((await lab.decisions())[0]).toMatchObject({
      decided: { did: 'deny', reasons: [{ rule: 'identity/missing' }] },
    });
  });

  it('whose agent is revoked while its body is still coming does not leave', async () => {
    const agent = await lab.agent();
    const body = JSON.stringify({ data: { a: '1' } });
    const sending = request(`${lab.origin}${DEV}/configmaps/settings`, {
      method: 'PATCH',
      ca: lab.gate.caPem,
      headers: {
        authorization: `Bearer ${agent.token}`,
        'content-type': 'application/merge-patch+json',
        'content-length': body.length,
      },
    });
    const answered = new Promise<number>((resolve) =>
      sending.once('response', (answer) => resolve(answer.resume().statusCode ?? 0)),
    );
    sending.write(body.slice(0, 5));
    // The head is here once a second call on another connection has been through.
    await lab.call('GET', `${DEV}/configmaps`, { token: agent.token });
    await lab.admin.post(`/v1/agents/${agent.id}/revoke`, { why: 'a test' });
    upstream.forget();
    sending.end(body.slice(5));
    expect(await answered).toBe(403);
    expect(upstream.calls().filter(({ method, url }) => method === 'PATCH' && !url.includes('dryRun'))).toEqual([]);
  });
});

describe('a stream', () => {
  it('ends when the grant of its agent does', async () => {
    const clock = { ahead: 0 };
    const own = await startGateLab({ upstream: { url: upstream.url }, now: () => new Date(Date.now() + clock.ahead) });
    try {
      const { token } = await own.agent();
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}` };
        const asking = request(`${own.origin}${DEV}/configmaps?watch=true`, { ca: own.gate.caPem, headers }, resolve);
        asking.once('error', reject).end();
      });
      expect(answer.statusCode).toBe(200);
      const cut = new Promise((resolve) => answer.resume().once('close', () => resolve(answer.complete)));
      clock.ahead = 400 * 24 * 60 * 60 * 1000;
      expect(await cut).toBe(false);
      const id = String(answer.headers['sallyport-decision']);
      await expect.poll(async () => (await own.gate.store.decision(id))?.outcome).toMatchObject({ state: 'cut' });
    } finally {
      await own.close();
    }
  });
});
