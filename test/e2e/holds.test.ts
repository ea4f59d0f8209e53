import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { isArray, type JsonObject } from '../../src/json.ts';
import { OperationsClient } from '../../src/operate/client.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import type { KubectlResult } from '../lab/kubectl.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, makeNamespace, read, readIfThere, startClusterGate, writesAs } from './cluster-gate.ts';
import { configMap, deployment, inNamespace, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'held-dev';
const WHY = { why: 'looks right' };

/** A try waits this long, so that kubectl tries several times while people think. */
const WAIT = '1s';

let gate: GateLab;
let folder: string;
let ana: OperationsClient;
let agent: { readonly id: string; readonly kubeconfig: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-held-'));
  gate = await startClusterGate(lab, { config: { holds: { wait: WAIT } } });
  const token = textAt(
    await gate.admin.post('/v1/operators', { name: 'ana', role: 'approver', groups: ['platform'] }),
    'token',
  );
  ana = new OperationsClient({ origin: gate.gate.operate.origin, ca: [gate.gate.caPem], token, tokenFrom: 'ana' });
  const granted = await gate.agent({ level: 2, owner: 'olga' });
  agent = { id: granted.id, kubeconfig: await gate.kubeconfig(granted) };
  await makeNamespace(lab, PLACE, 'dev');
  await apply(
    lab,
    inNamespace(PLACE, configMap('kettle')),
    inNamespace(PLACE, deployment('web')),
    inNamespace(PLACE, pod('lone')),
  );
  // Nothing runs it here: kubectl asks only of pods that say that they run.
  const running = JSON.stringify({ status: { phase: 'Running' } });
  await admin(lab, ['patch', 'pod', 'lone', '-n', PLACE, '--subresource=status', '--type=merge', '-p', running]);
});
afterAll(async () => {
  await gate.close();
  await rm(folder, { recursive: true, force: true });
  await admin(lab, ['delete', 'namespace', PLACE, '--wait=false']);
});

const kubectl = (run: string, input?: string): Promise<KubectlResult> =>
  lab.kubectl(['-n', PLACE, ...run.split(' ')], {
    kubeconfig: agent.kubeconfig,
    ...(input === undefined ? {} : { input }),
  });
const waiting = async (): Promise<readonly JsonObject[]> => {
  const { approvals } = await gate.admin.get('/v1/approvals');
  return ((isArray(approvals) ? approvals : []) as readonly JsonObject[]).filter(({ state }) => state === 'waiting');
};
async function untilHeld(count = 1): Promise<readonly JsonObject[]> {
  for (let look = 0; look < 600; look += 1) {
    const held = await waiting();
    if (held.length >= count) return held;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`there are not ${count} held calls`);
}
/** So many tries of kubectl have come for this hold: it was told to ask again, and did. */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('kubectl waits unchanged while people decide', () => {
  it.each<[string, string, () => Promise<unknown>, unknown]>([
    [
      'scale',
      'scale deployment web --replicas=3',
      async () => at(await read(lab, 'deployment', 'web', PLACE), 'spec', 'replicas'),
      3,
    ],
    [
      'rollout restart, which embeds a time',
      'rollout restart deployment web',
      async () =>
        typeof at(
          await read(lab, 'deployment', 'web', PLACE),
          ...['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'],
        ),
      'string',
    ],
    [
      'label',
      'label configmap kettle heat=high',
      async () => at(await read(lab, 'configmap', 'kettle', PLACE), 'metadata', 'labels', 'heat'),
      'high',
    ],
    ['delete', 'delete configmap kettle', () => readIfThere(lab, 'configmap', 'kettle', PLACE), undefined],
  ])('%s runs when it is approved, after several tries', async (_what, command, look, expected) => {
    const written = await writesAs(lab, agent.id);
    const running = kubectl(command);
    const [held] = await untilHeld();
    // Long enough for the first try to end, and for kubectl to come again.
    await pause(3_500);
    expect((await waiting()).map(({ id }) => id)).toEqual([held?.id]);
    expect(await writesAs(lab, agent.id)).toEqual(written);
    await ana.post(`/v1/approvals/${textAt(held, 'id')}/approve`, WHY);
    expect(await running).toMatchObject({ code: 0, stderr: '' });
    expect(await look()).toEqual(expected);
    expect(await gate.admin.get(`/v1/approvals/${textAt(held, 'id')}`)).toMatchObject({ state: 'used' });
  });

  it('a denial ends it with who said no and why', async () => {
    const running = kubectl('scale deployment web --replicas=5');
    const [held] = await untilHeld();
    await ana.post(`/v1/approvals/${textAt(held, 'id')}/deny`, { why: 'not before the weekend' });
    const { code, stderr } = await running;
    expect(code).toBe(1);
    expect(stderr).toContain('was denied by ana: not before the weekend');
    expect(at(await read(lab, 'deployment', 'web', PLACE), 'spec', 'replicas')).toBe(3);
  });

  it.each([
    ['exec', 'exec lone -- true'],
    ['port-forward', 'port-forward pod/lone :80'],
  ])(
    '%s, which no client asks again for, names its hold at once and runs on the next command',
    async (_what, command) => {
      const refused = await kubectl(command);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('held as ') });
      const [held] = await waiting();
      expect(refused.stderr).toContain(`held as ${textAt(held, 'id')}`);
      expect(held).toMatchObject({ subject: { class: 'connect' } });
      await ana.post(`/v1/approvals/${textAt(held, 'id')}/deny`, WHY);
      const again = await kubectl(command);
      expect(again.stderr).toContain('was denied by ana');
      expect(await waiting()).toEqual([]);
    },
  );

  it('the calls of one command are one group, decided as one', async () => {
    const maps = ['one', 'two', 'three'].map((name) => inNamespace(PLACE, configMap(`map-${name}`)));
    const file = join(folder, 'maps.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: maps }));
    const running = kubectl(`apply -f ${file}`);
    const groups = new Set<string>();
    for (let decided = 0; decided < 3; decided += 1) {
      const [held] = await untilHeld();
      groups.add(textAt(held, 'group'));
      await ana.post(`/v1/approvals/${textAt(held, 'id')}/approve`, WHY);
    }
    expect(await running).toMatchObject({ code: 0 });
    expect([groups.size, [...groups][0]]).toEqual([1, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });
});
