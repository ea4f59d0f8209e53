import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/json.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, makeNamespace, object, read } from './cluster-gate.ts';
import { bindServiceAccount, makeServiceAccounts, restoreGateRights, tokenOf, writeKubeconfig } from './credentials.ts';
import { type Running, sallyport, sallyportUntil, serve } from './program.ts';
import { configMap, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'serve-dev';
const ACCOUNTS = 'serve-accounts';

let folder: string;
let gate: Running | undefined;

beforeAll(async () => {
  await makeNamespace(lab, PLACE, 'dev');
  await apply(lab, inNamespace(PLACE, configMap('settings')));
  await makeServiceAccounts(lab, ACCOUNTS, ['nobody', 'almighty', 'newcomer']);
  await bindServiceAccount(lab, 'cluster-admin', ACCOUNTS, 'almighty');
});
afterAll(() => admin(lab, ['delete', 'namespace', PLACE, ACCOUNTS, '--wait=false']));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-serve-'));
});
afterEach(async () => {
  await gate?.stop();
  gate = undefined;
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => sallyport(args, { folder });

/** The same, which must succeed; its result. */
async function json(...args: readonly string[]): Promise<JsonObject> {
  const { code, out, err } = await run(...args, '--json');
  if (code !== 0) throw new Error(`sallyport ${args.join(' ')} ended with ${code}: ${err}`);
  return object(JSON.parse(out));
}

/** An administrator, an agent of level 3 that may act everywhere, and its kubeconfig. */
async function bootstrap(): Promise<string> {
  await json('operator', 'bootstrap', '--name', 'Ana');
  const scope = ['routes', 'environments', 'services', 'teams', 'namespaces'];
  await json(
    ...['agent', 'add', 'fixer', '--team', 'shop', '--owner', 'Ana', '--why', 'a test', '--level', '3'],
    ...scope.flatMap((each) => ['--scope', `${each}=*`]),
  );
  const kubeconfig = join(folder, 'fixer.kubeconfig');
  const connected = await run('connect', 'kubectl', 'lab', '--agent', 'fixer', '--out', kubeconfig);
  expect(connected).toMatchObject({ code: 0, out: '' });
  expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
  return kubeconfig;
}

const patch = (colour: string) => [
  'patch',
  'configmap',
  'settings',
  '-n',
  PLACE,
  '-p',
  `{"data":{"colour":"${colour}"}}`,
];
const get = ['get', 'configmap', 'settings', '-n', PLACE, '-o', 'jsonpath={.data.colour}'];

describe('serve --kubeconfig F --context C', () => {
  it('is a whole set-up: bootstrap, grant, connect, kubectl, its decisions, freeze and thaw', async () => {
    gate = await serve(['--kubeconfig', lab.gate, '--context', 'lab'], { folder });
    expect((await stat(join(folder, 'var'))).mode & 0o777).toBe(0o700);
    const kubeconfig = await bootstrap();
    const kubectl = (args: readonly string[]) => lab.kubectl(args, { kubeconfig });

    expect(await kubectl(get)).toEqual({ code: 0, stdout: 'blue', stderr: '' });
    expect(await kubectl(patch('red'))).toEqual({ code: 0, stdout: 'configmap/settings patched\n', stderr: '' });
    expect(at(await read(lab, 'configmap', 'settings', PLACE), 'data')).toEqual({ colour: 'red' });

    const tail = await openTail(kubectl);
    const denied = await kubectl(['label', 'namespace', PLACE, 'sallyport.dev/environment=test', '--overwrite']);
    const [, id = ''] = /gate\/authority: .* \[([0-9a-f-]{36})\]/.exec(denied.stderr) ?? [];
    expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining(`namespaces "${PLACE}" is forbidden: `)]);
    await expect.poll(() => tail.said.out).toMatch(new RegExp(`decision ${id} fixer lab kubernetes:namespaces:patch`));
    expect((await tail.stop()).code).toBe(0);
    const listed = items((await json('decisions', 'list', '--outcome', 'deny')).decisions);
    expect(listed.map((each) => at(each, 'id'))).toEqual([id]);
    const shown = await run('decisions', 'show', id);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toMatch(/^granted: +by Ana \([a-z2-7]{16}\), .*: a test$/m);
    expect(shown.out).toMatch(/^did: +deny, by the gate$/m);

    const frozen = await json('freeze', '--everything', '--why', 'incident 42');
    const stopped = await kubectl(patch('green'));
    expect([stopped.code, stopped.stderr]).toEqual([1, expect.stringMatching(/gate\/freeze: .*incident 42/)]);
    expect(await kubectl(get)).toMatchObject({ code: 0, stdout: 'red' });
    await json('thaw', String(frozen.id), '--why', 'it is over');
    expect(await kubectl(patch('green'))).toMatchObject({ code: 0 });
    expect(await kubectl(get)).toMatchObject({ code: 0, stdout: 'green' });

    const secrets = [
      (await readFile(join(folder, 'var', 'operator.token'), 'utf8')).trim(),
      String(at(object(items(object(parse(await readFile(kubeconfig, 'utf8'))).users)[0]), 'user', 'token')),
    ];
    const { code, out, err } = await gate.stop();
    expect([code, secrets.every((secret) => secret.length > 30)]).toEqual([0, true]);
    expect(secrets.filter((secret) => `${out}${err}${tail.said.out}${tail.said.err}`.includes(secret))).toEqual([]);
  });

  it('stopped by SIGTERM lets what runs end, records that, takes nothing new, and ends with 0', async () => {
    gate = await serve(['--kubeconfig', lab.gate], { folder });
    const kubeconfig = await bootstrap();
    const watch = `/api/v1/namespaces/${PLACE}/configmaps?watch=true&timeoutSeconds=4`;
    const watching = lab.kubectl(['get', '--raw', watch], { kubeconfig });
    const isWatch = async () => items((await json('decisions', 'list', '--agent', 'fixer')).decisions).length;
    await expect.poll(isWatch, { timeout: 15_000 }).toBe(1);
    const stopping = gate.stop();
    await expect.poll(() => gate?.said.err).toContain('stopping');
    const late = await lab.kubectl(get, { kubeconfig });
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('127.0.0.1:7070 was refused')]);
    const { code, stdout } = await watching;
    expect([code, stdout]).toEqual([0, expect.stringContaining('"type":"ADDED"')]);
    expect((await stopping).code).toBe(0);
    gate = undefined;
    const store = await openSqliteStore({ path: join(folder, 'var', 'sallyport.db') });
    const leaves = (await store.leaves(0, 1_000)).map(({ leaf }) => object(JSON.parse(leaf)));
    await store.close();
    expect(leaves.slice(-3)).toMatchObject([
      { kind: 'decided', did: 'allow' },
      { kind: 'gate', what: 'stopping' },
      { kind: 'outcome', state: 'answered', status: 200 },
    ]);
  });

  /** Opens `decisions tail`, which says nothing until something happens: so something does. */
  async function openTail(kubectl: (args: readonly string[]) => Promise<unknown>): Promise<Running> {
    let tail: Running | undefined;
    const opening = sallyportUntil(' decision ', ['decisions', 'tail'], { folder }).then((opened) => {
      tail = opened;
    });
    while (tail === undefined) await Promise.race([opening, kubectl(get)]);
    return tail;
  }

  it.each<[string, (file: string) => Promise<string>, string]>([
    ['a client certificate of system:masters', async () => lab.admin, 'system:masters'],
    [
      'a token of a service account that is cluster-admin',
      async (file) => writeKubeconfig(lab, file, { token: await tokenOf(lab, ACCOUNTS, 'almighty') }),
      'cluster-admin',
    ],
  ])('refuses %s, and takes it with --allow-admin, with a warning', async (_what, make, why) => {
    const kubeconfig = await make(join(folder, 'admin.kubeconfig'));
    const refused = await run('serve', '--kubeconfig', kubeconfig, '--context', 'lab');
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toMatch(/^sallyport: route lab: the gate's credential may do everything: /);
    expect(refused.err).toContain(why);
    expect(refused.err).toMatch(/^fix: .*--allow-admin/m);
    expect(existsSync(join(folder, 'var', 'sallyport.db'))).toBe(false);

    gate = await serve(['--kubeconfig', kubeconfig, '--context', 'lab', '--allow-admin'], { folder });
    expect(gate.said.err).toMatch(
      new RegExp(`^warning: route lab: the gate's credential may do everything: .*${why}`, 'm'),
    );
    expect(await lab.kubectl(get, { kubeconfig: await bootstrap() })).toMatchObject({ code: 0, stderr: '' });
    expect((await gate.stop()).code).toBe(0);
  });
});

