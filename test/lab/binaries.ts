import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl', 'fakekubelet'] as const;
type BinaryName = (typeof NAMES)[number];

/** Absolute paths of the lab's programs. */
export type Binaries = Readonly<Record<BinaryName, string>>;

/**
 * Finds the lab's programs: in the folder `KUBEBUILDER_ASSETS` (the envtest convention) first, else built from Go
 * modules into a cache, which takes minutes the first time; its progress goes to stderr.
 * @throws Error when a program is missing and cannot be built.
 */
export function findBinaries(): Binaries {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const missing = NAMES.filter((name) => assets === undefined || !isExecutable(join(assets, name)));
  const built = missing.length === 0 ? '' : build(missing);
  const path = (name: BinaryName) => join(missing.includes(name) ? built : (assets ?? ''), name);
  return {
    etcd: path('etcd'),
    'kube-apiserver': path('kube-apiserver'),
    'kube-controller-manager': path('kube-controller-manager'),
    kubectl: path('kubectl'),
    fakekubelet: path('fakekubelet'),
  };
}

/** Other clients than the kubectl of the server's version; undefined where this machine cannot have one. */
export interface Clients {
  /** A kubectl some minor versions behind the server. */
  readonly olderKubectl: string | undefined;
  readonly helm: string | undefined;
  /** A program that keeps config maps with client-go's informer. */
  readonly goInformer: string | undefined;
  /** A Python that has the Kubernetes client. */
  readonly python: string | undefined;
}

/**
 * Builds the clients, or takes them from the cache. Where one cannot be had, a line on stderr says so.
 * @throws Error in CI, where a test that does not run is a failure
 */
export function findClients(): Clients {
  const find = (name: string, path = name) => {
    try {
      return join(build([name]), path);
    } catch (error) {
      if (process.env.CI !== undefined) throw error;
      process.stderr.write(`The tests with ${name} do not run: it cannot be built here.\n`);
      return undefined;
    }
  };
  return {
    olderKubectl: find('kubectl-older'),
    helm: find('helm'),
    goInformer: find('informer'),
    python: find('python-client', 'python-client/bin/python'),
  };
}

/** Why the end-to-end tests cannot run in an environment, or undefined when they can. */
export function whyNoLab(env: NodeJS.ProcessEnv): string | undefined {
  const { KUBEBUILDER_ASSETS: assets, PATH: path = '' } = env;
  if (assets !== undefined && NAMES.every((name) => isExecutable(join(assets, name)))) return undefined;
  const hasGo = path.split(delimiter).some((folder) => isExecutable(join(folder, 'go')));
  return hasGo ? undefined : 'go is not on PATH and KUBEBUILDER_ASSETS does not hold all Kubernetes binaries';
}

function build(names: readonly string[]): string {
  const script = join(import.meta.dirname, '../kube-lab/build.sh');
  const run = spawnSync(script, names, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`${script} ${names.join(' ')} failed with exit code ${run.status}`);
  return run.stdout.trim();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
