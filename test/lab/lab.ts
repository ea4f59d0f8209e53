import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Binaries, type Clients, findBinaries, findClients } from './binaries.ts';
import { type KubectlOptions, type KubectlResult, runKubectl } from './kubectl.ts';
import { LAB_OBJECTS, NAMESPACES } from './objects.ts';
import { type Service, startService } from './processes.ts';
import { planServers } from './servers.ts';

/** Where a running lab is: plain data, so that it can be handed to the test files. */
export interface LabAddress {
  /** Holds certificates, kubeconfigs and logs; removed when the lab stops. */
  readonly folder: string;
  readonly kubectlBinary: string;
  /** `https://127.0.0.1:port` of the API server. */
  readonly server: string;
  /** The file with the CA of the API server's certificate. */
  readonly ca: string;
  /** A cluster administrator's kubeconfig. */
  readonly admin: string;
  /** The kubeconfig of the gate's own identity, which may impersonate agents and read namespaces, no more. */
  readonly gate: string;
  /** The API server's audit log, a JSON object a line: what really reached it. */
  readonly audit: string;
  readonly clients: Clients;
}

/** A real API server with its controllers, and a stand-in for scheduler and kubelets. */
export interface Lab extends LabAddress {
  /** Runs kubectl with a home folder of the lab's own; by default as the administrator. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
}

const READY_WITHIN = 90_000;

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and the fake kubelet on free loopback ports, with the namespaces
 * and rights of `objects.ts`. Building the programs, where they are missing, does not count towards the 90 seconds it may take.
 * @throws Error with the tail of the log when a program ends or is not ready in time.
 */
export async function startLab(): Promise<Lab & { stop(): Promise<void> }> {
  const binaries = findBinaries();
  const clients = findClients();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(binaries, clients);
    } catch (thrown) {
      // Between finding a free port and listening on it, another program may have taken it.
      if (attempt === 3 || !(thrown instanceof Error && thrown.message.includes('address already in use')))
        throw thrown;
    }
  }
}

/** The lab at an address that another process started. */
export function connectLab(address: LabAddress): Lab {
  return { ...address, kubectl: (args, options = {}) => runKubectl(address, args, options) };
}

async function startOnce(binaries: Binaries, clients: Clients): Promise<Lab & { stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-lab-'));
  const services: Service[] = [];
  const stop = async () => {
    for (const service of services.splice(0).reverse()) await service.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { address, args } = await planServers(folder, binaries.kubectl);
    const lab = connectLab({ ...address, clients });
    const start = (name: keyof typeof args) => {
      services.push(startService(name, binaries[name], args[name], folder, join(folder, `${name}.log`)));
    };
    const deadline = Date.now() + READY_WITHIN;
    const until = (what: string, ready: () => Promise<boolean>) => waitUntil(what, ready, services, deadline);
    start('etcd');
    start('kube-apiserver');
    await until('API server', async () => (await lab.kubectl(['get', '--raw', '/readyz'])).code === 0);
    // Not before: it gives up after ten seconds without an API server.
    start('kube-controller-manager');
    start('fakekubelet');
    const input = JSON.stringify(LAB_OBJECTS);
    await until('objects', async () => (await lab.kubectl(['apply', '-f', '-'], { input })).code === 0);
    await until('service accounts', () => haveServiceAccounts(lab));
    return { ...lab, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Asks until the answer is yes, a service has ended, or the time is over. */
async function waitUntil(
  what: string,
  ready: () => Promise<boolean>,
  services: readonly Service[],
  deadline: number,
): Promise<void> {
  while (!(await ready())) {
    const ended = services.find((service) => service.exited());
    if (ended !== undefined) throw new Error(`the lab's ${ended.name} ended; its log says:\n${ended.tail(15)}`);
    if (Date.now() > deadline) {
      const logs = services.map((service) => `${service.name}:\n${service.tail(10)}`).join('\n');
      throw new Error(`the lab has no ${what} after ${READY_WITHIN / 1000} s; the logs say:\n${logs}`);
    }
    await setTimeout(150);
  }
}

/** Whether pods can be made: the controllers have given every namespace its service account. */
async function haveServiceAccounts(lab: Lab): Promise<boolean> {
  const path = '{.items[?(@.metadata.name=="default")].metadata.namespace}';
  const { stdout } = await lab.kubectl(['get', 'serviceaccounts', '--all-namespaces', '-o', `jsonpath=${path}`]);
  const found = stdout.split(' ');
  return NAMESPACES.every((namespace) => found.includes(namespace));
}
