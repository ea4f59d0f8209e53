import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ALLOW, buildPolicy, DENY } from '../decide/rego-lab.ts';
import { createAuthority } from '../lab/certificates.ts';
import { type BundleServerLab, startBundleServer } from '../serve/bundle-source/bundle-server.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { callGate, hangUp, nextUpgrade, upgradeHead } from './stream-lab.ts';

const READ = '/kube/demo/api/v1/namespaces/shop-dev/configmaps';
const WITHIN = { timeout: 15_000 };

let allows: Uint8Array;
let denies: Uint8Array;
let upstream: RecordingUpstream;
let folder: string;
let lab: GateLab;
beforeAll(async () => {
  allows = await buildPolicy(`decision := ${ALLOW} if input.call.route != "unknown"`);
  denies = await buildPolicy(`known if input.call.route == "nowhere"\ndecision := ${DENY} if known`);
  upstream = await startRecordingUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-reload-'));
});
afterEach(async () => {
  hangUp();
  await lab.close();
  await rm(folder, { recursive: true });
});

const bundleNow = () => lab.admin.get('/v1/bundle');

describe('a stricter bundle', () => {
  /** An exec and a watch of agents of their own, both under way. */
  async function open() {
    const [one, two] = [await lab.agent(), await lab.agent()];
    const [there, exec] = await Promise.all([
      nextUpgrade(upstream),
      callGate(lab, upgradeHead(one.token, 'websocket')),
    ]);
    const watch = await callGate(
      lab,
      `GET ${READ}?watch=true HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${two.token}\r\n\r\n`,
    );
    expect([exec.status, watch.status]).toEqual([101, 200]);
    exec.socket.write('ping');
    await expect.poll(there.said).toBe('ping');
    return { ended: Promise.all([exec.ended, there.ended, watch.ended]), ids: [exec, watch].map(idOf) };
  }
  const idOf = ({ headers }: { readonly headers: ReadonlyMap<string, string> }) =>
    String(headers.get('sallyport-decision'));

  async function expectCut(ids: readonly string[]): Promise<void> {
    for (const id of ids)
      await expect
        .poll(async () => (await lab.admin.get(`/v1/decisions/${id}`)).outcome, WITHIN)
        .toMatchObject({
          ...{ state: 'cut', end: 'cut' },
          error: { message: 'the policy that is in force now denies this call' },
        });
  }

  it('that takes the place of the file cuts the exec and the watch that it does not allow', async () => {
    const path = join(folder, 'bundle.tar.gz');
    await writeFile(path, allows);
    lab = await startGateLab({ upstream: { url: upstream.url }, config: { bundle: { path } } });
    const { ended, ids } = await open();
    await writeFile(`${path}.new`, denies);
    await rename(`${path}.new`, path);
    await ended;
    await expectCut(ids);
    expect((await lab.call('GET', READ, { token: (await lab.agent()).token })).status).toBe(403);
    const size = await lab.gate.store.size();
    const changes = (await lab.gate.store.leaves(0, size)).map(({ leaf }): JsonObject => JSON.parse(leaf));
    expect(changes.filter(({ what }) => what === 'bundle.loaded')).toEqual([
      expect.objectContaining({ by: 'sallyport:bundle-source', why: 'the file has changed', from: path }),
    ]);
  });

  it('from the server, which knows the gate by token and certificate, does so too', async () => {
    const authority = createAuthority(new Date());
    const own = authority.server([], ['127.0.0.1']);
    const gate = authority.client('gate');
    const files = {
      'ca.pem': authority.certificate,
      'gate.pem': gate.certificate,
      'gate.key': gate.key,
      token: 'hunter2\n',
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const ca = authority.certificate;
    const server = await startBundleServer({
      tls: { cert: own.certificate, key: own.key, ca, requestCert: true, rejectUnauthorized: true },
    });
    try {
      server.put(allows);
      lab = await startGateLab({
        upstream: { url: upstream.url },
        config: {
          bundle: {
            ...{ url: server.url, token: `\${file:${join(folder, 'token')}}`, ca: join(folder, 'ca.pem') },
            client: { cert: join(folder, 'gate.pem'), key: join(folder, 'gate.key') },
            poll: { every: '100ms', wait: '30s' },
          },
        },
      });
      const { ended, ids } = await open();
      await server.waiting();
      server.put(denies);
      await ended;
      await expectCut(ids);
      expect(new Set(server.asked.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer hunter2']));
      expect(await bundleNow()).toMatchObject({
        sources: { library: { from: server.url, follows: 'url', lastError: null } },
      });
    } finally {
      await server.close();
    }
  });
});

describe('a gate whose bundle server is away', () => {
  let server: BundleServerLab;
  beforeEach(async () => {
    server = await startBundleServer({ waits: false });
    server.put(allows);
    server.answer = (_, response) => response.writeHead(503).end();
  });
  afterEach(() => server.close());
  const start = () =>
    startGateLab({
      upstream: { url: upstream.url },
      config: { operateInsecure: true, bundle: { url: server.url, poll: { every: '100ms', timeout: '2s' } } },
    });
  const ready = async () => (await fetch(`${lab.gate.operate.origin}/readyz`)).status;

  it('starts unready and refuses every call, on the record, until it has a bundle', async () => {
    lab = await start();
    expect(lab.gate.warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(/it answers 503; no bundle judges, and every call is refused/)]),
    );
    expect(await bundleNow()).toMatchObject({ digest: null, sources: { library: { lastSuccess: null } } });
    expect(await ready()).toBe(503);
    const { token } = await lab.agent();
    upstream.forget();
    const refused = await lab.call('GET', READ, { token });
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('no bundle is loaded yet')]);
    expect(upstream.calls()).toEqual([]);
    expect(await lab.decisions()).toMatchObject([
      { id: refused.headers['sallyport-decision'], decided: { did: 'deny' } },
    ]);
    server.answer = undefined;
    await expect.poll(async () => (await lab.call('GET', READ, { token })).status, WITHIN).toBe(200);
    expect(await ready()).toBe(200);
    expect(await bundleNow()).toMatchObject({ revision: 'test', sources: { library: { lastError: null } } });
  });
});

