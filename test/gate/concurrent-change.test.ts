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

/** Somebody else's change, past the gate; `x-again` says that it is not one of the gate's questions. */
let changes = 1;
function annotate(): Promise<void> {
  changes += 1;
  const annotations = { 'deployment.kubernetes.io/revision': String(changes) };
  const body = JSON.stringify({ metadata: { annotations } });
  return new Promise((resolve, reject) => {
    const sending = request(
      upstream.url + WEB,
      { method: 'PATCH', headers: { ...MERGE, 'x-again': 'yes' } },
      (answer) => {
        answer.resume().once('end', resolve);
      },
    );
    sending.once('error', reject).end(body);
  });
}

/** Somebody else changes the object before each of the gate's questions but the first, so many times. */
function meddle(times: number): void {
  let seen = 0;
  upstream.fault = (incoming, response, { method, url, body }) => {
    const isTheCallItself = method === 'PATCH' && !url.includes('dryRun=All');
    if (!url.startsWith(WEB) || isTheCallItself || incoming.headers['x-again'] !== undefined) return false;
    seen += 1;
    if (seen === 1 || seen > times + 1) return false;
    const headers = { ...incoming.headers, 'x-again': 'yes' };
    annotate().then(() => {
      const again = request(upstream.url + url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      again.end(body);
    });
    return true;
  };
}

async function annotatedWhile(times: number) {
  const { token } = await lab.agent({ level: 3 });
  meddle(times);
  const answer = await lab.call('PATCH', `/kube/demo${WEB}`, {
    token,
    headers: MERGE,
    body: { metadata: { annotations: { note: `x${times}` } } },
  });
  upstream.fault = undefined;
  console.log(
    times,
    upstream.reached.map((r) => r.method + r.url.slice(-40) + (r.headers['x-again'] ?? '')).join('\n'),
  );
  const record = await lab.admin.get(`/v1/decisions/${String(answer.headers['sallyport-decision'])}`);
  return [answer.status, record.decided];
}

it.each([1, 2, 3, 6])(
  'what somebody else changes between look and dry run, %d times, is not taken for the call’s own change',
  async (times) => {
    expect(await annotatedWhile(times)).toMatchObject([
      200,
      { did: 'allow', facts: { changes: [{ path: '/metadata/annotations/note', to: `x${times}` }] } },
    ]);
  },
);

it('an object that somebody else changes all the time is not changed on a guess', async () => {
  expect(await annotatedWhile(Number.POSITIVE_INFINITY)).toMatchObject([
    403,
    { did: 'hold', facts: { gaps: ['the object was changed by somebody else while this call was measured'] } },
  ]);
});
