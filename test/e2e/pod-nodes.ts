import type { Lab } from '../lab/lab.ts';
import { admin, makeNamespace } from './cluster-gate.ts';

/**
 * Makes a namespace whose pods run: the lab's kubelet binds them to nodes of the namespace's own, `NAME-node-1` and so
 * on, and makes them ready. What goes wrong with a pod is asked for with its annotations: see `kube-lab/README.md`.
 */
export async function openNodes(lab: Lab, name: string, environment: string, nodes: number): Promise<void> {
  await makeNamespace(lab, name, environment);
  await admin(lab, ['label', 'namespace', name, `kube-lab/nodes=${nodes}`]);
  const names = Array.from({ length: nodes }, (_, i) => `node/${name}-node-${i + 1}`);
  await admin(lab, ['wait', '--for=create', ...names, '--timeout=30s']);
  await admin(lab, ['wait', '--for=condition=Ready', ...names, '--timeout=30s']);
}

/** Ends the namespace, and waits until its nodes are gone, which another test might count. */
export async function closeNodes(lab: Lab, name: string): Promise<void> {
  await admin(lab, ['delete', 'namespace', name, '--wait=false', '--ignore-not-found']);
  await admin(lab, ['wait', '--for=delete', 'node', '-l', `kube-lab/namespace=${name}`, '--timeout=60s']);
}
