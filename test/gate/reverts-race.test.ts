import type { ServerResponse } from 'node:http';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { OperationsClient } from '../../src/operate/client.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { changeFeatures, DIRECT, direct, FEATURES, pass } from './revert-stage.ts';

let upstream: RecordingUpstream;
let lab: GateLab;
let token: string;
/** Called between the record of a revert and its first byte. */
let meanwhile: (() => Promise<unknown>) | undefined;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({
    upstream: { url: upstream.url },
    logger: pino({ level: 'silent' }),
    stall: async (file) => {
      const act = meanwhile;
      if (file.reverts === undefined || act === undefined) return;
      meanwhile = undefined;
      await act();
    },
  });
});
beforeEach(async () => {
  ({ token } = await lab.agent({ level: 3 }));
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});
afterEach(() => {
  upstream.fault = undefined;
  meanwhile = undefined;
});

const order = (decision: string): JsonObject => ({ decision, why: 'a test' });
const revert = (decision: string, by: OperationsClient = lab.admin) => by.post('/v1/reverts', order(decision));
const now = async () => textAt(await direct(upstream, 'GET', FEATURES), 'data', 'checkout');
/** What reached the upstream in earnest. */
const writes = () =>
  upstream
    .calls()
    .filter(({ method, url }) => method !== 'GET' && !url.includes('dryRun=All'))
    .map(({ method }) => method);

async function operator(name: string): Promise<{ readonly id: string; readonly client: OperationsClient }> {
  const added = await lab.admin.post('/v1/operators', { name, role: 'operator' });
  const { operate, caPem } = lab.gate;
  const asked = { origin: operate.origin, ca: [caPem], token: textAt(added, 'token'), tokenFrom: name };
  return { id: textAt(added, 'operator', 'id'), client: new OperationsClient(asked) };
}

it('of two operators who order it at the same instant, one reverts and the other is told who', async () => {
  const id = await changeFeatures(lab, token, 'race');
  const { client } = await operator('ola');
  // Each has planned and measured before either is judged.
  const waiting: (() => void)[] = [];
  upstream.fault = (incoming, response, { method, url, headers, body }) => {
    if (!url.includes('dryRun=All') || incoming.headers[DIRECT] !== undefined) return false;
    waiting.push(() => {
      void pass(upstream, method, url, body, headers).then((object) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(object));
      });
    });
    if (waiting.length === 2) {
      upstream.fault = undefined;
      for (const release of waiting) release();
    }
    return true;
  };
  upstream.forget();
  const [one, other] = await Promise.all([revert(id), revert(id, client)]);
  const states = [textAt(one, 'state'), textAt(other, 'state')].sort();
  expect(states).toEqual(['nothing-to-do', 'ran']);
  const [ran, told] = textAt(one, 'state') === 'ran' ? [one, other] : [other, one];
  expect(told).toMatchObject({
    revert: ran.revert,
    message: expect.stringMatching(/^it (was|is being) taken back by (ola|root), /),
  });
  expect([writes(), await now()]).toEqual([['PATCH'], 'classic']);
});

it('whoever comes while it is being taken back is told so', async () => {
  const id = await changeFeatures(lab, token, 'slow');
  let second: JsonObject | undefined;
  meanwhile = async () => {
    second = await revert(id);
  };
  upstream.forget();
  const first = await revert(id);
  expect(first).toMatchObject({ state: 'ran' });
  expect(second).toMatchObject({
    ...{ state: 'nothing-to-do', revert: first.revert },
    message: expect.stringMatching(/^it is being taken back by root, /),
  });
  expect(writes()).toEqual(['PATCH']);
});

it('a freeze of everything that comes in between stops it, and it can be ordered again', async () => {
  const id = await changeFeatures(lab, token, 'frozen');
  let freeze: JsonObject = {};
  meanwhile = async () => {
    freeze = await lab.admin.post('/v1/freezes', { scope: { kind: 'everything' }, why: 'a test' });
  };
  upstream.forget();
  const stopped = await revert(id);
  expect(stopped).toMatchObject({ state: 'blocked', message: expect.stringContaining('everything is frozen') });
  expect([writes(), await now()]).toEqual([[], 'frozen']);
  expect(await lab.admin.get(`/v1/decisions/${textAt(stopped, 'revert')}`)).toMatchObject({
    decided: { did: 'allow', reverts: { decision: id } },
    outcome: { state: 'not-sent', end: 'refused', error: { message: expect.stringContaining('everything is frozen') } },
  });
  await lab.admin.post(`/v1/freezes/${textAt(freeze, 'id')}/lift`, { why: 'a test' });
  expect(await revert(id)).toMatchObject({ state: 'ran' });
  expect(await now()).toBe('classic');
});

