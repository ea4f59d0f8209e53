import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import type { KubectlResult } from '../lab/kubectl.ts';
import type { Lab } from '../lab/lab.ts';
import { freePorts, type Service, startService } from '../lab/processes.ts';
import { admin, apply, makeNamespace, startClusterGate } from './cluster-gate.ts';

export const PLACE = 'streams-pods';
const NODE = 'streams-node';

/** The protocols that kubectl asks for streams by, and what makes it ask by the older one alone. */
export const PROTOCOLS: Readonly<Record<'WebSocket' | 'SPDY', Readonly<Record<string, string>>>> = {
  WebSocket: {},
  SPDY: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
};
export type Protocol = keyof typeof PROTOCOLS;

/** A running pod `shell`, whose commands run on this machine, and a gate with the routes `demo` and `guarded`. */
export interface StreamLab {
  /** What would be denied is let through on route `demo`, in shadow mode, and denied on route `guarded`. */
  readonly gate: GateLab;
  /** Every request that has reached the node, a line each. */
  node(): readonly string[];
  close(): Promise<void>;
}

export async function openStreamLab(lab: Lab): Promise<StreamLab> {
  const [port = 0] = await freePorts(1);
  const log = join(lab.folder, 'streams-kubelet.log');
  const files = ['server.crt', 'server.key', 'ca.crt'].map((name) => join(lab.folder, name));
  const kubelet = startService('fakekubelet', findKubelet(), [`127.0.0.1:${port}`, ...files], lab.folder, log);
  await makeNamespace(lab, PLACE, 'dev');
  await makePod(lab, port, kubelet);
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const route = (name: string, more: JsonObject = {}) => ({
    ...{ name, surface: 'kubernetes', at: `/kube/${name}`, upstream: { kubeconfig: lab.gate } },
    ...more,
  });
  const routes = [route('demo', { mode: { shadow: { until } } }), route('guarded')];
  const gate = await startClusterGate(lab, { config: { routes, limits: { drain: '2s' } } });
  return {
    gate,
    node: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => / (GET|POST) \//.test(line)),
    async close() {
      await gate.close();
      await admin(lab, ['delete', 'namespace', PLACE, '--wait=false']);
      await admin(lab, ['delete', 'node', NODE]);
      await kubelet.stop();
    },
  };
}

async function makePod(lab: Lab, port: number, kubelet: Service): Promise<void> {
  await apply(lab, { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
  await status(lab, 'node', NODE, [], {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [{ type: 'Ready', status: 'True', reason: 'fake' }],
  });
  const container = { name: 'main', image: 'example.invalid/shell:1', stdin: true };
  const spec = { nodeName: NODE, tolerations: [{ operator: 'Exists' }], containers: [container] };
  await apply(lab, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shell', namespace: PLACE }, spec });
  await status(lab, 'pod', 'shell', ['-n', PLACE], {
    phase: 'Running',
    podIP: '127.0.0.1',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        ...{ name: 'main', image: container.image, imageID: 'x', ready: true, started: true, restartCount: 0 },
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      },
    ],
  });
  await vi.waitFor(
    async () => {
      if (kubelet.exited()) throw new Error(kubelet.tail(5));
      await admin(lab, ['logs', 'shell', '-n', PLACE]);
    },
    { timeout: 30_000, interval: 200 },
  );
}

async function status(
  lab: Lab,
  kind: string,
  name: string,
  place: readonly string[],
  value: JsonObject,
): Promise<void> {
  const patch = JSON.stringify({ status: value });
  await admin(lab, ['patch', kind, name, ...place, '--subresource=status', '--type=merge', '-p', patch]);
}

/** The program that answers for the node; not one of those that every lab needs. */
function findKubelet(): string {
  const given = join(process.env.KUBEBUILDER_ASSETS ?? '', 'fakekubelet');
  try {
    accessSync(given, constants.X_OK);
    return given;
  } catch {
    const script = join(import.meta.dirname, '../kube-lab/build.sh');
    const { status: code, stdout } = spawnSync(script, ['fakekubelet'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    if (code !== 0) throw new Error(`${script} fakekubelet failed with exit code ${code}`);
    return join(stdout.trim(), 'fakekubelet');
  }
}

/** kubectl while it runs. */
export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<KubectlResult>;
}

/** Starts kubectl in the namespace of the pod. */
export function startKubectl(
  lab: Lab,
  kubeconfig: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  return start(lab, lab.kubectlBinary, [...args.slice(0, 1), '-n', PLACE, ...args.slice(1)], {
    ...env,
    KUBECONFIG: kubeconfig,
  });
}

/** The same in a terminal, of which kubectl says everything on its standard output. */
export function startInTerminal(
  lab: Lab,
  kubeconfig: string,
  command: string,
  env: Readonly<Record<string, string>>,
): Running {
  const words = `stty rows 33 cols 77; ${lab.kubectlBinary} -n ${PLACE} ${command}`;
  return start(lab, 'script', ['-qec', words, '/dev/null'], { ...env, KUBECONFIG: kubeconfig, TERM: 'xterm' });
}

function start(lab: Lab, program: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(program, args, {
    cwd: lab.folder,
    env: { PATH: process.env.PATH ?? '', HOME: join(lab.folder, 'home'), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  // One that ends without reading breaks the pipe, which is no error of ours.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]) => ({ code: typeof code === 'number' ? code : -1, ...said }));
  return { child, stdout: () => said.stdout, stderr: () => said.stderr, ended };
}

/** Runs kubectl to its end. */
export function runKubectl(
  lab: Lab,
  kubeconfig: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<KubectlResult> {
  const running = startKubectl(lab, kubeconfig, args, env);
  running.child.stdin?.end(input);
  return running.ended;
}
