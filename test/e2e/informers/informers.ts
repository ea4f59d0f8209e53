import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

/** The colour of each config map of a namespace, by name. */
export type Colours = Readonly<Record<string, string>>;

/** A client that keeps a namespace's config maps by list and watch, whatever becomes of its connections. */
export interface Informer {
  /** What it holds now. */
  readonly holds: () => Colours;
  stop(): Promise<void>;
}

/** Starts an informer for the API server of a kubeconfig file. */
export type StartInformer = (kubeconfig: string, namespace: string) => Promise<Informer>;

/** The informer of the Python client; `python` is one that has it. */
export function pythonInformer(python: string): StartInformer {
  return programInformer(python, [join(import.meta.dirname, 'informer.py')]);
}

/** The informer of client-go: `kube-lab/informer`. */
export function goInformer(program: string): StartInformer {
  return programInformer(program, []);
}

/** The informer of the JavaScript client, in this process. It leaves it to its user to start it again after an error. */
export async function javaScriptInformer(kubeconfig: string, namespace: string): Promise<Informer> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = makeInformer(config, path, () => api.listNamespacedConfigMap({ namespace }));
  let stopped = false;
  informer.on('error', async () => {
    await setTimeout(100);
    if (!stopped) await informer.start();
  });
  await informer.start();
  return {
    holds: () => Object.fromEntries(informer.list().map((one) => [one.metadata?.name, one.data?.colour ?? ''])),
    async stop() {
      stopped = true;
      await informer.stop();
    },
  };
}

/** A program that writes what it holds as a line of JSON whenever that changes. */
function programInformer(program: string, args: readonly string[]): StartInformer {
  return async (kubeconfig, namespace) => {
    const child = spawn(program, [...args, namespace], {
      env: { PATH: process.env.PATH ?? '', KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let holds: Colours = {};
    createInterface({ input: child.stdout }).on('line', (line) => {
      holds = JSON.parse(line);
    });
    return { holds: () => holds, stop: () => end(child) };
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
