import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, at, items, makeNamespace, object, read } from './cluster-gate.ts';
import { claimed, type Judged, PATCHES, type Sent, send } from './judged-call.ts';
import { inShort } from './level-table.ts';
import { openReachLab, patch, type ReachLab } from './reach-lab.ts';
import { configMap, container, deployment, pod } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'risk-dev';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;
const BATCH = `/apis/batch/v1/namespaces/${PLACE}`;
const NET = `/apis/networking.k8s.io/v1/namespaces/${PLACE}`;

const workload = (apiVersion: string, kind: string, name: string, spec: JsonObject): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
});
const labels = { app: 'held' };
const template = (more: JsonObject = {}): JsonObject => ({
  metadata: { labels },
  spec: { containers: [container()], ...more },
});
const selector = { matchLabels: labels };
const service = (name: string, spec: JsonObject = {}) =>
  workload('v1', 'Service', name, { ports: [{ port: 80 }], ...spec });
const networkPolicy = (name: string, spec: JsonObject = {}) =>
  workload('networking.k8s.io/v1', 'NetworkPolicy', name, { podSelector: {}, policyTypes: ['Ingress'], ...spec });

let reach: ReachLab;
beforeAll(async () => {
  reach = await openReachLab(lab, PLACE);
  await reach.seed(
    deployment('held'),
    deployment('strong', {
      pod: {
        hostNetwork: true,
        containers: [container({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } })],
      },
    }),
    workload('apps/v1', 'StatefulSet', 'held', { replicas: 0, serviceName: 'held', selector, template: template() }),
    workload('apps/v1', 'DaemonSet', 'held', { selector, template: template({ nodeSelector: { nowhere: 'yes' } }) }),
    workload('batch/v1', 'Job', 'held', { suspend: true, template: template({ restartPolicy: 'Never' }) }),
    workload('batch/v1', 'CronJob', 'held', {
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } },
    }),
    pod('held'),
    service('held', { selector: labels }),
    networkPolicy('held', { ingress: [{ from: [{ podSelector: {} }] }] }),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'held' }, automountServiceAccountToken: false },
    configMap('held'),
  );
});
afterAll(() => reach.close());

