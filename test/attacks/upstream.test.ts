import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { type Authority, createAuthority } from '../lab/certificates.ts';
import { type AttackLab, expectNothingLeaked, startAttackLab } from './attack-lab.ts';

const NS = '/kube/demo/api/v1/namespaces/shop-dev';
const CREDENTIAL = 'the-gates-own-upstream-credential';

/** A server of an attacker's, that keeps what it is told. */
interface Thief {
  readonly port: number;
  readonly told: readonly IncomingMessage[];
  close(): Promise<void>;
}

async function startThief(): Promise<Thief> {
  const told: IncomingMessage[] = [];
  const server = createPlainServer((request, response) => {
    told.push(request);
    response.end('{}');
  });
  return { port: await listening(server), told, close: () => closed(server) };
}

async function listening(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function closed(server: Server & { closeAllConnections?: () => void }): Promise<void> {
  server.closeAllConnections?.();
  return new Promise((resolve) => server.close(() => resolve()));
}

describe('an upstream that sends the gate elsewhere', () => {
  let lab: AttackLab;
  let thief: Thief;
  beforeAll(async () => {
    lab = await startAttackLab();
    thief = await startThief();
  });
  afterAll(async () => {
    await lab.close();
    await thief.close();
  });
  afterEach(() => {
    lab.upstream.fault = undefined;
  });

  const places: [string, () => string][] = [
    ['to another host', () => `http://127.0.0.1:${thief.port}/take`],
    ['to another host, without a scheme', () => `//127.0.0.1:${thief.port}/take`],
    ['to a host before an @', () => `http://upstream@127.0.0.1:${thief.port}/take`],
    ['to a metadata address', () => 'http://169.254.169.254/latest/meta-data/iam/security-credentials/'],
    ['to a metadata name', () => 'http://metadata.google.internal/computeMetadata/v1/'],
    ['to itself, where the agent may not go', () => '/api/v1/namespaces/kube-system/secrets'],
    ['to a file', () => 'file:///etc/passwd'],
  ];

  it.each(places)('%s, with what is forwarded: the gate goes nowhere', async (_where, location) => {
    lab.upstream.forget();
    lab.upstream.fault = ({ headers }, response) => {
      if (headers['impersonate-user'] === undefined) return false;
      response.writeHead(307, { location: location() }).end();
      return true;
    };
    const { answers, text } = await lab.say(`${lab.head(`GET ${NS}/configmaps HTTP/1.1`)}\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([307]);
    expect(lab.reached().map(({ url }) => url)).toEqual(['/api/v1/namespaces/shop-dev/configmaps']);
    expect(thief.told).toEqual([]);
    expectNothingLeaked(lab, text);
  });

  it.each(places)(
    '%s, with what the gate asks to measure: nothing is known, and nothing done',
    async (_where, location) => {
      // The same call of one agent would wait with the one that is held.
      const { token } = await lab.lab.agent({ level: 4 });
      lab.upstream.forget();
      lab.upstream.fault = ({ headers }, response) => {
        if (headers['impersonate-user'] === undefined) return false;
        response.writeHead(302, { location: location() }).end();
        return true;
      };
      const { status, body } = await lab.lab.call('DELETE', `${NS}/configmaps/features`, { token });
      expect(status).toBe(403);
      expect(lab.reached().map(({ method, url }) => `${method} ${url}`)).toEqual([
        'GET /api/v1/namespaces/shop-dev/configmaps/features',
      ]);
      expect(thief.told).toEqual([]);
      expectNothingLeaked(lab, body);
    },
  );
});

describe('a caller that would choose the upstream', () => {
  let lab: AttackLab;
  let thief: Thief;
  beforeAll(async () => {
    lab = await startAttackLab();
    thief = await startThief();
  });
  afterAll(async () => {
    await lab.close();
    await thief.close();
  });

  it.each<[string, () => string, number, readonly string[]]>([
    ['by a Host header', () => `127.0.0.1:${thief.port}`, 200, ['GET']],
    ['by the Host of the metadata service', () => '169.254.169.254', 200, ['GET']],
    ['by a Host with a path', () => `127.0.0.1:${thief.port}/take?`, 200, ['GET']],
  ])('%s is sent where its route leads, under the name that is configured', async (_how, host, status, methods) => {
    lab.upstream.forget();
    const said = `GET ${NS}/configmaps HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${lab.token}\r\n\r\n`;
    const { answers, text } = await lab.say(said);
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    expect(lab.reached().map(({ method }) => method)).toEqual(methods);
    expect(lab.reached().map(({ headers }) => headers.host)).toEqual([new URL(lab.upstream.url).host]);
    expect(thief.told).toEqual([]);
    expectNothingLeaked(lab, text);
  });

  it.each<[string, string, number]>([
    ['by a target in absolute form', 'http://169.254.169.254/latest/meta-data/', 404],
    ['by a target in absolute form, with the path of a route', `http://169.254.169.254${NS}/configmaps`, 404],
    ['by two slashes', '//169.254.169.254/latest/meta-data/', 404],
    ['by two slashes behind the route', '/kube/demo//169.254.169.254/latest/meta-data/', 400],
    ['by a host and an @ behind the route', '/kube/demo@169.254.169.254/latest/', 404],
    ['by a port behind the route', '/kube/demo:80/latest/', 404],
    ['by a service that is called like the address', `${NS}/services/169.254.169.254:80/proxy/latest/`, 403],
    ['by a node that is called like the address', '/kube/demo/api/v1/nodes/169.254.169.254:80/proxy/latest/', 403],
    ['by a pod that is called like the address', `${NS}/pods/http:169.254.169.254:80/proxy/latest/`, 403],
    ['by an old proxy path', '/kube/demo/api/v1/proxy/nodes/169.254.169.254/latest/', 403],
  ])('%s is refused, and nothing leaves', async (_how, target, status) => {
    lab.upstream.forget();
    const { answers, text } = await lab.say(`${lab.head(`GET ${target} HTTP/1.1`)}\r\n`);
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    expect(lab.reached()).toEqual([]);
    expectNothingLeaked(lab, text);
  });
});

describe('an upstream whose name leads to somebody else after a while', () => {
  let folder: string;
  let trusted: Authority;
  let gate: GateLab | undefined;
  let server: Server | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-elsewhere-'));
    trusted = createAuthority(new Date());
    await writeFile(join(folder, 'ca.pem'), trusted.certificate);
  });
  afterEach(async () => {
    await gate?.close();
    if (server !== undefined) await closed(server);
    [gate, server] = [undefined, undefined];
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const serve = (authority: Authority, name: string, answer: RequestListener): Server => {
    const { key, certificate } = authority.server([name], []);
    server = createServer({ key, cert: certificate }, answer);
    return server;
  };

  /** Just enough of an API server for a read. */
  const honest: RequestListener = ({ url = '' }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.includes('watch=')) return void response.flushHeaders();
    response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }));
  };

  it.each<[string, () => readonly [Authority, string]]>([
    ['with a certificate of another authority', () => [createAuthority(new Date()), 'localhost']],
    ['with a good certificate of another name', () => [trusted, 'metadata.google.internal']],
  ])('%s is told nothing: not the credential, not even the call', async (_how, other) => {
    const port = await listening(serve(trusted, 'localhost', honest));
    gate = await startGateLab({
      upstream: { url: `https://localhost:${port}`, ca: join(folder, 'ca.pem'), token: CREDENTIAL },
    });
    const { token } = await gate.agent({ level: 4 });
    const read = () => gate?.call('GET', '/kube/demo/version', { token });
    expect((await read())?.status).toBe(200);

    if (server !== undefined) await closed(server);
    const told: string[] = [];
    const thief = serve(...other(), (request, response) => {
      told.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end('{}');
    });
    // What it is sent before a handshake counts too.
    thief.on('secureConnection', (socket) => socket.on('data', (bytes: Buffer) => told.push(bytes.toString('latin1'))));
    await listening(thief, port);
    const refused = await read();
    expect([refused?.status, refused?.json.kind]).toEqual([502, 'Status']);
    expect(refused?.body).not.toContain(CREDENTIAL);
    expect(told).toEqual([]);
    const id = String(refused?.headers['sallyport-decision']);
    await expect
      .poll(async () => (await gate?.admin.get(`/v1/decisions/${id}`))?.outcome)
      .toMatchObject({ state: 'not-sent', sent: false });
  });
});
