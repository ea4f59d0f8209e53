import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttackLab, expectNothingLeaked, expectRefused, startAttackLab } from './attack-lab.ts';

let lab: AttackLab;
beforeAll(async () => {
  lab = await startAttackLab();
});
afterAll(() => lab.close());

const MAP = '/kube/demo/api/v1/namespaces/shop-dev/configmaps/features';
const get = (...headers: readonly string[]): string => `${lab.head(`GET ${MAP} HTTP/1.1`, ...headers)}\r\n`;

describe('a header that only a trusted proxy may send is refused', () => {
  it.each([
    'Impersonate-User: system:admin',
    'impersonate-user: system:admin',
    'IMPERSONATE-USER: system:admin',
    'Impersonate_User: system:admin',
    'impersonate_USER: system:admin',
    'Impersonate-Group: system:masters',
    'Impersonate_Group: system:masters',
    'Impersonate-Uid: 0',
    'Impersonate_Uid: 0',
    'Impersonate-Extra-Scopes: all',
    'Impersonate-Extra_Scopes: all',
    'X-Remote-User: admin',
    'x-remote-user: admin',
    'X_Remote_User: admin',
    'X-Remote-Group: system:masters',
    'X-Remote-Extra-Scopes: all',
    'X-HTTP-Method-Override: DELETE',
    'X-HTTP-Method: DELETE',
    'X-Method-Override: DELETE',
    'x_http_method_override: DELETE',
    'X-Original-URL: /api/v1/secrets',
    'X-Original-URI: /api/v1/secrets',
    'X-Rewrite-URL: /api/v1/secrets',
    'X-Envoy-Original-Path: /api/v1/secrets',
    'X-Forwarded-Prefix: /api',
    'Sallyport-Decision: d-1',
    'Sallyport-Outcome: allow',
    'Sallyport-Agent: root',
    'Sallyport_Intent: i-1',
    'sallyport-LEVEL: 5',
  ])('%s', async (header) => {
    const { answers } = await expectRefused(lab, get(header), [400]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 400 });
  });
});

describe('a Connection header that names another header is refused', () => {
  it.each([
    'Connection: x, Authorization',
    'Connection: close, authorization',
    'Connection: Impersonate-User',
    'Connection: keep-alive,Content-Length',
    'Connection: Upgrade, Transfer-Encoding',
    'Connection: Sallyport-Intent',
    'Connection: "close"',
  ])('%s', async (header) => {
    await expectRefused(lab, get(header), [400]);
  });

  it('also when it comes in two parts', async () => {
    await expectRefused(lab, get('Connection: keep-alive', 'Connection: Authorization'), [400]);
  });

  it('also on an upgrade', async () => {
    await expectRefused(lab, get('Connection: Upgrade, Authorization', 'Upgrade: websocket'), [400]);
  });
});

describe('a header that is given twice is refused', () => {
  it.each<[string, readonly string[], number]>([
    ['Content-Type', ['Content-Type: application/json', 'Content-Type: application/yaml'], 400],
    ['Content-Encoding', ['Content-Encoding: identity', 'Content-Encoding: gzip'], 400],
    ['Upgrade', ['Upgrade: websocket', 'Upgrade: SPDY/3.1'], 400],
    ['X-Amz-Target', ['X-Amz-Target: A.List', 'X-Amz-Target: A.Delete'], 400],
    ['Mcp-Method', ['Mcp-Method: tools/list', 'Mcp-Method: tools/call'], 400],
    ['Sallyport-Intent', ['Sallyport-Intent: a', 'Sallyport-Intent: b'], 400],
    ['Authorization', ['Authorization: Bearer x.y.z'], 400],
    ['Authorization in other letters', ['AUTHORIZATION: Basic YTpi'], 400],
    ['Host', ['HOST: evil.example'], 400],
  ])('%s', async (_name, headers, status) => {
    await expectRefused(lab, get(...headers), [status]);
  });
});

