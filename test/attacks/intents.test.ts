import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import type { Answer } from '../gate/gate-lab.ts';
import { type AttackLab, expectNothingLeaked, expectRefused, startAttackLab } from './attack-lab.ts';

const OWN = '/sallyport/v1/intents';

let lab: AttackLab;
let other: { readonly id: string; readonly token: string };
beforeAll(async () => {
  lab = await startAttackLab();
  other = await lab.lab.agent({ level: 4 });
});
afterAll(() => lab.close());
beforeEach(() => lab.upstream.forget());

const call = (method: string, path: string, body?: JsonObject, token = lab.token): Promise<Answer> =>
  lab.lab.call(method, path, { token, ...(body === undefined ? {} : { body }) });
const open = async (token = lab.token): Promise<string> =>
  textAt((await call('POST', OWN, { reason: 'a test' }, token)).json, 'id');
const evidence: JsonObject = {
  signals: [{ source: 'logs', observedAt: '2026-01-01T00:00:00Z', stance: 'supports', says: 'so it is' }],
};
/** Head and body of a request to the gate itself. */
const post = (path: string, body: string, ...headers: readonly string[]) => {
  const type = headers.some((line) => /^content-type:/i.test(line)) ? [] : ['Content-Type: application/json'];
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return `${lab.head(`POST ${path} HTTP/1.1`, ...type, length, ...headers)}\r\n${body}`;
};

describe('another agent’s intent', () => {
  it.each<[string, (id: string) => Promise<Answer>]>([
    ['is not shown', (id) => call('GET', `${OWN}/${id}`)],
    ['takes no evidence', (id) => call('POST', `${OWN}/${id}/evidence`, evidence)],
    ['is not closed', (id) => call('POST', `${OWN}/${id}/close`, { outcome: 'done', summary: 'mine now' })],
  ])('%s, and is not even there', async (_what, attempt) => {
    const id = await open(other.token);
    const refused = await attempt(id);
    const unknown = await attempt('00000000-0000-4000-8000-000000000000');
    expect([refused.status, unknown.status]).toEqual([404, 404]);
    expect(refused.body.replaceAll(id, '')).toBe(unknown.body.replaceAll('00000000-0000-4000-8000-000000000000', ''));
    const { json } = await call('GET', `${OWN}/${id}`, undefined, other.token);
    expect([json.signals, json.closed]).toEqual([[], null]);
  });
});