const PRIVILEGED = {
  spec: { containers: [{ name: 'web', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] },
};
const strategic = (path: string, body: JsonObject) => patch(path, body, PATCHES.strategic);
const inTemplate = (spec: JsonObject) => ({ spec: { template: { spec } } });
const create = (path: string, body: JsonObject): Sent => ({ method: 'POST', path, body });
const apply = (path: string, body: JsonObject): Sent => ({
  method: 'PATCH',
  path: `${path}?fieldManager=test&force=true`,
  body,
  type: PATCHES.apply,
});

describe('what a change escalates, as the server would have it', () => {
  it.each<[what: string, sent: Sent, gives: readonly string[]]>([
    [
      'a stateful set gets a privilege',
      strategic(`${APPS}/statefulsets/held`, { spec: { template: PRIVILEGED } }),
      ['privileged'],
    ],
    [
      'a daemon set gets a privilege',
      strategic(`${APPS}/daemonsets/held`, { spec: { template: PRIVILEGED } }),
      ['privileged'],
    ],
    [
      'a cron job gets a privilege',
      strategic(`${BATCH}/cronjobs/held`, { spec: { jobTemplate: { spec: { template: PRIVILEGED } } } }),
      ['privileged'],
    ],
    [
      'a deployment is applied with a path of the node',
      apply(`${APPS}/deployments/held`, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'held' },
        spec: {
          template: {
            spec: {
              volumes: [{ name: 'root', hostPath: { path: '/' } }],
              containers: [{ name: 'web', volumeMounts: [{ name: 'root', mountPath: '/host' }] }],
            },
          },
        },
      }),
      ['host access'],
    ],
    [
      'a deployment loses its privileges',
      strategic(
        `${APPS}/deployments/strong`,
        inTemplate({ hostNetwork: null, containers: [{ name: 'web', securityContext: { capabilities: null } }] }),
      ),
      [],
    ],
    [
      'a deployment gets an image of another origin',
      strategic(
        `${APPS}/deployments/held`,
        inTemplate({ containers: [{ name: 'web', image: 'elsewhere.invalid/web:1' }] }),
      ),
      ['image', 'image source'],
    ],
    [
      'a deployment gets another tag',
      strategic(
        `${APPS}/deployments/held`,
        inTemplate({ containers: [{ name: 'web', image: 'example.invalid/web:9' }] }),
      ),
      ['image'],
    ],
    [
      'a deployment runs another program',
      strategic(`${APPS}/deployments/held`, inTemplate({ containers: [{ name: 'web', command: ['sh'] }] })),
      ['command'],
    ],
    [
      'a pod is made with an account',
      create(`${CORE}/pods`, { ...pod('new'), spec: { containers: [container()], serviceAccountName: 'held' } }),
      ['containers', 'service account'],
    ],
    ['a pod is applied', apply(`${CORE}/pods/applied`, pod('applied')), ['containers']],
    ['a deployment is made', create(`${APPS}/deployments`, deployment('new')), ['containers']],
    [
      'a pod gets a container to look into it',
      strategic(`${CORE}/pods/held/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: 'look', image: 'example.invalid/tools:1' }] },
      }),
      ['containers'],
    ],
    [
      'a pod is chosen by others',
      patch(`${CORE}/pods/held`, { metadata: { labels: { app: 'payments' } } }),
      ['pod labels'],
    ],
    [
      'a pod is evicted',
      create(`${CORE}/pods/held/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'held' } }),
      [],
    ],
    ['a service is opened', patch(`${CORE}/services/held`, { spec: { type: 'LoadBalancer' } }), ['exposure']],
    ['a service leads elsewhere', patch(`${CORE}/services/held`, { spec: { selector: { app: 'evil' } } }), ['traffic']],
    ['a service is labelled', patch(`${CORE}/services/held`, { metadata: { labels: { a: 'b' } } }), []],
    [
      'a network policy opens more',
      patch(`${NET}/networkpolicies/held`, { spec: { ingress: [{}] } }),
      ['network policy'],
    ],
    ['a network policy opens nothing any more', patch(`${NET}/networkpolicies/held`, { spec: { ingress: [] } }), []],
    ['a network policy is deleted', { method: 'DELETE', path: `${NET}/networkpolicies/held` }, ['network policy']],
    ['all network policies are deleted', { method: 'DELETE', path: `${NET}/networkpolicies` }, ['network policy']],
    [
      'an account gives its token',
      patch(`${CORE}/serviceaccounts/held`, { automountServiceAccountToken: true }),
      ['service account'],
    ],
    [
      'a namespace is held less tightly',
      patch(CORE, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } }),
      [],
    ],
    [
      'a namespace is chosen by others',
      patch(CORE, { metadata: { labels: { 'istio-injection': 'disabled' } } }),
      ['namespace labels'],
    ],
    ['a config map is changed', patch(`${CORE}/configmaps/held`, { data: { colour: 'red' } }), []],
    ['a deployment is scaled', patch(`${APPS}/deployments/held/scale`, { spec: { replicas: 0 } }), []],
    ['a deployment is deleted', { method: 'DELETE', path: `${APPS}/deployments/held` }, []],
  ])('%s', async (_what, sent, gives) => {
    const asked = await reach.ask(sent);
    expect([asked.did, claimed(asked).escalates]).toEqual(['deny', gives]);
  });

  it('is not known of what the server would refuse', async () => {
    const asked = await reach.ask(
      patch(`${APPS}/deployments/held`, { spec: { template: { spec: { containers: [] } } } }),
    );
    expect(claimed(asked).escalates).toBe('unknown');
  });
});

const hold = (people: number) => `hold: ${people} of platform`;
/** Of what is at stake; the level table and others may ask for people besides. */
const rulesOf = ({ decided }: Judged) =>
  items(decided.reasons).flatMap((reason) => {
    const rule = String(at(reason, 'rule'));
    return rule.startsWith('risk/') ? [rule] : [];
  });