describe('check', () => {
  async function check(kubeconfig: string, ...args: readonly string[]) {
    const route = { name: 'lab', surface: 'kubernetes', at: '/kube/lab', upstream: { kubeconfig } };
    await writeFile(join(folder, 'sallyport.yaml'), JSON.stringify({ routes: [route] }));
    const { code, out, err } = await run('check', ...args);
    expect(err).toBe('');
    expect(await readdir(folder)).not.toContain('var');
    return { code, out };
  }

  it('finds nothing wrong with the gate’s own narrow credential', async () => {
    const { code, out } = await check(lab.gate, '--agent', 'fixer');
    expect([code, out.split('\n').filter((line) => /^(warning|problem)/.test(line))]).toEqual([0, []]);
    expect(out).toMatch(/^ok +route lab +Kubernetes v1\.\d+\.\d+, .*the client certificate "sallyport-gate"/m);
  });

  it('names every right that a credential lacks', async () => {
    const token = await tokenOf(lab, ACCOUNTS, 'nobody');
    const { code, out } = await check(await writeKubeconfig(lab, join(folder, 'k'), { token }), '--agent', 'fixer');
    expect([code, out]).toEqual([1, expect.stringMatching(/^problem +route lab +the credential may not .*$/m)]);
    const read = 'get namespaces, list namespaces, watch namespaces';
    const act = 'impersonate groups sallyport:agents, impersonate users sallyport:reverts';
    expect(out).toContain(`may not ${read}, ${act}, impersonate users sallyport:agent:fixer; apply what`);
    expect(out).not.toContain(token);
  });

  it.each<[string, () => Promise<string>]>([
    ['system:masters', async () => lab.admin],
    [
      'cluster-admin',
      async () => writeKubeconfig(lab, join(folder, 'k'), { token: await tokenOf(lab, ACCOUNTS, 'almighty') }),
    ],
  ])('warns of a credential that may do everything: %s', async (why, make) => {
    const { code, out } = await check(await make());
    expect([code, out]).toEqual([0, expect.stringMatching(/^warning +route lab +the credential is privileged: /m)]);
    expect(out).toContain(why);
  });

  it('says that a token which the cluster does not know is refused', async () => {
    const { code, out } = await check(await writeKubeconfig(lab, join(folder, 'k'), { token: 'not-a-token' }));
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^problem +route lab +.*GET \/version answered 401; renew/m),
    ]);
  });

  it('--rbac prints what makes a user without rights the gate’s', async () => {
    const token = await tokenOf(lab, ACCOUNTS, 'newcomer');
    const kubeconfig = await writeKubeconfig(lab, join(folder, 'newcomer'), { token });
    const before = await lab.kubectl(['get', 'namespaces'], { kubeconfig });
    expect(before.code).toBe(1);
    const gateUser = `system:serviceaccount:${ACCOUNTS}:newcomer`;
    const { out } = await run('check', '--rbac', '--gate-user', gateUser, '--agent', 'fixer');
    try {
      expect(await lab.kubectl(['apply', '-f', '-'], { input: out })).toMatchObject({ code: 0 });
      expect(await check(kubeconfig, '--agent', 'fixer')).toMatchObject({ code: 0 });
      expect((await check(kubeconfig, '--agent', 'another')).code).toBe(1);
      await rm(join(folder, 'sallyport.yaml'));
      gate = await serve(['--kubeconfig', kubeconfig], { folder });
      const agent = { kubeconfig: await bootstrap() };
      expect(await lab.kubectl(patch('violet'), agent)).toMatchObject({ code: 0, stderr: '' });
      expect(await lab.kubectl(get, agent)).toEqual({ code: 0, stdout: 'violet', stderr: '' });
    } finally {
      await restoreGateRights(lab);
    }
  });
});

