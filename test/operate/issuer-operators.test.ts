import { get } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { personId } from '../../src/identify/oidc/person.ts';
import { operationsEndpoints } from '../../src/operate/operations.ts';
import { type Claims, type IssuerLab, startIssuer } from '../identify/oidc/issuer-lab.ts';
import { type OperationsLab, openOperationsLab } from './operations-lab.ts';

let idp: IssuerLab;
let lab: OperationsLab;

beforeAll(async () => {
  idp = await startIssuer();
  lab = await openOperationsLab({}, [idp.config()]);
  const { registry } = lab.parts;
  const identities = [{ issuer: idp.issuer, subject: 'robot' }];
  await registry.add({ id: 'robot', team: 'sre', owner: 'ana', identities, scope: {} }, 'test', 'a test');
});

afterAll(async () => {
  await lab.close();
  await idp.close();
});

const as = async (claims: Claims) => ({ token: await idp.sign(claims) });
const ORDER = { scope: { kind: 'route', route: 'staging' }, why: 'a test' };

it.each<[string, Claims, number]>([
  ['an approver stops', { groups: ['sre'] }, 201],
  ['a viewer does not stop', { job: 'auditor', sub: 'eve', name: 'Eve' }, 403],
  ['somebody without a role is nobody', { sub: 'mallory', groups: [] }, 401],
])('%s anything with a token of the issuer', async (_name, claims, status) => {
  expect((await lab.ask('POST', '/v1/freezes', { ...(await as(claims)), body: ORDER })).status).toBe(status);
});

it('a freeze is recorded under the pair of issuer and subject, and listed with their name', async () => {
  const { json } = await lab.ask('POST', '/v1/freezes', { ...(await as({ groups: ['sre'] })), body: ORDER });
  const id = personId({ issuer: idp.issuer, subject: 'ada' });
  expect(json).toMatchObject({ by: id });
  const { json: listed } = await lab.ask('GET', '/v1/operators', { token: lab.tokens.viewer });
  expect(listed).toMatchObject({
    operators: expect.arrayContaining([
      expect.objectContaining({
        id,
        name: 'Ada',
        issuer: idp.issuer,
        subject: 'ada',
        role: 'approver',
        groups: ['sre'],
      }),
    ]),
  });
});

it.each<[string, Claims]>([
  ['for agents', { groups: ['owners'], aud: 'sallyport' }],
  ['of an agent that is mapped to a role too', { groups: ['owners'], sub: 'robot' }],
])('a token %s opens no endpoint', async (_name, claims) => {
  const token = await idp.sign(claims);
  const size = await lab.store.size();
  const opened: string[] = [];
  for (const { method, path, permission } of operationsEndpoints(lab.parts)) {
    if (permission === 'open') continue;
    const { status } = await lab.ask(method.toUpperCase(), path.replace(':id', 'nobody'), { token, body: '{' });
    if (status !== 401) opened.push(`${method} ${path}: ${status}`);
  }
  expect([opened, await lab.store.size()]).toEqual([[], size]);
});

it('somebody who is revoked by id is out at once, and so is the stream that they had open', async () => {
  const token = await idp.sign({ groups: ['sre'], sub: 'gone', name: 'Gone' });
  const ended = new Promise<string>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get({ host: '127.0.0.1', port: lab.port, path: '/v1/decisions/stream', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.once('end', () => resolve(text)).once('error', reject);
    }).once('error', reject);
  });
  await expect.poll(() => lab.feed.readers).toBe(1);
  const id = personId({ issuer: idp.issuer, subject: 'gone' });
  const path = `/v1/operators/${encodeURIComponent(id)}/revoke`;
  const revoked = await lab.ask('POST', path, { token: lab.tokens.administrator });
  expect([revoked.status, revoked.json]).toEqual([
    200,
    expect.objectContaining({ id, revokedBy: lab.ids.administrator, revokedAt: expect.any(String) }),
  ]);
  lab.feed.publish({ kind: 'change', id: 'after', time: new Date().toISOString(), data: {} });
  const text = await ended;
  expect(text).toContain('data: {"reason":"unauthorized"}');
  expect(text).not.toContain('after');
  expect((await lab.ask('GET', '/v1/log', { token })).status).toBe(401);
});