describe('the gate’s own side', () => {
  it.each<[string, () => string, number]>([
    ['an operator’s endpoint', () => `${lab.head('GET /v1/intents HTTP/1.1')}\r\n`, 404],
    ['the operations API below it', () => `${lab.head('GET /sallyport/v1/decisions HTTP/1.1')}\r\n`, 404],
    ['the intents of all agents', () => `${lab.head('GET /sallyport/v1/intents?agent=fixer HTTP/1.1')}\r\n`, 400],
    ['a way around its paths', () => `${lab.head('GET /sallyport/v1/../v1/intents HTTP/1.1')}\r\n`, 400],
    ['an encoded way around them', () => `${lab.head('GET /sallyport/v1/%2e%2e/intents HTTP/1.1')}\r\n`, 400],
    ['another spelling', () => `${lab.head('GET /Sallyport/v1/intents HTTP/1.1')}\r\n`, 404],
    ['another version', () => `${lab.head('GET /sallyport/v2/intents HTTP/1.1')}\r\n`, 404],
    ['no id at all', () => `${lab.head('POST /sallyport/v1/intents//close HTTP/1.1', 'Content-Length: 0')}\r\n`, 400],
    ['an id that is a path', () => `${lab.head('GET /sallyport/v1/intents/a%2fb HTTP/1.1')}\r\n`, 400],
    ['another method', () => `${lab.head('DELETE /sallyport/v1/intents HTTP/1.1')}\r\n`, 405],
    [
      'another protocol',
      () => `${lab.head('GET /sallyport/v1/intents HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket')}\r\n`,
      400,
    ],
    ['as somebody else', () => post(OWN, '{"reason":"x"}', 'Impersonate-User: root'), 400],
    ['with a word of the gate’s own', () => post(OWN, '{"reason":"x"}', 'Sallyport-Decision: mine'), 400],
    ['a reason twice', () => post(OWN, '{"reason":"x"}', 'Sallyport-Reason: a', 'Sallyport-Reason: b'), 400],
    ['with two lengths', () => post(OWN, '{"reason":"x"}', 'Transfer-Encoding: chunked'), 400],
    ['a member twice', () => post(OWN, '{"reason":"x","reason":"y"}'), 400],
    ['a number beyond all numbers', () => post(OWN, '{"reason":"x","confidence":1e999}'), 400],
    ['no number', () => post(OWN, '{"reason":"x","confidence":NaN}'), 400],
    ['a prototype', () => post(OWN, '{"reason":"x","__proto__":{"agent":"root"}}'), 400],
    ['a form', () => post(OWN, 'reason=x', 'Content-Type: application/x-www-form-urlencoded'), 415],
    ['something packed', () => post(OWN, '{"reason":"x"}', 'Content-Encoding: gzip'), 415],
  ])('refuses %s', async (_what, said, status) => {
    await expectRefused(lab, said(), [status]);
  });

  it.each<[string, string | undefined]>([
    ['nobody', undefined],
    ['an operator', 'sallyport_op_0123456789'],
    ['a token that is none', 'a.b.c'],
  ])('tells %s nothing but that', async (_who, token) => {
    for (const path of [OWN, `${OWN}/x`, '/sallyport/v1/preflight', '/sallyport', '/sallyport/v1/nothing']) {
      const answer = await lab.lab.call('POST', path, { token, body: { reason: 'x' } });
      expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/problem+json']);
      expect(answer.json).toMatchObject({ status: 401, code: expect.stringMatching(/^identity\//) });
      expectNothingLeaked(lab, answer.body);
    }
  });

  it('gives problem documents that repeat no secret', async () => {
    const answer = await call('POST', OWN, { reason: 'x', [lab.token]: lab.token });
    expect([answer.status, answer.json.code]).toEqual([400, 'request/invalid']);
    expectNothingLeaked(lab, answer.body);
  });
});

describe('floods', () => {
  it('of evidence end where an intent is full, and what is shown to policy stays small', async () => {
    const flooder = await lab.lab.agent({ level: 4 });
    const id = await open(flooder.token);
    const many = (source: number) => ({
      signals: Array.from({ length: 16 }, (_, i) => ({
        ...{ source: `source-${(source + i) % 8}`, observedAt: '2026-01-01T00:00:00Z', stance: 'supports' },
        says: 'x'.repeat(16_000),
      })),
    });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1)
      statuses.push((await call('POST', `${OWN}/${id}/evidence`, many(i), flooder.token)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    const { json, body } = await call('GET', `${OWN}/${id}`, undefined, flooder.token);
    expect([(json.signals as readonly unknown[]).length, body.length < 64 * 1024]).toEqual([64, true]);
  });

  it('of requests are slowed down, for that agent alone', async () => {
    const flooder = await lab.lab.agent({ level: 4 });
    const answers: Answer[] = [];
    for (let i = 0; i < 125; i += 1) answers.push(await call('GET', OWN, undefined, flooder.token));
    expect(answers.slice(0, 120).every(({ status }) => status === 200)).toBe(true);
    expect(answers.slice(-3).map(({ status }) => status)).toEqual([429, 429, 429]);
    expect((await call('GET', OWN, undefined, other.token)).status).toBe(200);
  });

  it('of a body beyond every limit are not read', async () => {
    const said = `${lab.head(`POST ${OWN} HTTP/1.1`, 'Content-Type: application/json', 'Content-Length: 99999999999')}\r\n{`;
    await expectRefused(lab, said, [413]);
  });
});

describe('markup', () => {
  it('in what an agent says is kept as text, and cannot repaint a terminal', async () => {
    const said = '<img src=x onerror=alert(1)> \u001b[2J\u202eevil';
    const opened = await call('POST', OWN, { reason: said, hypothesis: said, plan: said });
    expect(textAt(opened.json, 'statement', 'reason')).toBe('<img src=x onerror=alert(1)>  [2J evil');
    expect(opened.headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
  });

  it.each(['javascript:alert(1)', 'data:text/html,<b>', 'file:///etc/passwd', '//evil.example'])(
    'the link %s is none',
    async (link) => {
      expect((await call('POST', OWN, { reason: 'x', links: [link] })).status).toBe(400);
    },
  );
});