it('an operator who is revoked in between reverts nothing', async () => {
  const id = await changeFeatures(lab, token, 'revoked');
  const { id: who, client } = await operator('rick');
  meanwhile = async () => {
    await lab.admin.post(`/v1/operators/${who}/revoke`, {});
    // What is withdrawn is looked at again when authority has moved.
    const freeze = await lab.admin
      .post('/v1/freezes', { scope: { kind: 'agent', agent: 'nobody-else' }, why: 'a test' })
      .catch(() => undefined);
    if (freeze === undefined) await lab.agent();
  };
  upstream.forget();
  expect(await revert(id, client)).toMatchObject({
    state: 'blocked',
    message: expect.stringContaining('gate/revoked'),
  });
  expect([writes(), await now()]).toEqual([[], 'revoked']);
  expect(await revert(id)).toMatchObject({ state: 'ran' });
});

it('what changes between the judgement and the patch is not written over', async () => {
  const id = await changeFeatures(lab, token, 'judged');
  meanwhile = () => direct(upstream, 'PATCH', FEATURES, { data: { checkout: 'theirs' } });
  expect(await revert(id)).toMatchObject({
    state: 'conflict',
    message: expect.stringContaining('it was changed while it was being taken back, and nothing was done'),
  });
  expect(await now()).toBe('theirs');
  await direct(upstream, 'PATCH', FEATURES, { data: { checkout: 'classic' } });
});

it('an upstream that does not answer leaves nobody sure, and it can be ordered again', async () => {
  const id = await changeFeatures(lab, token, 'unsure');
  upstream.fault = (incoming, response) => {
    if (incoming.method !== 'PATCH' || incoming.url?.includes('dryRun=All') || incoming.headers[DIRECT] !== undefined)
      return false;
    response.destroy();
    return true;
  };
  expect(await revert(id)).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('nobody knows whether it ran'),
  });
  upstream.fault = undefined;
  expect(await revert(id)).toMatchObject({ state: 'ran' });
  const leaves = await lab.gate.store.related(`decision:${id}`, 0, 100);
  const told = leaves.map(({ leaf }) => JSON.parse(leaf)).filter(({ kind }: { kind: string }) => kind === 'changed');
  expect(told.map(({ what }: { what: string }) => what)).toEqual(['revert.failed', 'revert.ran']);
});

/** What the upstream says to dry runs of reverts. */
function answerDryRuns(answer: ((response: ServerResponse) => void) | undefined): void {
  upstream.fault = (incoming, response) => {
    const isRevert = incoming.headers['impersonate-user'] === 'sallyport:reverts';
    if (!isRevert || !incoming.url?.includes('dryRun=All')) return false;
    if (answer === undefined) response.destroy();
    else answer(response);
    return true;
  };
}

it('what the upstream would not take is not sent', async () => {
  const id = await changeFeatures(lab, token, 'refused');
  answerDryRuns((response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', message: 'no rights for that', code: 403 }));
  });
  upstream.forget();
  expect(await lab.admin.get(`/v1/decisions/${id}/way-back`)).toMatchObject({ state: 'refused' });
  const refused = await revert(id);
  expect(refused).toMatchObject({
    state: 'refused',
    message: expect.stringContaining('the upstream would not take it: no rights for that'),
  });
  expect([writes(), await now()]).toEqual([[], 'refused']);
  expect(await lab.admin.get(`/v1/decisions/${textAt(refused, 'revert')}`)).toMatchObject({
    decided: { did: 'deny', by: 'gate', reverts: { decision: id } },
    outcome: null,
  });
  upstream.fault = undefined;
  expect(await revert(id)).toMatchObject({ state: 'ran' });
});

it('an upstream that does not say what it would do is sent nothing, and that is on the record', async () => {
  const id = await changeFeatures(lab, token, 'silent');
  answerDryRuns(undefined);
  upstream.forget();
  await expect(revert(id)).rejects.toMatchObject({ message: expect.stringContaining('did not say what it would do') });
  expect(await lab.gate.reverts.automatic(id, 'a test')).toMatchObject({ state: 'refused' });
  expect([writes(), await now()]).toEqual([[], 'silent']);
  const leaves = (await lab.gate.store.related(`decision:${id}`, 0, 100)).map(({ leaf }) => JSON.parse(leaf));
  expect(leaves.map(({ kind, did, what }) => [kind, did ?? what ?? null])).toEqual([
    ['asked', null],
    ['decided', 'deny'],
    ['asked', null],
    ['decided', 'deny'],
    ['changed', 'revert.refused'],
  ]);
  upstream.fault = undefined;
  expect(await revert(id)).toMatchObject({ state: 'ran' });
});
