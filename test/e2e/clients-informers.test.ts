import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { clientAgent } from './clients-lab.ts';
import { admin, apply, at, decisionsOf, makeNamespace, startClusterGate } from './cluster-gate.ts';
import { goInformer, javaScriptInformer, pythonInformer, type StartInformer } from './informers/informers.ts';
import { type Relay, startRelay } from './relay.ts';
import { configMap } from './twin-objects.ts';

const lab = ownLab();
const { goInformer: go, python } = lab.clients;
const ROUNDS = 4;
const PATIENCE = { timeout: 60_000, interval: 100 };

const INFORMERS: readonly (readonly [string, StartInformer])[] = [
  ...(go === undefined ? [] : [['Go', goInformer(go)] as const]),
  ['JavaScript', javaScriptInformer],
  ...(python === undefined ? [] : [['Python', pythonInformer(python)] as const]),
];

let gate: GateLab;
let relay: Relay;
beforeAll(async () => {
  gate = await startClusterGate(lab);
  relay = await startRelay(gate.origin);
});
afterAll(async () => {
  await relay.close();
  await gate.close();
});

describe.each(INFORMERS)('an informer of the %s client, through the gate', (language, start) => {
  const place = `clients-informer-${language.toLowerCase()}`;
  const colour = (name: string, value: string) => ({
    ...configMap(name, { data: { colour: value } }),
    metadata: { name, namespace: place },
  });
  beforeAll(() => makeNamespace(lab, place, 'dev'));
  afterAll(() => admin(lab, ['delete', 'namespace', place, '--wait=false']));

  it('holds what the server holds, however often its connections break', async () => {
    const agent = await clientAgent(gate, 1);
    const through = (await readFile(agent.kubeconfig, 'utf8')).replaceAll(gate.origin, relay.url);
    await writeFile(agent.kubeconfig, through);
    const informer = await start(agent.kubeconfig, place);
    try {
      for (let round = 1; round <= ROUNDS; round += 1) {
        await apply(lab, colour('kept', `before-${round}`), colour(`made-${round}`, 'blue'));
        await expect.poll(informer.holds, PATIENCE).toEqual(await colours(place));
        relay.cut();
        // Whatever happens meanwhile is told by the next list, or by a watch from where the last one ended.
        await apply(lab, colour('kept', `after-${round}`), colour(`missed-${round}`, 'red'));
        await admin(lab, ['delete', 'configmap', `made-${round}`, '-n', place]);
        relay.mend();
        await expect.poll(informer.holds, PATIENCE).toEqual(await colours(place));
      }
    } finally {
      relay.mend();
      await informer.stop();
    }
    const watches = (await decisionsOf(gate, agent.id)).filter(
      (one) => at(one, 'decided', 'call', 'action') === 'kubernetes:configmaps:watch',
    );
    expect(watches.length).toBeGreaterThan(ROUNDS);
    expect(new Set(watches.map((one) => at(one, 'decided', 'did')))).toEqual(new Set(['allow']));
  });
});

async function colours(namespace: string): Promise<Record<string, string>> {
  const line = '{range .items[*]}{.metadata.name}={.data.colour}{"\\n"}{end}';
  const text = await admin(lab, ['get', 'configmaps', '-n', namespace, '-o', `jsonpath=${line}`]);
  const pairs = text.trim().split('\n');
  return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]));
}