describe('what is at stake', () => {
  it.each<[what: string, sent: Sent, people: number, rules: readonly string[]]>([
    ['a privilege', strategic(`${APPS}/deployments/held`, inTemplate({ hostPID: true })), 2, ['risk/escalations']],
    [
      'an image of another origin',
      strategic(`${APPS}/deployments/held`, inTemplate({ containers: [{ name: 'web', image: 'a.invalid/web:1' }] })),
      1,
      ['risk/escalations'],
    ],
    [
      'a network policy that is deleted',
      { method: 'DELETE', path: `${NET}/networkpolicies/held` },
      2,
      ['risk/escalations', 'risk/review'],
    ],
    ['an account', patch(`${CORE}/serviceaccounts/held`, { metadata: { labels: { a: 'b' } } }), 2, ['risk/review']],
    ['a namespace that is deleted', { method: 'DELETE', path: CORE }, 2, ['risk/review']],
    ['a deployment that is deleted', { method: 'DELETE', path: `${APPS}/deployments/held` }, 1, []],
  ])('asks people at level 5 too: %s', async (_what, sent, people, rules) => {
    const agent = await reach.gate.agent({ level: 5 });
    const judged = await send(reach.gate, agent.token, sent);
    expect([inShort(judged), rulesOf(judged)]).toEqual([hold(people), rules]);
  });

  it('is told to who may only ask, with as many people as it takes', async () => {
    const asked = await reach.ask(strategic(`${APPS}/deployments/held`, inTemplate({ hostPID: true })));
    expect(inShort(asked)).toBe('deny by level/table, at level 2 hold: 2 of platform');
    expect(String(asked.answer.json.message)).toContain('could do it with the approval of 2 people of platform');
  });

  it('teaches: what it gives, why that matters, what to do', async () => {
    const agent = await reach.gate.agent({ level: 4 });
    const judged = await send(
      reach.gate,
      agent.token,
      strategic(`${APPS}/deployments/held`, inTemplate({ hostPID: true })),
    );
    expect(String(judged.answer.json.detail)).toContain(
      'risk/escalations: the patch of deployments.apps held in namespace risk-dev gives host access (its pods reach files, networks ' +
        'or processes of the node): more power than before, and for 2 people of platform to approve. ' +
        'Leave that out of the change, or ask platform to approve it.',
    );
  });

  it.each([
    ['regulated', 'sallyport.dev/regulated', 'pci', 2, ['risk/review']],
    ['of tier 0', 'sallyport.dev/tier', '0', 1, ['risk/critical']],
    ['of a tier that nobody knows', 'sallyport.dev/tier', 'platinum', 1, ['risk/critical']],
  ])('counts what a namespace says of all in it: %s', async (_what, key, value, people, rules) => {
    const place = `risk-${value}`;
    await makeNamespace(lab, place, 'dev');
    await admin(lab, ['label', 'namespace', place, `${key}=${value}`]);
    try {
      await admin(lab, ['create', 'deployment', 'web', '--image=example.invalid/web:1', '--replicas=0', '-n', place]);
      const agent = await reach.gate.agent({ level: 4 });
      const scale = patch(`/apis/apps/v1/namespaces/${place}/deployments/web/scale`, { spec: { replicas: 3 } });
      await expect.poll(async () => inShort(await send(reach.gate, agent.token, scale))).toBe(hold(people));
      const judged = await send(reach.gate, agent.token, scale);
      expect(rulesOf(judged)).toEqual(rules);
      expect(at(await read(lab, 'deployment', 'web', place), 'spec', 'replicas')).toBe(0);
    } finally {
      await admin(lab, ['delete', 'namespace', place, '--wait=false']);
    }
  });

  it('is nothing in a dry run', async () => {
    const { path, ...rest } = strategic(`${APPS}/deployments/held`, inTemplate({ hostPID: true }));
    const done = await reach.act({ ...rest, path: `${path}?dryRun=All` });
    expect([done.answer.status, done.did]).toEqual([200, 'allow']);
    expect(
      object(at(await read(lab, 'deployment', 'held', PLACE), 'spec', 'template', 'spec')).hostPID,
    ).toBeUndefined();
  });
});
