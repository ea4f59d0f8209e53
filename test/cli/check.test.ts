import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packageBundle } from '../../src/config/file.ts';
import { startBundleServer } from '../serve/bundle-source/bundle-server.ts';
import { runCli } from './cli-lab.ts';

let folder: string;
let server: Server;
let url: string;
/** What the cluster allows: `verb resource`, or `*` for everything. */
let rights: ReadonlySet<string>;

/** Only the two questions that `check` asks; a whole API server answers them in the end-to-end tests. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-check-'));
  server = createServer(async (request, response) => {
    const object = request.url === '/version' ? { gitVersion: 'v1.36.3' } : await review(request);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(object));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});

async function review(request: IncomingMessage): Promise<object> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { verb, resource } = JSON.parse(text).spec.resourceAttributes;
  return { status: { allowed: rights.has('*') || rights.has(`${verb} ${resource}`) } };
}

async function check(changed: object, ...args: readonly string[]) {
  const route = { name: 'staging', surface: 'kubernetes', at: '/kube/staging', upstream: { url } };
  await writeFile(join(folder, 'sallyport.yaml'), JSON.stringify({ routes: [{ ...route, ...changed }] }));
  return runCli(folder, {}, ['check', ...args]);
}

const NEEDED = ['get namespaces', 'list namespaces', 'watch namespaces', 'impersonate groups', 'impersonate users'];

it('all is well: the configuration, the committed bundle and what the credential may do', async () => {
  rights = new Set(NEEDED);
  const { code, out, err } = await check({}, '--json');
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toEqual({
    findings: [
      { what: 'configuration', state: 'ok', detail: join(folder, 'sallyport.yaml') },
      {
        what: 'bundle',
        state: 'ok',
        detail: expect.stringMatching(/sallyport\.tar\.gz, revision \S+, sha256:[0-9a-f]{64}$/),
      },
      { what: 'route staging', state: 'ok', detail: expect.stringMatching(/^Kubernetes v1\.36\.3, /) },
    ],
  });
});

it('a credential that may do everything is a warning, not a failure', async () => {
  rights = new Set(['*']);
  const { code, out } = await check({});
  expect(code).toBe(0);
  expect(out).toMatch(/^warning +route staging +the credential is privileged: .*cluster-admin.*--allow-admin$/m);
});

it('what the credential lacks is a finding: exit 1, each right by name', async () => {
  rights = new Set(['get namespaces', 'list namespaces']);
  const { code, out } = await check({}, '--agent', 'fixer');
  expect(code).toBe(1);
  expect(out).toMatch(
    /^problem +route staging +the credential may not watch namespaces, impersonate groups sallyport:agents, impersonate users sallyport:reverts, impersonate users sallyport:agent:fixer; /m,
  );
});

it('without impersonation its rights are not asked for', async () => {
  rights = new Set(NEEDED.slice(0, 3));
  expect((await check({ impersonate: false })).code).toBe(0);
});

it('an upstream that does not answer and a bundle that is none are findings', async () => {
  rights = new Set();
  await writeFile(join(folder, 'broken.tar.gz'), 'no bundle');
  await writeFile(
    join(folder, 'sallyport.yaml'),
    JSON.stringify({
      bundle: { path: 'broken.tar.gz' },
      routes: [
        { name: 'staging', surface: 'kubernetes', at: '/kube/staging', upstream: { url: 'http://127.0.0.1:1' } },
      ],
    }),
  );
  const { code, out } = await runCli(folder, {}, ['check']);
  expect(code).toBe(1);
  expect(out).toMatch(/^problem +bundle +.*broken\.tar\.gz: /m);
  expect(out).toMatch(/^problem +route staging +.*ECONNREFUSED/m);
});

it('a bundle on a server is asked for once, and what is wrong with it is a finding', async () => {
  rights = new Set(NEEDED);
  const bundles = await startBundleServer();
  try {
    bundles.put(await readFile(packageBundle()));
    const route = { name: 'staging', surface: 'kubernetes', at: '/kube/staging', upstream: { url } };
    const bundle = { url: `${bundles.url}?key=hunter2`, token: 'hunter2' };
    await writeFile(join(folder, 'sallyport.yaml'), JSON.stringify({ bundle, routes: [route] }));
    const good = await runCli(folder, {}, ['check']);
    expect([good.code, good.out]).toEqual([0, expect.stringContaining(`${bundles.url}, revision `)]);
    expect(bundles.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer hunter2']);
    bundles.answer = (_, response) => response.writeHead(401).end();
    const bad = await runCli(folder, {}, ['check']);
    expect([bad.code, bad.out]).toEqual([1, expect.stringMatching(/^problem +bundle +.*it answers 401: see token/m)]);
    expect(`${good.out}${bad.out}${bad.err}`).not.toContain('hunter2');
  } finally {
    await bundles.close();
  }
});

it('a configuration that is wrong: file, line, what was expected, exit 2', async () => {
  await writeFile(join(folder, 'sallyport.yaml'), 'listen: nowhere\nroutes: []\n');
  const { code, out, err } = await runCli(folder, {}, ['check']);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^sallyport: sallyport\.yaml:1:\d+: listen: /);
});

it('the RBAC manifest is printed without a configuration', async () => {
  const { code, out, err } = await runCli(folder, {}, ['check', '--rbac', '--agent', 'fixer']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('"sallyport:agent:fixer"');
});
