import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { startGateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, makeNamespace, reachedAs } from './cluster-gate.ts';
import {
  bindServiceAccount,
  makeServiceAccounts,
  tokenOf,
  userOf,
  writeKubeconfig,
  writePlugin,
} from './credentials.ts';
import { wholeLog } from './judged-call.ts';
import { configMap, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'credentials-dev';
const ACCOUNTS = 'credentials-accounts';
const ACCOUNT = `system:serviceaccount:${ACCOUNTS}:gate`;

let folder: string;
let token: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-credentials-'));
  await makeNamespace(lab, PLACE, 'dev');
  await apply(lab, inNamespace(PLACE, configMap('settings')));
  await makeServiceAccounts(lab, ACCOUNTS, ['gate']);
  await bindServiceAccount(lab, 'sallyport-gate', ACCOUNTS, 'gate');
  token = await tokenOf(lab, ACCOUNTS, 'gate');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await admin(lab, ['delete', 'namespace', PLACE, ACCOUNTS, '--wait=false']);
});

const kubeconfig = async (user: JsonObject): Promise<JsonObject> => ({
  kubeconfig: await writeKubeconfig(lab, join(folder, 'kubeconfig'), user),
});
const exec = (command: string): JsonObject => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' },
});

it.each<[string, () => Promise<JsonObject>, string]>([
  ['a token', () => kubeconfig({ token }), ACCOUNT],
  [
    'a file with a token',
    async () => {
      await writeFile(join(folder, 'token'), `${token}\n`, { mode: 0o600 });
      return kubeconfig({ tokenFile: 'token' });
    },
    ACCOUNT,
  ],
  ['a client certificate', () => kubeconfig(userOf(lab.gate)), 'sallyport-gate'],
  ['a credential plugin', async () => kubeconfig(exec(await writePlugin(lab, folder, ACCOUNTS, 'gate'))), ACCOUNT],
  [
    'an address, a CA and a token in the configuration',
    async () => ({ url: lab.server, ca: lab.ca, token: `\${file:${join(folder, 'token')}}` }),
    ACCOUNT,
  ],
])('with %s the gate reads and changes in the name of its agent', async (_what, make, user) => {
  await writeFile(join(folder, 'token'), token, { mode: 0o600 });
  const gate = await startGateLab({ upstream: await make() });
  try {
    expect(gate.gate.warnings.filter((warning) => warning.includes('credential'))).toEqual([]);
    // The audit log is that of all tests, so the name must be this test's alone.
    const agent = await gate.agent({ id: `shown-${randomUUID()}`, level: 3 });
    const file = await gate.kubeconfig(agent);
    const kubectl = (...args: readonly string[]) => lab.kubectl([...args, '-n', PLACE], { kubeconfig: file });
    const colour = `${Date.now()}`;
    expect(await kubectl('patch', 'configmap', 'settings', '-p', `{"data":{"colour":"${colour}"}}`)).toEqual({
      code: 0,
      stdout: 'configmap/settings patched\n',
      stderr: '',
    });
    const got = await kubectl('get', 'configmap', 'settings', '-o', 'jsonpath={.data.colour}');
    expect(got).toEqual({ code: 0, stdout: colour, stderr: '' });
    const reached = await reachedAs(lab, agent.id);
    expect(reached.length).toBeGreaterThan(2);
    expect(new Set(reached.map((event) => event.user.username))).toEqual(new Set([user]));
    expect(new Set(reached.flatMap((event) => event.impersonatedUser?.groups ?? []))).toEqual(
      new Set(['sallyport:agents', 'system:authenticated']),
    );
    const log = (await wholeLog(gate)).join('\n');
    expect([log.includes(token), log.includes(token.split('.')[2] ?? token)]).toEqual([false, false]);
  } finally {
    await gate.close();
  }
});

it('runs the plugin once for many calls, and not again for each', async () => {
  await rm(join(folder, 'plugin.runs'), { force: true });
  const gate = await startGateLab({
    upstream: await kubeconfig(exec(await writePlugin(lab, folder, ACCOUNTS, 'gate'))),
  });
  try {
    const runs = async () => (await readFile(join(folder, 'plugin.runs'), 'utf8')).trim().split('\n').length;
    const atStart = await runs();
    const agent = await gate.agent({ level: 1 });
    const path = `/kube/demo/api/v1/namespaces/${PLACE}/configmaps`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => gate.call('GET', path, agent)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await runs()).toBe(atStart);
  } finally {
    await gate.close();
  }
});

it.each<[string, string]>([
  ['fails', '#!/bin/sh\necho a-secret-word >&2\nexit 3\n'],
  ['prints what is no credential', '#!/bin/sh\necho a-secret-word\n'],
])('does not start when the plugin %s, and repeats nothing of what it printed', async (_what, script) => {
  const plugin = join(folder, 'bad-plugin.sh');
  await writeFile(plugin, script, { mode: 0o700 });
  const starting = startGateLab({ upstream: await kubeconfig(exec(plugin)) });
  const error: unknown = await starting.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'credential/unavailable' });
  expect(String(error)).toContain('bad-plugin.sh');
  expect(String(error)).not.toContain('a-secret-word');
});
