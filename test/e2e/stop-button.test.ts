import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { isObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import type { KubectlResult } from '../lab/kubectl.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, decisionsOf, makeNamespace, read, startClusterGate, writesAs } from './cluster-gate.ts';
import { type Ended, sallyport } from './program.ts';
import { configMap, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const NAMESPACE = 'stop-button';
const WHY = 'the shop is on fire';

let gate: GateLab;
let agent: { readonly id: string; readonly kubeconfig: string };
let token: string;
beforeAll(async () => {
  gate = await startClusterGate(lab);
  const granted = await gate.agent();
  agent = { id: granted.id, kubeconfig: await gate.kubeconfig(granted) };
  const { port } = gate.gate.operate;
  // Its ports were chosen at its start; the command line has to find them.
  const written = await readFile(gate.configFile, 'utf8');
  await writeFile(gate.configFile, written.replace('operate: 127.0.0.1:0', `operate: 127.0.0.1:${port}`));
  token = textAt(await gate.admin.post('/v1/operators', { name: 'amber', role: 'administrator', groups: [] }), 'token');
  await makeNamespace(lab, NAMESPACE, 'dev');
  await apply(lab, inNamespace(NAMESPACE, configMap('kettle')));
});
afterAll(async () => {
  await gate.close();
  await admin(lab, ['delete', 'namespace', NAMESPACE, '--wait=false']);
});
afterEach(async () => {
  const { freezes } = await gate.admin.get('/v1/freezes');
  for (const each of Array.isArray(freezes) ? freezes : [])
    await gate.admin.post(`/v1/freezes/${at(each, 'id')}/lift`, { why: 'a test' });
});

/** The command line of an operator, with the token from the environment. */
const operator = (...args: readonly string[]): Promise<Ended> =>
  sallyport([...args, '--config', gate.configFile], { folder: gate.folder, env: { SALLYPORT_TOKEN: token } });

/** `sallyport freeze ...`; the freeze as it prints it. */
async function freeze(...args: readonly string[]): Promise<{ readonly id: string; readonly by: string }> {
  const { code, out, err } = await operator('freeze', ...args, '--why', WHY, '--json');
  expect([code, err]).toEqual([0, '']);
  const printed: unknown = JSON.parse(out);
  if (!isObject(printed)) throw new TypeError(`no object: ${out}`);
  return { id: textAt(printed, 'id'), by: textAt(printed, 'by') };
}

const kubectl = (run: string): Promise<KubectlResult> =>
  lab.kubectl([...run.split(' '), '-n', NAMESPACE], { kubeconfig: agent.kubeconfig });
const label = (value: string) => kubectl(`label configmap kettle heat=${value} --overwrite`);
const heat = async () => at(await read(lab, 'configmap', 'kettle', NAMESPACE), 'metadata', 'labels', 'heat');

describe('sallyport freeze, while kubectl works', () => {
  it.each<[string, readonly string[], string]>([
    ['everything', ['--everything'], 'everything'],
    ['the route', ['--route', 'demo'], 'route demo'],
    ['the environment', ['--environment', 'dev'], 'environment dev'],
    ['the service', ['--service', 'shop'], 'service shop'],
    ['the team that owns it', ['--team', 'shop'], 'team shop'],
  ])(
    'of %s refuses the next change with who and why, lets reads pass, and thaw restores it',
    async (_what, args, named) => {
      expect(await label('low')).toMatchObject({ code: 0, stderr: '' });
      const frozen = await freeze(...args);
      const written = await writesAs(lab, agent.id);

      const refused = await label('high');
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toContain('Error from server (Forbidden): configmaps "kettle" is forbidden: ');
      expect(refused.stderr).toContain(
        `gate/freeze: ${named} is frozen until it is lifted: ${WHY} (${frozen.id}, by amber). Reads still pass; ` +
          `wait, or ask amber.`,
      );
      expect(await writesAs(lab, agent.id)).toEqual(written);
      expect(await heat()).toBe('low');
      expect(await kubectl('get configmap kettle -o name')).toEqual({
        code: 0,
        stdout: 'configmap/kettle\n',
        stderr: '',
      });

      const thawed = await operator('thaw', frozen.id, '--why', 'the fire is out');
      expect([thawed.code, thawed.err]).toEqual([0, '']);
      expect(thawed.out).toMatch(new RegExp(`^thawed: ${named}$`, 'm'));
      expect(await label('high')).toMatchObject({ code: 0, stderr: '' });
      expect(await heat()).toBe('high');
    },
  );

  it('with --reads ends what kubectl watches, refuses gets, and thaw restores them', async () => {
    const watching = watchKettle();
    const line = (data: number) => expect.stringMatching(new RegExp(`^kettle +${data} +\\S+$`));
    await expect.poll(watching.lines, { timeout: 10_000 }).toEqual([HEAD, line(1)]);
    // Past the gate; that it is shown tells that the watch is open.
    await admin(lab, ['patch', 'configmap', 'kettle', '-n', NAMESPACE, '-p', '{"data":{"tea":"black"}}']);
    await expect.poll(watching.lines, { timeout: 10_000 }).toEqual([HEAD, line(1), line(2)]);
    const frozen = await freeze('--agent', agent.id, '--reads');
    await watching.ended;
    await expect
      .poll(async () => (await decisionsOf(gate, agent.id)).filter(isWatch).map((decision) => at(decision, 'outcome')))
      .toMatchObject([{ state: 'cut', end: 'cut', sent: true, status: 200 }]);
    const refused = await kubectl('get configmap kettle');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain(
      `gate/freeze: agent ${agent.id} is frozen until it is lifted: ${WHY} (${frozen.id}, by amber).`,
    );
    expect((await operator('thaw', frozen.id, '--why', 'the fire is out')).code).toBe(0);
    expect(await kubectl('get configmap kettle -o name')).toEqual({
      code: 0,
      stdout: 'configmap/kettle\n',
      stderr: '',
    });
  });
});

const isWatch = (decision: unknown) => JSON.stringify(decision).includes('"kubernetes:configmaps:watch"');

const HEAD = expect.stringMatching(/^NAME +DATA +AGE$/);

/** `kubectl get --watch`, which goes on until somebody ends it. */
function watchKettle(): { lines(): readonly string[]; readonly ended: Promise<unknown> } {
  const child = spawn(lab.kubectlBinary, ['get', 'configmap', 'kettle', '--watch', '-n', NAMESPACE], {
    env: { PATH: process.env.PATH, HOME: gate.folder, KUBECONFIG: agent.kubeconfig },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const lines = () => shown.split('\n').filter((each) => each !== '');
  // One that the test had to end itself was not ended by the freeze.
  const ended = once(child, 'close').then(([, signal]) => expect(signal).toBeNull());
  return { lines, ended };
}
