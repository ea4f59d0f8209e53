import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import {
  CLIENT_SEEDS,
  GROUP,
  REFUSED_CLIENTS,
  REFUSED_PROTOBUF,
  REFUSED_STREAMS,
  WIDGETS,
} from './clients-commands.ts';
import { type ClientAgent, clientAgent, mayDoAnything, openTwins, type Twins, type } from './clients-lab.ts';
import { admin, apply, at, decisionsOf, newestLeaf, startClusterGate, writesAs } from './cluster-gate.ts';

const lab = ownLab();
const { olderKubectl } = lab.clients;

let gate: GateLab;
let observer: ClientAgent;
let role: string;
let twins: Twins;
beforeAll(async () => {
  gate = await startClusterGate(lab);
  observer = await clientAgent(gate, 1);
  role = await mayDoAnything(lab, observer.id);
  await apply(lab, WIDGETS);
  await admin(lab, ['wait', '--for=condition=Established', 'crd', `widgets.${GROUP}`, '--timeout=30s']);
  twins = await openTwins(lab, 'clients-refused', CLIENT_SEEDS);
});
afterAll(async () => {
  await gate.close();
  await twins.close();
  await admin(lab, ['delete', 'clusterrolebinding', role]);
  await admin(lab, ['delete', 'crd', `widgets.${GROUP}`]);
});

/** What kubectl sends as JSON it has sent like that for years: the older one is tried with the rest. */
const REST = [...REFUSED_PROTOBUF, ...REFUSED_STREAMS];

describe.each([
  ['of the server’s version', lab.kubectlBinary, [...REFUSED_CLIENTS, ...REST]],
  ...(olderKubectl === undefined ? [] : [['three minor versions behind', olderKubectl, REST] as const]),
] as const)('kubectl %s, as an observer', (_, program, commands) => {
  it.each(commands)('is told why it may not: $run', async ({ run, input, env = {}, reason, code = 1 }) => {
    const since = await newestLeaf(gate);
    const written = await writesAs(lab, observer.id);
    const { kubeconfig } = observer;
    const told = await type(lab, run, twins.gate, { program, kubeconfig, input, env });
    expect(told.code).toBe(code);
    const denied = (await decisionsOf(gate, observer.id, since)).filter((one) => at(one, 'decided', 'did') !== 'allow');
    expect(denied.map((one) => at(one, 'decided', 'did'))).toEqual(denied.map(() => 'deny'));
    expect(told.stderr).toContain(reason ?? 'level 1 (observer) may not do the ');
    expect(denied.some((one) => told.stderr.includes(`[${at(one, 'id')}]`))).toBe(true);
    expect(await writesAs(lab, observer.id)).toEqual(written);
  });
});

/** Of the error of any refusal kubectl shows nothing here, whoever refuses: it tries an older API, and says how that went. */
it('kubectl autoscale shows what would be needed, though not the reason', async () => {
  const since = await newestLeaf(gate);
  const written = await writesAs(lab, observer.id);
  const { kubeconfig } = observer;
  const { code, stderr } = await type(lab, 'autoscale deployment/web --max=3 --cpu=50%', twins.gate, { kubeconfig });
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('Warning: advice: at level 2 the answer would be "hold"'),
  ]);
  const denied = (await decisionsOf(gate, observer.id, since)).filter((one) => at(one, 'decided', 'did') === 'deny');
  expect(new Set(denied.map((one) => at(one, 'decided', 'call', 'action')))).toEqual(
    new Set(['kubernetes:horizontalpodautoscalers.autoscaling:create']),
  );
  expect(await writesAs(lab, observer.id)).toEqual(written);
});