describe('a header that is let in does not get out', () => {
  it('only what a Kubernetes client needs is passed on, and the rest is the gate’s own', async () => {
    const opened = await lab.lab.call('POST', '/sallyport/v1/intents', { token: lab.token, body: { reason: 'r' } });
    lab.upstream.forget();
    const spoken = await lab.say(
      get(
        'User-Agent: kubectl/v1.36.0',
        'Accept: application/json',
        'X-Forwarded-For: 10.0.0.1',
        'X-Forwarded-Host: evil.example',
        'X-Forwarded-Proto: http',
        'Forwarded: for=10.0.0.1',
        'X-Real-IP: 10.0.0.1',
        'Via: 1.1 evil',
        'Cookie: session=1',
        'Proxy-Authorization: Basic YTpi',
        'X-Amz-Target: DynamoDB.DeleteTable',
        'Expect: something-else',
        'TE: trailers',
        `Sallyport-Intent: ${String(opened.json.id)}`,
        'Sallyport-Reason: because',
        'Audit-ID: 1',
      ).replace('Expect: something-else\r\n', ''),
    );
    expect(spoken.answers.map(({ status }) => status)).toEqual([200]);
    expect(lab.reached().map(({ headers }) => headers)).toEqual([
      {
        accept: 'application/json',
        authorization: 'Bearer the-gates-own-upstream-credential',
        connection: 'keep-alive',
        host: new URL(lab.upstream.url).host,
        'impersonate-group': 'sallyport:agents',
        'impersonate-user': expect.stringMatching(/^sallyport:agent:agent-[0-9a-f]{8}-\d+$/),
        'user-agent': 'kubectl/v1.36.0',
      },
    ]);
    expectNothingLeaked(lab, spoken.text);
  });

  it('an upstream cannot speak for the gate', async () => {
    lab.upstream.fault = (_request, response) => {
      response.writeHead(200, {
        'Sallyport-Decision': 'forged',
        'Sallyport-Outcome': 'deny',
        'Sallyport-More': 'forged',
        'Proxy-Authenticate': 'Basic',
        Upgrade: 'h2c',
      });
      response.end('{}');
      return true;
    };
    try {
      const { answers } = await lab.say(get());
      const headers = Object.fromEntries(answers[0]?.headers ?? []);
      expect(headers).toMatchObject({ 'sallyport-outcome': 'allow' });
      expect(headers['sallyport-decision']).not.toBe('forged');
      for (const name of ['sallyport-more', 'proxy-authenticate', 'upgrade']) expect(headers).not.toHaveProperty(name);
    } finally {
      lab.upstream.fault = undefined;
    }
  });
});

describe('a head that is too large', () => {
  it.each([
    ['one huge header', () => get(`X-Filler: ${'x'.repeat(40_000)}`), 431],
    ['thousands of headers', () => get(...Array.from({ length: 3000 }, (_, i) => `X-${i}: 12345678`)), 431],
    ['a huge target', () => `${lab.head(`GET ${MAP}?x=${'x'.repeat(40_000)} HTTP/1.1`)}\r\n`, 431],
    ['a target longer than is read', () => `${lab.head(`GET ${MAP}?x=${'x'.repeat(17_000)} HTTP/1.1`)}\r\n`, 400],
    ['a huge token', () => get().replace(lab.token, 'x'.repeat(20_000)), 401],
  ])('%s', async (_name, said, status) => {
    await expectRefused(lab, said(), [status]);
  });
});

describe('an upgrade', () => {
  const exec = '/kube/demo/api/v1/namespaces/shop-dev/pods/web/exec?command=sh&stdin=true';
  const websocket = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAA',
  ];
  const spdy = ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io'];

  it.each<[string, string, readonly string[]]>([
    ['exec by POST and SPDY with a body', `POST ${exec} HTTP/1.1`, [...spdy, 'Content-Length: 5']],
    ['exec by POST and SPDY in chunks', `POST ${exec} HTTP/1.1`, [...spdy, 'Transfer-Encoding: chunked']],
    ['a plain read with an upgrade', `GET ${MAP} HTTP/1.1`, websocket],
    [
      'an upgrade to HTTP/2',
      `GET ${MAP} HTTP/1.1`,
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAAA'],
    ],
  ])('%s is refused, the connection closed, and what follows the head reaches nobody', async (_name, line, headers) => {
    const behind = lab.head(`DELETE ${MAP} HTTP/1.1`).concat('\r\n');
    const spoken = await expectRefused(lab, `${lab.head(line, ...headers)}\r\n${behind}`, [403]);
    expect(spoken.answers[0]?.headers.get('connection')).toBe('close');
    const [newest] = await lab.lab.decisions('?limit=1');
    expect(newest).toMatchObject({
      decided: {
        did: 'deny',
        by: 'gate',
        reasons: [{ rule: 'gate/unreadable', message: expect.stringMatching(/Streams/) }],
      },
    });
  });

  it('an Upgrade header without a connection to upgrade is no read either', async () => {
    await expectRefused(lab, get('Upgrade: websocket'), [403]);
  });

  it('a token hidden in a WebSocket protocol is refused', async () => {
    const hidden = 'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.YWJj, v4.channel.k8s.io';
    await expectRefused(lab, `${lab.head(`GET ${exec} HTTP/1.1`, ...websocket, hidden)}\r\n`, [401]);
    await expectRefused(lab, get(hidden), [401]);
    await expectRefused(lab, get('sec-websocket-protocol: v4', hidden.replace('.bearer.', '.BEARER.')), [401]);
  });
});
