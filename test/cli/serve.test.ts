import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type DemoUpstream, startDemoUpstream } from '../../src/demo/upstream.ts';
import { freePorts } from '../lab/processes.ts';
import { runCli } from './cli-lab.ts';

const CLI = resolve(import.meta.dirname, '../../src/cli.ts');

let folder: string;
let upstream: DemoUpstream;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-serve-'));
  upstream = await startDemoUpstream();
});

afterAll(async () => {
  await upstream.close();
  await rm(folder, { recursive: true });
});

it('serves until it is stopped: bootstrap, grant, connect, a call, its decision, a freeze, and a clean end', async () => {
  const [listen, operate] = await freePorts(2);
  await writeFile(
    join(folder, 'sallyport.yaml'),
    JSON.stringify({
      listen: `127.0.0.1:${listen}`,
      operate: `127.0.0.1:${operate}`,
      routes: [
        { name: 'demo', surface: 'kubernetes', at: '/kube/demo', environment: 'dev', upstream: { url: upstream.url } },
      ],
    }),
  );
  const gate = spawn(process.execPath, [CLI, 'serve', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((done) => gate.once('close', done));
  try {
    const line = await new Promise<string>((ready) => gate.stdout.setEncoding('utf8').once('data', ready));
    expect(JSON.parse(line)).toEqual({
      listen: `https://127.0.0.1:${listen}`,
      operate: `https://127.0.0.1:${operate}`,
    });
    expect((await stat(join(folder, 'var'))).mode & 0o777).toBe(0o700);

    expect(await sallyport('operator', 'bootstrap', '--name', 'Ana')).toMatchObject({ code: 0 });
    const scope = ['routes', 'environments', 'services', 'teams', 'namespaces'].flatMap((each) => [
      '--scope',
      `${each}=*`,
    ]);
    expect(
      await sallyport('agent', 'add', 'fixer', '--team', 'sre', '--owner', 'ana', '--why', 'test', ...scope),
    ).toMatchObject({ code: 0, err: '' });
    const { out } = await sallyport('connect', 'kubectl', 'demo', '--agent', 'fixer');
    const kubeconfig = parse(out);

    const answer = await asAgent(kubeconfig, '/api/v1/namespaces/shop-dev/pods');
    expect([answer.status, answer.outcome]).toEqual([200, 'allow']);
    const shown = await sallyport('decisions', 'show', answer.decision);
    expect(shown.out).toMatch(/^granted: +by Ana \([a-z2-7]{16}\), .*: test$/m);
    expect(shown.out).toMatch(/^did: +allow, by the policy$/m);
    expect(shown.out).toMatch(/^outcome: +answered: status 200, /m);

    expect(await sallyport('freeze', '--everything', '--reads', '--why', 'test')).toMatchObject({ code: 0 });
    const frozen = await asAgent(kubeconfig, '/api/v1/namespaces/shop-dev/pods');
    expect([frozen.status, frozen.outcome]).toEqual([403, 'deny']);
  } finally {
    gate.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
  expect(await sallyport('agent', 'list')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no gate answers at'),
  });
});

function sallyport(...args: readonly string[]) {
  return runCli(folder, {}, args);
}

interface Answer {
  readonly status: number;
  readonly decision: string;
  readonly outcome: string;
}

interface Kubeconfig {
  readonly clusters: readonly [{ cluster: { server: string; 'certificate-authority-data': string } }];
  readonly users: readonly [{ user: { token: string } }];
}

/** A call with nothing but what `connect` printed. */
function asAgent(kubeconfig: Kubeconfig, path: string): Promise<Answer> {
  const { server, 'certificate-authority-data': ca } = kubeconfig.clusters[0].cluster;
  const headers = { authorization: `Bearer ${kubeconfig.users[0].user.token}` };
  return new Promise((done, reject) => {
    const sent = request(`${server}${path}`, { ca: Buffer.from(ca, 'base64'), headers, agent: false }, (response) => {
      response.resume().once('end', () =>
        done({
          status: response.statusCode ?? 0,
          decision: String(response.headers['sallyport-decision']),
          outcome: String(response.headers['sallyport-outcome']),
        }),
      );
    });
    sent.once('error', reject).end();
  });
}