describe('a configuration that is wrong', () => {
  it.each<[string, string, RegExp]>([
    ['not YAML', 'listen: [127.0.0.1\n', /^sallyport: bad\.yaml:\d+:\d+: /],
    ['an unknown key', 'listn: 127.0.0.1:1\nroutes: []\n', /^sallyport: bad\.yaml:1:1: listn: /],
    [
      'an address that is none',
      `operate: 127.0.0.1:0\nroutes:\n  - {name: lab, surface: kubernetes, at: /kube/lab, upstream: {kubeconfig: '${lab.gate}'}}\nlisten: nowhere\n`,
      /^sallyport: bad\.yaml:4:9: listen: expected an address .*, got "nowhere"$/m,
    ],
    [
      'a kubeconfig that is not there',
      'routes:\n  - name: lab\n    surface: kubernetes\n    at: /kube/lab\n    upstream: {kubeconfig: missing.kubeconfig}\n',
      /missing\.kubeconfig/,
    ],
  ])('%s: file, line and what was expected, exit 2, nothing started', async (_what, text, expected) => {
    await writeFile(join(folder, 'bad.yaml'), text);
    const { code, out, err } = await run('serve', '--config', 'bad.yaml');
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(expected)]);
    expect(await readdir(folder)).toEqual(['bad.yaml']);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a kubeconfig that is not there', ['--kubeconfig', 'missing'], /missing/],
    ['a context that is not in it', ['--kubeconfig', lab.gate, '--context', 'other'], /"other".*\n?.*lab/],
    ['a context without a kubeconfig', ['--context', 'lab'], /--context belongs to --kubeconfig/],
    ['two configurations', ['--kubeconfig', lab.gate, '--config', 'sallyport.yaml'], /whole configuration/],
  ])('%s: exit 2, nothing started', async (_what, args, expected) => {
    const { code, out, err } = await run('serve', ...args);
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(expected)]);
    expect(await readdir(folder)).toEqual([]);
  });
});
