import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/json.ts';
import { escalationsOf } from '../../../../src/measure/kubernetes/escalation/escalations.ts';
import { imageSource } from '../../../../src/measure/kubernetes/escalation/image-source.ts';

const IMAGE = 'registry.example/shop/web:1';
const web = (more: JsonObject = {}): JsonObject => ({ name: 'web', image: IMAGE, ...more });
const secured = (securityContext: JsonObject) => ({ containers: [web({ securityContext })] });
const plain: JsonObject = { containers: [web()] };
/** A pod that was hardened all over. */
const HARDENED: JsonObject = {
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: 1000,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const hardened = (more: JsonObject = {}) => secured({ ...HARDENED, ...more });

/** Every kind that carries a pod, with the pod where it carries it. */
const KINDS: Readonly<Record<string, (spec: JsonObject, metadata?: JsonObject) => JsonObject>> = {
  pods: (spec, metadata = {}) => ({ metadata, spec }),
  podtemplates: (spec, metadata = {}) => ({ template: { metadata, spec } }),
  replicationcontrollers: (spec, metadata = {}) => ({ spec: { template: { metadata, spec } } }),
  'deployments.apps': (spec, metadata = {}) => ({ spec: { template: { metadata, spec } } }),
  'statefulsets.apps': (spec, metadata = {}) => ({ spec: { template: { metadata, spec } } }),
  'daemonsets.apps': (spec, metadata = {}) => ({ spec: { template: { metadata, spec } } }),
  'replicasets.apps': (spec, metadata = {}) => ({ spec: { template: { metadata, spec } } }),
  'jobs.batch': (spec, metadata = {}) => ({ spec: { template: { metadata, spec } } }),
  'cronjobs.batch': (spec, metadata = {}) => ({ spec: { jobTemplate: { spec: { template: { metadata, spec } } } } }),
  'pods/ephemeralcontainers': (spec, metadata = {}) => ({ metadata, spec }),
};

function patched(before: JsonObject, after: JsonObject, kind = 'deployments.apps') {
  const made = KINDS[kind];
  if (made === undefined) throw new TypeError(`no pods in ${kind}`);
  return escalationsOf({ resource: kind, verb: 'patch', before: made(before), after: made(after) });
}

describe('a change of what pods are made from', () => {
  it.each<[what: string, before: JsonObject, after: JsonObject, gives: readonly string[], back?: readonly string[]]>([
    // What containers may do to the kernel; and the way back, which takes it away again.
    ['privileged', plain, secured({ privileged: true }), ['privileged'], []],
    ['privileged, by a hardened one', hardened(), hardened({ privileged: true }), ['privileged'], []],
    [
      'one capability for all of them',
      secured({ privileged: true }),
      secured({ capabilities: { add: ['SYS_ADMIN'] } }),
      [],
    ],
    ['a capability', plain, secured({ capabilities: { add: ['NET_ADMIN'] } }), ['privileged'], []],
    [
      'a capability by another spelling',
      secured({ capabilities: { add: ['NET_ADMIN'] } }),
      secured({ capabilities: { add: ['CAP_NET_ADMIN'] } }),
      [],
      [],
    ],
    ['a capability that it has by default', plain, secured({ capabilities: { add: ['CHOWN'] } }), [], []],
    [
      'a capability among all',
      secured({ capabilities: { add: ['ALL'] } }),
      secured({ capabilities: { add: ['SYS_TIME'] } }),
      [],
      ['privileged'],
    ],
    ['default capabilities back', hardened(), hardened({ capabilities: null }), ['privileged'], []],
    [
      'one capability less dropped',
      secured({ capabilities: { drop: ['NET_RAW', 'CHOWN'] } }),
      secured({ capabilities: { drop: ['CHOWN'] } }),
      ['privileged'],
      [],
    ],
    ['privilege escalation', hardened(), hardened({ allowPrivilegeEscalation: true }), ['privileged'], []],
    [
      'privilege escalation by saying nothing',
      hardened(),
      hardened({ allowPrivilegeEscalation: null }),
      ['privileged'],
      [],
    ],
    ['privilege escalation said, where nothing was', plain, secured({ allowPrivilegeEscalation: true }), [], []],
    ['a root that can be written to', hardened(), hardened({ readOnlyRootFilesystem: false }), ['privileged'], []],
    ['root', plain, secured({ runAsUser: 0 }), ['privileged'], []],
    ['root, by a user of its own', hardened(), hardened({ runAsUser: 0, runAsNonRoot: false }), ['privileged'], []],
    ['whatever user the image has', hardened(), hardened({ runAsUser: null, runAsNonRoot: null }), ['privileged'], []],
    ['another user', hardened(), hardened({ runAsUser: 1001 }), ['privileged'], ['privileged']],
    ['root for all containers', plain, { ...plain, securityContext: { runAsUser: 0 } }, ['privileged'], []],
    [
      'a user of its own under a root pod',
      { ...plain, securityContext: { runAsUser: 0 } },
      { ...secured({ runAsUser: 7 }), securityContext: { runAsUser: 0 } },
      [],
      ['privileged'],
    ],
    ['the root group', plain, secured({ runAsGroup: 0 }), ['privileged'], []],
    ['more groups', plain, { ...plain, securityContext: { supplementalGroups: [999] } }, ['privileged'], []],
    ['a group for its volumes', plain, { ...plain, securityContext: { fsGroup: 2000 } }, ['privileged'], []],
    ['no seccomp', hardened(), hardened({ seccompProfile: { type: 'Unconfined' } }), ['privileged'], []],
    ['no word of seccomp', hardened(), hardened({ seccompProfile: null }), ['privileged'], []],
    [
      'another seccomp profile',
      hardened(),
      hardened({ seccompProfile: { type: 'Localhost', localhostProfile: 'mine.json' } }),
      ['privileged'],
      [],
    ],
    ['no AppArmor', plain, secured({ appArmorProfile: { type: 'Unconfined' } }), ['privileged'], []],
    ['AppArmor said, where nothing was', plain, secured({ appArmorProfile: { type: 'RuntimeDefault' } }), [], []],
    ['another SELinux type', plain, secured({ seLinuxOptions: { type: 'spc_t' } }), ['privileged'], ['privileged']],
    ['an unmasked /proc', plain, secured({ procMount: 'Unmasked' }), ['privileged'], []],
    [
      'a host process on Windows',
      plain,
      secured({ windowsOptions: { hostProcess: true } }),
      ['privileged'],
      ['privileged'],
    ],
    [
      'a sysctl',
      plain,
      { ...plain, securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '9' }] } },
      ['privileged'],
      [],
    ],
    ['the processes of the other containers', plain, { ...plain, shareProcessNamespace: true }, ['privileged'], []],
    ['what no version knows yet', plain, secured({ superPowers: true }), ['unknown'], ['unknown']],

    // The node.
    ['hostNetwork', plain, { ...plain, hostNetwork: true }, ['host access'], []],
    ['hostPID', plain, { ...plain, hostPID: true }, ['host access'], []],
    ['hostIPC', plain, { ...plain, hostIPC: true }, ['host access'], []],
    ['users of the host', { ...plain, hostUsers: false }, plain, ['host access'], []],
    [
      'a port of the node',
      plain,
      { containers: [web({ ports: [{ containerPort: 80, hostPort: 80 }] })] },
      ['host access'],
      [],
    ],
    ['a port of its own', plain, { containers: [web({ ports: [{ containerPort: 80 }] })] }, [], []],
    [
      'a device of the node',
      plain,
      { containers: [web({ resources: { limits: { 'vendor.example/gpu': '1' } } })] },
      ['host access'],
      [],
    ],
    [
      'more memory',
      plain,
      { containers: [web({ resources: { limits: { memory: '1Gi', 'hugepages-2Mi': '4Mi' } } })] },
      [],
      [],
    ],
    [
      'a probe of any address',
      plain,
      { containers: [web({ livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } })] },
      ['host access'],
      [],
    ],
    [
      'a probe of its own port',
      plain,
      { containers: [web({ livenessProbe: { httpGet: { path: '/', port: 80 } } })] },
      [],
      [],
    ],

    // Whom they act as.
    [
      'another service account',
      plain,
      { ...plain, serviceAccountName: 'admin' },
      ['service account'],
      ['service account'],
    ],
    [
      'another service account by the old name',
      plain,
      { ...plain, serviceAccount: 'admin' },
      ['service account'],
      ['service account'],
    ],
    [
      'the default service account by name',
      plain,
      { ...plain, serviceAccountName: 'default', serviceAccount: 'default' },
      [],
      [],
    ],
    ['its token in any case', plain, { ...plain, automountServiceAccountToken: true }, ['service account'], []],
    ['its token again', { ...plain, automountServiceAccountToken: false }, plain, ['service account'], []],

    // Placement.
    ['a node', plain, { ...plain, nodeName: 'master-1' }, ['node'], ['node']],
    ['nodes by label', plain, { ...plain, nodeSelector: { role: 'master' } }, ['node'], ['node']],
    ['a toleration', plain, { ...plain, tolerations: [{ operator: 'Exists' }] }, ['node'], []],
    [
      'a toleration of one effect of several',
      { ...plain, tolerations: [{ key: 'a', operator: 'Exists' }] },
      { ...plain, tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }] },
      [],
      ['node'],
    ],
    [
      'the tolerations of every pod',
      plain,
      {
        ...plain,
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        ],
      },
      [],
      [],
    ],
    ['an affinity', plain, { ...plain, affinity: { nodeAffinity: { a: 1 } } }, ['node'], ['node']],
    ['another runtime', plain, { ...plain, runtimeClassName: 'bare' }, ['node'], ['node']],
    ['another scheduler', plain, { ...plain, schedulerName: 'mine' }, ['node'], ['node']],
    ['the scheduler by name', plain, { ...plain, schedulerName: 'default-scheduler' }, [], []],
    ['a priority', plain, { ...plain, priorityClassName: 'system-node-critical' }, ['priority'], ['priority']],
    [
      'other names',
      plain,
      { ...plain, hostAliases: [{ ip: '10.0.0.1', hostnames: ['bank'] }] },
      ['name resolution'],
      ['name resolution'],
    ],

    // What runs.
    ['another tag', plain, { containers: [web({ image: 'registry.example/shop/web:2' })] }, ['image']],
    [
      'a digest',
      plain,
      { containers: [web({ image: `registry.example/shop/web@sha256:${'a'.repeat(64)}` })] },
      ['image'],
    ],
    [
      'another repository',
      plain,
      { containers: [web({ image: 'registry.example/shop/web2:1' })] },
      ['image', 'image source'],
    ],
    ['another registry', plain, { containers: [web({ image: 'evil.example/shop/web:1' })] }, ['image', 'image source']],
    ['another command', plain, { containers: [web({ command: ['sh', '-c', 'id'] })] }, ['command'], ['command']],
    ['other arguments', plain, { containers: [web({ args: ['--debug'] })] }, ['command'], ['command']],
    [
      'a hook',
      plain,
      { containers: [web({ lifecycle: { postStart: { exec: { command: ['id'] } } } })] },
      ['command'],
      ['command'],
    ],
    [
      'a probe that runs a program',
      plain,
      { containers: [web({ startupProbe: { exec: { command: ['id'] } } })] },
      ['command'],
      ['command'],
    ],
    ['another variable', plain, { containers: [web({ env: [{ name: 'A', value: 'b' }] })] }, [], []],
    ['a container more', plain, { containers: [web(), { name: 'side', image: 'a' }] }, ['containers'], []],
    [
      'a privileged container more',
      plain,
      { containers: [web(), { name: 'side', image: 'a', securityContext: { privileged: true } }] },
      ['containers', 'privileged'],
      [],
    ],
    [
      'an init container more',
      plain,
      { ...plain, initContainers: [{ name: 'first', image: 'a' }] },
      ['containers'],
      [],
    ],
    [
      'an ephemeral container',
      plain,
      { ...plain, ephemeralContainers: [{ name: 'debug', image: 'a', targetContainerName: 'web' }] },
      ['containers'],
      [],
    ],
    [
      'the privileges of another container',
      { containers: [web({ securityContext: { privileged: true } }), { name: 'b' }] },
      { containers: [web(), { name: 'b', securityContext: { privileged: true } }] },
      ['privileged'],
    ],
    [
      'containers in another order',
      { containers: [web(), { name: 'b' }] },
      { containers: [{ name: 'b' }, web()] },
      [],
      [],
    ],
    ['two containers of one name', plain, { containers: [web(), web()] }, ['unknown']],
    [
      'longer to end, another host name',
      plain,
      { ...plain, terminationGracePeriodSeconds: 9, hostname: 'h', restartPolicy: 'Always' },
      [],
      [],
    ],
    ['a field of a later version', plain, { ...plain, hostMind: true }, ['unknown'], ['unknown']],
    ['a field of containers of a later version', plain, { containers: [web({ mind: 'x' })] }, ['unknown'], ['unknown']],
  ])('gives %s', (_what, before, after, gives, back) => {
    const inShort = (found: readonly string[]) => (found.includes('unknown') ? 'unknown' : found);
    expect(patched(before, after)).toEqual(inShort(gives));
    if (back !== undefined) expect(patched(after, before)).toEqual(inShort(back));
  });

  const volume = (source: JsonObject, mount: JsonObject = {}): JsonObject => ({
    volumes: [{ name: 'v', ...source }],
    containers: [web({ volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] })],
  });
  const SECRET = { secret: { secretName: 'keys' } };
  const TOKEN = (more: JsonObject = {}) => ({
    projected: { sources: [{ serviceAccountToken: { path: 't', ...more } }] },
  });

  it.each<[what: string, before: JsonObject, after: JsonObject, gives: readonly string[], back?: readonly string[]]>([
    ['a path of the node', plain, volume({ hostPath: { path: '/' } }), ['host access'], []],
    [
      'a path of the node to write to',
      volume({ hostPath: { path: '/' } }, { readOnly: true }),
      volume({ hostPath: { path: '/' } }),
      ['host access'],
      [],
    ],
    [
      'the whole of a path of which it had a part',
      volume({ hostPath: { path: '/' } }, { subPath: 'a' }),
      volume({ hostPath: { path: '/' } }),
      ['host access'],
      [],
    ],
    [
      'mounts that show on the node',
      volume({ emptyDir: {} }),
      volume({ emptyDir: {} }, { mountPropagation: 'Bidirectional' }),
      ['host access'],
      [],
    ],
    [
      'a raw device',
      plain,
      {
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
        containers: [web({ volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] })],
      },
      ['host access', 'storage'],
      [],
    ],
    ['a secret', plain, volume(SECRET), ['secret mounts'], []],
    [
      'a secret under another name of the volume',
      volume(SECRET),
      { volumes: [{ name: 'w', ...SECRET }], containers: [web({ volumeMounts: [{ name: 'w', mountPath: '/w' }] })] },
      [],
      [],
    ],
    [
      'all keys of a secret',
      volume({ secret: { secretName: 'keys', items: [{ key: 'a', path: 'a' }] } }),
      volume(SECRET),
      ['secret mounts'],
      [],
    ],
    [
      'a secret of another container',
      { ...volume(SECRET), containers: [web({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), { name: 'b' }] },
      {
        ...volume(SECRET),
        containers: [
          web({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
          { name: 'b', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
        ],
      },
      ['secret mounts'],
      [],
    ],
    [
      'a projected secret',
      plain,
      volume({ projected: { sources: [{ secret: { name: 'keys' } }] } }),
      ['secret mounts'],
      [],
    ],
    [
      'a projected secret that was mounted',
      volume(SECRET),
      volume({ projected: { sources: [{ secret: { name: 'keys' } }] } }),
      [],
      [],
    ],
    ['a token for others', plain, volume(TOKEN({ audience: 'vault' })), ['service account'], []],
    ['the token that it has anyway', plain, volume(TOKEN()), [], []],
    [
      'a token where it had none',
      { ...plain, automountServiceAccountToken: false },
      { ...volume(TOKEN()), automountServiceAccountToken: false },
      ['service account'],
      [],
    ],
    ['a claim', plain, volume({ persistentVolumeClaim: { claimName: 'data' } }), ['storage'], []],
    [
      'a claim to write to',
      volume({ persistentVolumeClaim: { claimName: 'data' } }, { readOnly: true }),
      volume({ persistentVolumeClaim: { claimName: 'data' } }),
      ['storage'],
      [],
    ],
    ['a file server', plain, volume({ nfs: { server: 's', path: '/' } }), ['storage'], []],
    [
      'a driver with a secret',
      plain,
      volume({ csi: { driver: 'd', nodePublishSecretRef: { name: 'keys' } } }),
      ['secret mounts', 'storage'],
      [],
    ],
    ['an image as a volume', plain, volume({ image: { reference: 'evil.example/x:1' } }), ['image source'], []],
    [
      'a config map, a scratch folder',
      plain,
      {
        ...volume({ configMap: { name: 'c' } }),
        volumes: [
          { name: 'v', configMap: { name: 'c' } },
          { name: 'e', emptyDir: {} },
        ],
      },
      [],
      [],
    ],
    ['a volume of a later version', plain, volume({ mindReader: {} }), ['unknown']],
    [
      'a variable from a secret',
      plain,
      { containers: [web({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } }] })] },
      ['secret mounts'],
      [],
    ],
    [
      'a variable from a config map',
      plain,
      { containers: [web({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'a' } } }] })] },
      [],
      [],
    ],
    [
      'all variables of a secret',
      plain,
      { containers: [web({ envFrom: [{ secretRef: { name: 'keys' } }] })] },
      ['secret mounts'],
      [],
    ],
    [
      'one variable of a secret of which it has all',
      { containers: [web({ envFrom: [{ secretRef: { name: 'keys' } }] })] },
      { containers: [web({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } }] })] },
      [],
      ['secret mounts'],
    ],
    [
      'a secret to pull images by',
      plain,
      { ...plain, imagePullSecrets: [{ name: 'registry' }] },
      ['secret mounts'],
      [],
    ],
  ])('mounts %s', (_what, before, after, gives, back) => {
    const inShort = (found: readonly string[]) => (found.includes('unknown') ? 'unknown' : found);
    expect(patched(before, after)).toEqual(inShort(gives));
    if (back !== undefined) expect(patched(after, before)).toEqual(inShort(back));
  });

  it.each(Object.keys(KINDS))('is found in %s', (kind) => {
    expect(patched(plain, { ...secured({ privileged: true }), hostNetwork: true }, kind)).toEqual([
      'host access',
      'privileged',
    ]);
    expect(patched({ ...secured({ privileged: true }), hostNetwork: true }, plain, kind)).toEqual([]);
  });

  it.each(Object.keys(KINDS))('is found in new %s', (kind) => {
    const create = (spec: JsonObject) =>
      escalationsOf({ resource: kind, verb: 'create', before: undefined, after: KINDS[kind]?.(spec) });
    expect(create({ ...plain, serviceAccountName: 'admin', hostPID: true })).toEqual([
      'containers',
      'host access',
      'service account',
    ]);
    expect(create(plain)).toEqual(['containers']);
  });

  it.each(Object.keys(KINDS))('opens nothing when it goes: %s', (kind) => {
    expect(escalationsOf({ resource: kind, verb: 'delete', before: KINDS[kind]?.(plain), after: undefined })).toEqual(
      [],
    );
  });

  it.each([
    [{ labels: { app: 'web' } }, { labels: { app: 'payments' } }, ['pod labels']],
    [{ labels: { app: 'web' } }, {}, ['pod labels']],
    [{ labels: { a: '1', b: '2' } }, { labels: { b: '2', a: '1' } }, []],
    [{}, { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } }, []],
    [{}, { annotations: { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' } }, ['privileged']],
    [{}, { annotations: { 'vault.hashicorp.com/agent-inject': 'true' } }, ['secret mounts']],
    [{}, { annotations: { 'k8s.v1.cni.cncf.io/networks': 'host' } }, ['host access']],
  ])('is seen in the metadata of pods: %j to %j', (before, after, gives) => {
    for (const made of Object.values(KINDS)) {
      const resource = Object.keys(KINDS).find((kind) => KINDS[kind] === made) ?? '';
      const states = { before: made(plain, before), after: made(plain, after) };
      expect([resource, escalationsOf({ resource, verb: 'update', ...states })]).toEqual([resource, gives]);
    }
  });

  it('is not known of a deployment that rolls back by an annotation', () => {
    const before = { spec: { template: { spec: plain } } };
    const after = { ...before, metadata: { annotations: { 'deprecated.deployment.rollback.to': '1' } } };
    expect(escalationsOf({ resource: 'deployments.apps', verb: 'patch', before, after })).toBe('unknown');
  });

  it('is that of the pods, not of how many there are', () => {
    const states = { before: { spec: { replicas: 1, template: { spec: plain } } } };
    const after = { spec: { replicas: 90, template: { spec: plain }, strategy: { type: 'Recreate' } } };
    expect(escalationsOf({ resource: 'deployments.apps', verb: 'patch', ...states, after })).toEqual([]);
  });
});

it.each([
  ['nginx', 'docker.io/library/nginx'],
  ['nginx:1.27', 'docker.io/library/nginx'],
  ['docker.io/nginx', 'docker.io/library/nginx'],
  ['index.docker.io/library/nginx@sha256:00', 'docker.io/library/nginx'],
  ['shop/web:1', 'docker.io/shop/web'],
  ['localhost/web', 'localhost/web'],
  ['localhost:5000/web:1', 'localhost:5000/web'],
  ['Registry.Example:5000/shop/web:1@sha256:00', 'registry.example:5000/shop/web'],
  ['registry.example/shop/web', 'registry.example/shop/web'],
  ['[::1]:5000/web:1', '[::1]:5000/web'],
  ['not an image', 'not an image'],
])('the image %s comes from %s', (image, source) => {
  expect(imageSource(image)).toBe(source);
});
