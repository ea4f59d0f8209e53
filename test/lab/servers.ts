import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { type Authority, createAuthority } from './certificates.ts';
import type { LabAddress } from './lab.ts';
import { freePorts } from './processes.ts';

/** How the servers of a lab are started, and where they will be. */
export interface Plan {
  readonly address: Omit<LabAddress, 'clients'>;
  /** Arguments by program, in the order of starting. */
  readonly args: Readonly<Record<Exclude<keyof Binaries, 'kubectl'>, readonly string[]>>;
}

/** Picks ports and writes keys, certificates and kubeconfigs into the lab's folder. */
export async function planServers(folder: string, kubectlBinary: string): Promise<Plan> {
  const authority = createAuthority(new Date());
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const [etcdPort = 0, peerPort = 0, serverPort = 0, kubeletPort = 0] = await freePorts(4);
  const etcd = `http://127.0.0.1:${etcdPort}`;
  const server = `https://127.0.0.1:${serverPort}`;
  const kubeconfig = (name: string, user: string, group?: string) =>
    file(`${name}.kubeconfig`, kubeconfigOf(authority, server, user, group));
  const certificate = authority.server(['localhost', 'kubernetes.default.svc'], ['127.0.0.1', '10.0.0.1']);
  const signer = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const address = {
    folder,
    kubectlBinary,
    server,
    ca: file('ca.crt', authority.certificate),
    admin: kubeconfig('admin', 'admin', 'system:masters'),
    gate: kubeconfig('gate', 'sallyport-gate'),
    audit: join(folder, 'audit.log'),
  };
  const signerKey = file('service-accounts.key', signer.privateKey);
  const keys = { certificate: file('server.crt', certificate.certificate), key: file('server.key', certificate.key) };
  const caller = authority.client('kube-apiserver');
  const toKubelet = {
    certificate: file('kubelet-client.crt', caller.certificate),
    key: file('kubelet-client.key', caller.key),
  };
  const controllers = kubeconfig('controllers', 'system:kube-controller-manager');
  return {
    address,
    args: {
      etcd: etcdArguments(folder, etcd, `http://127.0.0.1:${peerPort}`),
      'kube-apiserver': [
        `--etcd-servers=${etcd}`,
        `--secure-port=${serverPort}`,
        `--tls-cert-file=${keys.certificate}`,
        `--tls-private-key-file=${keys.key}`,
        `--client-ca-file=${address.ca}`,
        `--service-account-key-file=${signerKey}`,
        `--service-account-signing-key-file=${signerKey}`,
        `--kubelet-certificate-authority=${address.ca}`,
        `--kubelet-client-certificate=${toKubelet.certificate}`,
        `--kubelet-client-key=${toKubelet.key}`,
        `--audit-policy-file=${file('audit-policy.json', AUDIT_POLICY)}`,
        `--audit-log-path=${address.audit}`,
        ...API_SERVER,
      ],
      'kube-controller-manager': [
        `--kubeconfig=${controllers}`,
        `--service-account-private-key-file=${signerKey}`,
        `--root-ca-file=${address.ca}`,
        ...CONTROLLER_MANAGER,
      ],
      fakekubelet: [
        `127.0.0.1:${kubeletPort}`,
        keys.certificate,
        keys.key,
        address.ca,
        kubeconfig('kubelet', 'kubelet', 'system:masters'),
        join(folder, 'pods'),
      ],
    },
  };
}

const API_SERVER = [
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  '--endpoint-reconciler-type=none',
  '--authorization-mode=RBAC',
  '--service-cluster-ip-range=10.0.0.0/24',
  '--kubelet-preferred-address-types=InternalIP',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--profiling=false',
];

const CONTROLLER_MANAGER = [
  '--bind-address=127.0.0.1',
  '--secure-port=0',
  '--leader-elect=false',
  '--use-service-account-credentials',
  // Without kubelets these two would evict whatever was bound to a node by hand.
  '--controllers=*,-node-lifecycle-controller,-taint-eviction-controller',
];

const AUDIT_POLICY = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
});

function etcdArguments(folder: string, client: string, peer: string): readonly string[] {
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    // Nothing here has to survive a power cut.
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

function kubeconfigOf(authority: Authority, server: string, user: string, group?: string): string {
  const pair = authority.client(user, group);
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const credential = { 'client-certificate-data': base64(pair.certificate), 'client-key-data': base64(pair.key) };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': base64(authority.certificate) } }],
    users: [{ name: user, user: credential }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
  });
}
