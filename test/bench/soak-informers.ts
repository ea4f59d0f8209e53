/**
 * Ten minutes of an informer of each client library through a gate: config maps come, change and go, connections break,
 * and every minute the gate itself is started anew. After each round what they hold must be what the server holds.
 * `SOAK_MINUTES=..`; needs the lab's programs (`make lab`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { readConfig } from '../../src/config/file.ts';
import type { JsonObject } from '../../src/json.ts';
import { type RunningGate, startGate } from '../../src/serve.ts';
import {
  type Colours,
  goInformer,
  type Informer,
  javaScriptInformer,
  pythonInformer,
} from '../e2e/informers/informers.ts';
import { startRelay } from '../e2e/relay.ts';
import { startGateLab } from '../gate/gate-lab.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { freePorts } from '../lab/processes.ts';

const PLACE = 'shop-dev';
const NAMES = 20;
/** How long informers may take to hold what the server holds once their connections are whole again. */
const WITHIN = 60_000;
/** Every so many rounds the gate is started anew. */
const RESTART_EVERY = 12;

const minutes = Number(process.env.SOAK_MINUTES ?? 10);
const lab = await startLab();
const [port = 0] = await freePorts(1);
const gateLab = await startGateLab({ upstream: { kubeconfig: lab.gate }, config: { listen: `127.0.0.1:${port}` } });
let again: RunningGate | undefined;
const relay = await startRelay(gateLab.origin);
const informers = new Map<string, Informer>();
let slowest = 0;
try {
  for (const [name, start] of informersOf(lab)) {
    const kubeconfig = await gateLab.kubeconfig(await gateLab.agent({ level: 1 }));
    writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replaceAll(gateLab.origin, relay.url));
    informers.set(name, await start(kubeconfig, PLACE));
  }
  const until = Date.now() + minutes * 60_000;
  let round = 0;
  for (; Date.now() < until; round += 1) {
    await change(round);
    relay.cut();
    await change(round + 0.5);
    if (round % RESTART_EVERY === RESTART_EVERY - 1) await restart();
    relay.mend();
    await settled(round);
    await setTimeout(2_000);
  }
  process.stdout.write(
    `\nInformers through the gate: ${[...informers.keys()].join(', ')}\n` +
      `  ${minutes} minutes, ${round} broken connections each, ${Math.floor(round / RESTART_EVERY)} restarts of the gate\n` +
      `  each round all held what the server held, after ${(slowest / 1000).toFixed(1)} s at the latest\n`,
  );
} finally {
  for (const informer of informers.values()) await informer.stop();
  await relay.close();
  await again?.close();
  await gateLab.close();
  await lab.stop();
}

function informersOf({ clients: { goInformer: go, python } }: Lab) {
  return [
    ...(go === undefined ? [] : [['Go', goInformer(go)] as const]),
    ['JavaScript', javaScriptInformer] as const,
    ...(python === undefined ? [] : [['Python', pythonInformer(python)] as const]),
  ];
}

/** Gives half of the config maps another colour, and takes one away. */
async function change(round: number): Promise<void> {
  const some = Array.from({ length: NAMES / 2 }, (_, i) => `soak-${(Math.ceil(round * 7) + i * 3) % NAMES}`);
  const items: JsonObject[] = some.map((name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: PLACE },
    data: { colour: `round-${round}` },
  }));
  const [gone = ''] = some;
  await admin(['apply', '--server-side', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await admin(['delete', 'configmap', gone, '-n', PLACE]);
}

/** @throws Error when an informer does not come to hold what the server holds */
async function settled(round: number): Promise<void> {
  const truth = await colours();
  const since = Date.now();
  const behind = () => [...informers].filter(([, informer]) => !isDeepStrictEqual(informer.holds(), truth));
  while (behind().length > 0) {
    if (Date.now() - since > WITHIN) {
      const found = behind().map(([name, informer]) => `${name}: ${JSON.stringify(informer.holds())}`);
      throw new Error(`round ${round}: the server holds ${JSON.stringify(truth)}, but\n${found.join('\n')}`);
    }
    await setTimeout(50);
  }
  slowest = Math.max(slowest, Date.now() - since);
}

async function restart(): Promise<void> {
  await (again ?? gateLab.gate).close();
  again = await startGate(readConfig(gateLab.configFile));
}

async function colours(): Promise<Colours> {
  const line = '{range .items[*]}{.metadata.name}={.data.colour}{"\\n"}{end}';
  const text = await admin(['get', 'configmaps', '-n', PLACE, '-o', `jsonpath=${line}`]);
  const pairs = text.trim().split('\n');
  return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]));
}

async function admin(args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await lab.kubectl(args, { input });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}