it('reads are answered while another bundle is loaded, each under one bundle or the other', async () => {
  const path = join(folder, 'bundle.tar.gz');
  await writeFile(path, allows);
  lab = await startGateLab({ upstream: { url: upstream.url }, config: { bundle: { path, watch: false } } });
  const { token } = await lab.agent();
  const before = (await bundleNow()).digest;
  const other = await buildPolicy(`decision := ${ALLOW} if input.call.route == "demo"`);
  await writeFile(path, other);
  let loading = true;
  const reading = (async () => {
    const seen: unknown[] = [];
    while (loading) {
      const { status, headers } = await lab.call('GET', READ, { token });
      expect(status).toBe(200);
      const { decided } = await lab.admin.get(`/v1/decisions/${headers['sallyport-decision']}`);
      seen.push((decided as { judgement: { bundle: { digest: string } } }).judgement.bundle.digest);
    }
    return seen;
  })();
  const { digest: after } = await lab.admin.post('/v1/bundle/reload', { why: 'a test' });
  loading = false;
  const seen = new Set(await reading);
  // It is tried in a thread of its own; calls go on being judged by the one before.
  expect(seen.has(before)).toBe(true);
  expect([...seen].every((digest) => digest === before || digest === after)).toBe(true);
  const { headers } = await lab.call('GET', READ, { token });
  expect(await lab.admin.get(`/v1/decisions/${headers['sallyport-decision']}`)).toMatchObject({
    decided: { judgement: { bundle: { digest: after } } },
  });
  expect(after).not.toBe(before);
});
