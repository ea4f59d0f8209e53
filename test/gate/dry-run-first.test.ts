import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { FIRST_TIME } from '../review/library.ts';
import { buildSite } from '../review/site.ts';
import { type Answer, type GateLab, startGateLab } from './gate-lab.ts';
import { type Reached, type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const DEV = '/api/v1/namespaces/shop-dev';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const DONE = '299 - "sallyport: policy had this call run dry first, and nothing stood against it"';
const NOT_DONE = '299 - "sallyport: policy had this call run dry first, and this is why it was not sent"';
const PATCHED = { data: { checkout: 'modern' } };

let upstream: RecordingUpstream;
let lab: GateLab;
let folder: string;
let token: string;
/** Waited for between the record of what is allowed and what is done of it. */
let stall: (() => Promise<void>) | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-dry-run-first-'));
  const path = join(folder, 'site.tar.gz');
  const first = { dev: { delete: true, write: true }, staging: { delete: true } };
  await buildSite({ dry_run: { as_dry_run: { staging: { 'kubernetes:configmaps:delete': true } }, first } }, path);
  upstream = await startRecordingUpstream();
  lab = await startGateLab({
    upstream: { url: upstream.url },
    config: { bundle: { path, watch: false } },
    stall: async () => stall?.(),
  });
  token = (await lab.agent()).token;
}, FIRST_TIME);
afterAll(async () => {
  await lab.close();
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  upstream.fault = undefined;
  stall = undefined;
  const body = JSON.stringify({ metadata: { name: 'doomed' }, data: { a: '1' } });
  await fetch(`${upstream.url}${DEV}/configmaps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  upstream.forget();
});

const call = (method: string, path: string, body?: JsonObject) =>
  lab.call(method, `/kube/demo${path}`, {
    token,
    headers: method === 'PATCH' ? MERGE : {},
    ...(body === undefined ? {} : { body }),
  });
const recordOf = (answer: Answer) => lab.admin.get(`/v1/decisions/${String(answer.headers['sallyport-decision'])}`);
/** What is no question, as it came in. */
const writes = () => upstream.calls().filter(({ method }) => method !== 'GET');
const isDry = ({ url }: Reached) => /[?&]dryRun=All$/.test(url);

describe('dry-run-first', () => {
  it.each<[string, string, string, JsonObject | undefined, JsonObject | undefined]>([
    ['a deletion', 'DELETE', `${DEV}/configmaps/doomed`, undefined, undefined],
    [
      'a deletion with options',
      'DELETE',
      `${DEV}/configmaps/doomed`,
      { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
      { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', dryRun: ['All'] },
    ],
    ['a patch', 'PATCH', `${DEV}/configmaps/features`, PATCHED, PATCHED],
  ])('runs %s dry, then in earnest', async (_what, method, path, body, dry) => {
    const answer = await call(method, path, body);
    expect([answer.status, answer.headers.warning]).toEqual([200, DONE]);
    const [rehearsal, earnest, ...more] = writes().slice(-2);
    expect([rehearsal, earnest]).toMatchObject([
      { method, url: `${path}?dryRun=All`, body: dry === undefined ? '' : JSON.stringify(dry) },
      { method, url: path, body: body === undefined ? '' : JSON.stringify(body) },
    ]);
    expect(more).toEqual([]);
    expect(writes().filter((one) => !isDry(one))).toHaveLength(1);
    expect(rehearsal?.headers['impersonate-user']).toBe(earnest?.headers['impersonate-user']);
    const DUTY = { name: 'dry-run-first', params: {} };
    expect(await recordOf(answer)).toMatchObject({
      decided: { did: 'allow', judgement: { verdict: { obligations: expect.arrayContaining([DUTY]) } } },
      outcome: { state: 'answered', sent: true, status: 200 },
    });
  });

  it.each([
    [409, { reason: 'Conflict', message: 'the object has been modified' }, {}],
    [422, { reason: 'Invalid', message: 'admission webhook "guard" denied the request' }, {}],
    [429, { reason: 'TooManyRequests', message: 'it would violate the budget' }, { 'retry-after': '10' }],
    [500, { reason: 'InternalError', message: 'no' }, {}],
  ])('does not send what the server refuses to run dry, and says what it says: %i', async (status, said, headers) => {
    const text = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, ...said });
    upstream.fault = (_incoming, response, reached) => {
      if (reached.method !== 'DELETE') return false;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
      return true;
    };
    const answer = await call('DELETE', `${DEV}/configmaps/doomed`);
    expect([answer.status, answer.json]).toEqual([status, JSON.parse(text)]);
    expect(answer.headers).toMatchObject({ ...headers, warning: NOT_DONE, 'sallyport-outcome': 'deny' });
    expect(writes().map(({ url }) => url)).toEqual([`${DEV}/configmaps/doomed?dryRun=All`]);
    expect(await recordOf(answer)).toMatchObject({
      decided: { did: 'allow' },
      outcome: {
        state: 'not-sent',
        sent: false,
        status,
        error: {
          code: 'upstream/refused',
          message: `the upstream refused the dry run that policy asks for first, with status ${status}`,
        },
      },
    });
  });

  it.each([
    ['breaks off', undefined],
    ['answers with a redirect', 302],
    ['refuses in no words', 503],
  ])('does not send what the server does not say anything of: it %s', async (_what, status) => {
    upstream.fault = (incoming, response, reached) => {
      if (reached.method !== 'DELETE') return false;
      if (status === undefined) incoming.socket.destroy();
      else response.writeHead(status, { 'content-type': 'text/plain', location: '/elsewhere' }).end('hm');
      return true;
    };
    const answer = await call('DELETE', `${DEV}/configmaps/doomed`);
    expect([answer.status, answer.headers['sallyport-outcome']]).toEqual([502, 'deny']);
    expect(answer.json.message).toContain('the API server did not say what it would do');
    expect(writes().map(({ url }) => url)).toEqual([`${DEV}/configmaps/doomed?dryRun=All`]);
    expect(await recordOf(answer)).toMatchObject({
      outcome: { state: 'not-sent', sent: false, error: { code: 'upstream/unreachable' } },
    });
  });

  it('does not run dry what is a dry run already', async () => {
    const answer = await call('DELETE', `${DEV}/configmaps/doomed?dryRun=All`);
    expect([answer.status, answer.headers.warning]).toEqual([200, undefined]);
    expect(writes()).toHaveLength(1);
  });

  it('runs nothing dry for whom a freeze has stopped meanwhile', async () => {
    let frozen: JsonObject | undefined;
    stall = async () => {
      const scope = { kind: 'everything' };
      frozen = await lab.admin.post('/v1/freezes', { scope, reads: false, why: 'a test', until: null });
    };
    const answer = await call('DELETE', `${DEV}/configmaps/doomed`);
    await lab.admin.post(`/v1/freezes/${String(frozen?.id)}/lift`, { why: 'a test' });
    expect([answer.status, answer.json.message]).toEqual([403, expect.stringContaining('gate/freeze: everything')]);
    expect(writes()).toEqual([]);
    expect(await recordOf(answer)).toMatchObject({ decided: { did: 'allow' }, outcome: { state: 'not-sent' } });
  });

  it('leaves to the other duty what runs as its dry run', async () => {
    const path = '/api/v1/namespaces/shop-staging/configmaps/features';
    const answer = await call('DELETE', path);
    expect(answer.headers.warning).toBe(
      '299 - "sallyport: policy turned this call into its dry run; nothing was changed"',
    );
    expect(writes().map(({ url }) => url)).toEqual([`${path}?dryRun=All`]);
  });

  it('asks people where nobody knows whether the server would run it dry', async () => {
    const answer = await call('DELETE', '/apis/example.com/v1/namespaces/shop-dev/things/t');
    expect([answer.status, answer.headers['sallyport-outcome']]).toEqual([403, 'hold']);
    expect(answer.json.detail).toContain(
      'kubernetes:things.example.com:delete must be run dry first in dev, which the gate cannot do with this call.',
    );
    expect(writes()).toEqual([]);
  });
});
